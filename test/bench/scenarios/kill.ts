/**
 * `kill -9` while three people type: of what anyone saw, how much is gone afterwards.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import type { RunningTarget, Target } from "../target.ts";
import { loadOn, withTarget } from "../with-target.ts";

const KILLS = 10;
const TYPISTS = 3;
const UPDATES_PER_SECOND = 200;
/** After the first keystroke that anyone saw. Servers that save on a timer do it every 2 to 10 s. */
const LATEST_KILL_MS = 10_000;
const LATEST_QUICK_KILL_MS = 2_000;

export const kill: Scenario = {
  id: "kill",
  title: "kill -9 at a random moment while three people type, 10 times",
  targets: ["y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 1,
  columns: ["lost", "seen", "lostShare", "worstLostSeconds"],
  goals: [{ figure: "lost", atMost: 0, worst: true }],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const [kills, latestMs] = scale === "full" ? [KILLS, LATEST_KILL_MS] : [1, LATEST_QUICK_KILL_MS];
      let [seen, lost, worstLost] = [0, 0, 0];
      for (let round = 0; round < kills; round += 1) {
        const killed = await killOnce(target, running, `kill-${round}`, Math.random() * latestMs);
        if (killed.seen === 0) throw new Error(`nobody saw anything before kill ${round + 1}`);
        seen += killed.seen;
        lost += killed.lost;
        worstLost = Math.max(worstLost, killed.lost);
      }
      return { lost, seen, lostShare: lost / seen, worstLostSeconds: worstLost / UPDATES_PER_SECOND };
    }),
};

async function killOnce(
  target: Target,
  running: RunningTarget,
  documentId: string,
  afterMs: number,
): Promise<{ readonly seen: number; readonly lost: number }> {
  const { address } = loadOn(target, running, documentId);
  const begun = Promise.withResolvers<void>();
  const typing = runJob(
    "type-until-killed",
    { address, typists: TYPISTS, updatesPerSecond: UPDATES_PER_SECOND },
    begun.resolve,
  );
  const due = begun.promise.then(() => pause(afterMs));
  // An end before the kill is an error; its reason is the job's.
  await Promise.race([due, typing.then(() => Promise.reject(new Error("the sockets closed before")))]);
  const [{ seen }] = await Promise.all([typing, running.kill9()]);
  const left = await runJob("read-clocks", { address });
  const lost = [...seen].map(([client, clock]) => Math.max(0, clock - (left.get(client) ?? 0)));
  return { seen: sum(seen.values()), lost: sum(lost) };
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
