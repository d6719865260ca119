/**
 * Every scenario, in the order of README's table.
 * @module
 */
import type { Scenario } from "./scenario.ts";
import { FAN_OUT_SCENARIOS } from "./scenarios/fan-out.ts";
import { GAME_RELAY_SCENARIOS } from "./scenarios/game-relay.ts";
import { GAME_SCENARIOS } from "./scenarios/games.ts";
import { join10Mb } from "./scenarios/join-10mb.ts";
import { joinPaper } from "./scenarios/join-paper.ts";
import { joinTinyUpdates } from "./scenarios/join-tiny-updates.ts";
import { kill } from "./scenarios/kill.ts";
import { manyDocuments } from "./scenarios/many-documents.ts";
import { pace50 } from "./scenarios/pace-50.ts";
import { presence200 } from "./scenarios/presence-200.ts";
import { PRESENCE_ROOM_SCENARIOS } from "./scenarios/presence-rooms.ts";
import { reconnect1000 } from "./scenarios/reconnect-1000.ts";
import { TYPING_COMPACTION_SCENARIOS } from "./scenarios/typing-compaction.ts";
import { restore } from "./scenarios/restore.ts";
import { typing } from "./scenarios/typing.ts";
import { wake } from "./scenarios/wake.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...FAN_OUT_SCENARIOS,
  pace50,
  presence200,
  ...PRESENCE_ROOM_SCENARIOS,
  ...GAME_RELAY_SCENARIOS,
  ...GAME_SCENARIOS,
  manyDocuments,
  joinPaper,
  join10Mb,
  joinTinyUpdates,
  reconnect1000,
  restore,
  wake,
  kill,
  typing,
  ...TYPING_COMPACTION_SCENARIOS,
];
