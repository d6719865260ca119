/**
 * The minute after a deploy: a thousand people who read the same paper come back at once.
 * @module
 */
import { type Content, paperContent } from "../load/content.ts";
import { documentIds, fill, untilSaved } from "../load/first-sync.ts";
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

const SOCKETS = 1_000;
const QUICK_SOCKETS = 100;
const EDITS = 20;

let made: Content | undefined;
/** The same for every measurement of a run. */
const content = (): Content => (made ??= paperContent());

const UPGRADES = "a bare object that answers stored bytes needs as long (its row): the upgrades, not the answers";

export const reconnect1000: Scenario = {
  id: "reconnect-1000",
  title:
    "1,000 sockets come back at once after a deploy, the automerge-paper document and 20 keystrokes typed meanwhile",
  targets: ["stored bytes", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 1,
  columns: ["allSyncedMs", "cpuMs", "peakMegabytes", "growthMegabytes", "receivedKilobytes"],
  goals: [{ figure: "allSyncedMs", against: "y-websocket", atMost: 1, note: UPGRADES }],
  measure: async (target, scale, stateDir) => {
    const [id = ""] = documentIds(1);
    await withTarget(target, stateDir, async (running) => {
      await fill({ target, running, ids: [id] }, content());
      await untilSaved(running);
    });
    // A new process is all that the deploy is to who comes back: those who were there before left nothing in it.
    return await withTarget(target, stateDir, async (running) => {
      const sockets = scale === "full" ? SOCKETS : QUICK_SOCKETS;
      const back = await runJob("reconnect", {
        ...loadOn(target, running, id),
        sockets,
        state: content().state,
        // It only sends: all of the document, to everybody.
        edits: target.name === "stored bytes" ? 0 : EDITS,
      });
      return {
        allSyncedMs: back.tookMs,
        cpuMs: back.serverCpuMs,
        peakMegabytes: back.peakBytes / 1e6,
        growthMegabytes: back.growthBytes / 1e6,
        receivedKilobytes: back.receivedBytes / sockets / 1_000,
      };
    });
  },
};
