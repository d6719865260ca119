/**
 * Every scenario, in the order of README's table.
 * @module
 */
import type { Scenario } from "./scenario.ts";
import { FAN_OUT_SCENARIOS } from "./scenarios/fan-out.ts";
import { pace50 } from "./scenarios/pace-50.ts";
import { presence200 } from "./scenarios/presence-200.ts";

export const SCENARIOS: readonly Scenario[] = [...FAN_OUT_SCENARIOS, pace50, presence200];
