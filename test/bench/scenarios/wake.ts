/**
 * One keystroke into a document that sleeps with a hundred sockets open: what it costs must not depend on how large it is.
 * @module
 */
import type { Woken } from "../load/jobs/wake.ts";
import { runJob } from "../load/run-job.ts";
import { descriptionUrl } from "../roost-health.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { loadOn, withTarget } from "../with-target.ts";

const KB_10 = 10_000;
const MB_1 = 1_000_000;
const MB_10 = 10_000_000;
const SIZES = [KB_10, MB_1];
/** Rooms of each size that sleep at the same time and are woken one after the other. */
const ROOMS = 7;

export const wake: Scenario = {
  id: "wake",
  title: "one keystroke into a sleeping room, 100 sockets, documents of 10 KB, 1 MB and 10 MB",
  targets: ["raw relay", "y-partyserver", "Roost"],
  rounds: 3,
  columns: ["wake10KbMs", "wake1MbMs", "wake10MbMs", "spread", "askedBytes", "awake1MbMs"],
  goals: [
    { figure: "wake1MbMs", against: "raw relay", atMost: 1.3 },
    { figure: "spread", atMost: 1.2 },
    { figure: "askedBytes", atMost: 0 },
    { figure: "askedAtMostBytes", atMost: 0 },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      // Its row may have 2 MB: the server has nothing of such a document, and would ask for a gigabyte.
      const keeps10Mb = target.name !== "y-partyserver";
      const rooms = scale === "full" ? ROOMS : 1;
      const sizes = Array.from({ length: rooms }, () => [...SIZES, ...(keeps10Mb ? [MB_10] : [])]).flat();
      const woken = await runJob("wake", {
        sockets: scale === "full" ? 100 : 20,
        rooms: [KB_10, ...sizes].map((documentBytes, index) => {
          const { address } = loadOn(target, running, `wake-${index}`);
          return {
            address,
            documentBytes,
            ...(target.wire === "roost" ? { descriptionUrl: descriptionUrl(address.url) } : {}),
          };
        }),
      });
      return figuresOf(woken);
    }),
};

function figuresOf(woken: readonly Woken[]): Readonly<Record<string, number>> {
  const of = (bytes: number, figure: keyof Woken): number =>
    median(woken.filter(({ documentBytes }) => documentBytes === bytes).map((each) => each[figure]));
  const sizes = [...new Set(woken.map(({ documentBytes }) => documentBytes))];
  const wakeMs = sizes.map((bytes) => of(bytes, "wakeMs"));
  return {
    wake10KbMs: of(KB_10, "wakeMs"),
    wake1MbMs: of(MB_1, "wakeMs"),
    ...(sizes.includes(MB_10) ? { wake10MbMs: of(MB_10, "wakeMs") } : {}),
    spread: Math.max(...wakeMs) / Math.min(...wakeMs),
    askedBytes: of(MB_1, "askedBytes"),
    askedAtMostBytes: Math.max(...woken.map(({ askedBytes }) => askedBytes)),
    awake1MbMs: of(MB_1, "awakeMs"),
  };
}
