/**
 * A version brought back while people have the document open.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

const CLIENTS = 20;
const ALL_TRANSACTIONS = Infinity;
const QUICK_TRANSACTIONS = 40_000;

export const restore: Scenario = {
  id: "restore",
  title: "the automerge-paper document opened by 20 clients, restored to its middle, and edited by as many bytes",
  targets: ["Roost"],
  rounds: 3,
  columns: ["restoredMs", "framesMs", "answeredMs", "openedMs", "plainMs", "ratio", "updateKilobytes"],
  goals: [
    {
      figure: "restoredMs",
      atMost: 1_000,
      note: "on a machine that does something else besides; compare how long opening it took",
    },
    { figure: "ratio", atMost: 2 },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const transactions = scale === "full" ? ALL_TRANSACTIONS : QUICK_TRANSACTIONS;
      const { address } = loadOn(target, running, "paper");
      const { updateBytes, ...times } = await runJob("restore", { address, clients: CLIENTS, transactions });
      return { ...times, ratio: times.restoredMs / times.openedMs, updateKilobytes: updateBytes / 1e3 };
    }),
};
