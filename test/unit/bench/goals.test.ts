import { expect, it } from "vitest";
import type { Goal } from "../../bench/scenario.ts";
import { SCENARIOS } from "../../bench/scenarios.ts";

/** What was set out to be reached, a line each: a bound that moves has to move here too. */
const PROMISED: Readonly<Record<string, readonly string[]>> = {
  "fan-out-10": ["deliveredPerSecond ÷ raw relay ≥ 4", "deliveredPerSecond ÷ Hocuspocus ≥ 1.2"],
  "fan-out-50": ["deliveredPerSecond ÷ raw relay ≥ 15", "deliveredPerSecond ÷ Hocuspocus ≥ 1.2"],
  "fan-out-200": ["deliveredPerSecond ÷ raw relay ≥ 35", "deliveredPerSecond ÷ Hocuspocus ≥ 1.2"],
  "fan-out-50-wide": ["deliveredPerSecond ÷ raw relay ≥ 15", "deliveredPerSecond ÷ Hocuspocus ≥ 1.2"],
  "pace-50": ["p50Ms ÷ raw relay ≤ 1.3", "p99Ms ≤ 15"],
  "presence-200": ["inTimeShare ≥ 1 always", "p99Ms ≤ 40", "cpuMsPerSecond ÷ raw batching ≤ 1.5"],
  "presence-full-250": [
    "cpuMsPerThousand of Roost presence ÷ y-websocket ≤ 0.1",
    "cpuMsPerThousand of Roost presence ÷ PartyServer broadcast ≤ 0.1",
    "inTimeShare of Roost presence ≥ 0.999",
    "p99Ms of Roost presence ≤ 150",
    "countsMs of Roost presence ≤ 1300 always",
  ],
  "presence-sampled-1000": [
    "cpuMsPerThousand of Roost presence ÷ y-websocket ≤ 0.5",
    "cpuMsPerThousand of Roost presence ÷ PartyServer broadcast ≤ 0.5",
    "p99Ms of Roost presence ≤ 600",
    "countsMs of Roost presence ≤ 1300 always",
  ],
  "presence-count-3000": ["cpuMsPerSecond of Roost presence ≤ 500", "countsMs of Roost presence ≤ 1300 always"],
  "presence-resize": ["countsMs of Roost presence ≤ 1300 always", "sizeMs of Roost presence ≤ 1300 always"],
  "game-relay-20": [
    "p99Ms of Roost games ÷ raw relay ≤ 1",
    "cpuMsPerThousand of Roost games ÷ PartyServer broadcast ≤ 0.6",
  ],
  "game-relay-40": [
    "p99Ms of Roost games ÷ raw relay ≤ 1",
    "cpuMsPerThousand of Roost games ÷ PartyServer broadcast ≤ 0.6",
  ],
  "game-arena-100": [
    "jitterP99Ms of Roost games ≤ 10",
    "skippedTicks of Roost games ≤ 0 always",
    "framesPerSecond of Roost games ≤ 5000 always",
  ],
  "game-idle-1000": ["awake of Roost games ≤ 0 always"],
  "many-documents": ["cpuMsPerSecond ÷ relay with insert ≤ 1.15", "kilobytesPerDocument ÷ raw relay ≤ 1.15"],
  "join-paper": ["firstMs ÷ stored bytes ≤ 2", "fiftyMs ÷ stored bytes ≤ 1.5"],
  "join-10mb": ["firstMs ÷ stored bytes ≤ 2", "growthOverDocumentMegabytes ≤ 16"],
  "join-tiny-updates": ["firstMs ÷ y-partyserver ≤ 1"],
  "reconnect-1000": ["allSyncedMs ÷ y-websocket ≤ 1"],
  restore: ["restoredMs ≤ 1000", "ratio ≤ 2"],
  wake: ["wake1MbMs ÷ raw relay ≤ 1.3", "spread ≤ 1.2", "askedBytes ≤ 0 always", "askedAtMostBytes ≤ 0 always"],
  kill: ["lost ≤ 0 always"],
  typing: [
    "updatesPerSecond ≥ 3900",
    "fileShareIdle ≤ 1.25",
    "fileShareMax ≤ 8",
    "databaseShareMax ≤ 8",
    "writtenBytesPerUpdate ÷ relay with insert ≤ 0.1",
  ],
  "typing-compaction": ["ratio ≤ 3"],
  "typing-compaction-hydrated": ["ratio ≤ 3"],
};

function lineOf({ figure, of, against, againstFigure, atLeast, atMost, worst }: Goal): string {
  const side = of === undefined ? figure : `${figure} of ${of}`;
  const other = againstFigure === undefined ? against : `${againstFigure} of ${against}`;
  return [
    side,
    against === undefined ? "" : ` ÷ ${other}`,
    atLeast === undefined ? "" : ` ≥ ${atLeast}`,
    atMost === undefined ? "" : ` ≤ ${atMost}`,
    worst === true ? " always" : "",
  ].join("");
}

it("[BN14] every scenario has the goals that were promised, each with its bound", () => {
  const goals = SCENARIOS.map(({ id, goals: all }) => [id, all.map(lineOf)]);
  expect(Object.fromEntries(goals)).toEqual(PROMISED);
});
