/**
 * Measurements, servers and scenarios that were never run.
 * @module
 */
import type { Measurement, ScenarioRecord } from "../../bench/measurements.ts";
import type { Figures, Scenario } from "../../bench/scenario.ts";
import type { Target, TargetName } from "../../bench/target.ts";

/** A round per element, each with the figures of some servers. */
export function roundsOf(rounds: readonly Partial<Record<TargetName, Figures>>[]): readonly Measurement[] {
  return rounds.flatMap((figuresOf, index) =>
    Object.entries(figuresOf).map(([target, figures]) => ({
      round: index + 1,
      // SAFETY: the keys of `Partial<Record<TargetName, …>>`.
      target: target as TargetName,
      figures,
    })),
  );
}

/** Figures `perSecond` of the raw relay and of Roost, a round each. */
export function pairs(values: readonly (readonly [relay: number, roost: number])[]): readonly Measurement[] {
  return roundsOf(values.map(([relay, roost]) => ({ "raw relay": { perSecond: relay }, Roost: { perSecond: roost } })));
}

export const NO_SERVER: readonly Target[] = (["raw relay", "Roost"] as const).map((name) => ({
  name,
  wire: "relay",
  start: () => Promise.reject(new Error("a made-up server does not start")),
}));

/** At least twice the raw relay's figure, unless `over` says otherwise. */
export function scenarioOf(over: Partial<Scenario> = {}): Scenario {
  return {
    id: "made-up",
    title: "nothing real",
    targets: ["raw relay", "Roost"],
    rounds: 2,
    columns: ["perSecond"],
    goals: [{ figure: "perSecond", against: "raw relay", atLeast: 2 }],
    measure: ({ name }) => Promise.resolve({ perSecond: name === "Roost" ? 30 : 10 }),
    ...over,
  };
}

export function recordOf(over: Partial<ScenarioRecord> = {}): ScenarioRecord {
  return {
    id: "made-up",
    scale: "full",
    version: { commit: "0123456789abcdef0123456789abcdef01234567", isDirty: false },
    date: "2026-02-03T04:05:06.000Z",
    machine: { cores: 2, node: "24.0.0", platform: "linux x64" },
    targets: ["raw relay", "Roost"],
    rounds: 2,
    shortcuts: [],
    measurements: pairs([
      [10, 30],
      [10, 50],
    ]),
    ...over,
  };
}
