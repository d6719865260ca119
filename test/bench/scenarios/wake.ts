/**
 * One keystroke into a document that sleeps with a hundred sockets open: what it costs must not depend on how large it is.
 * @module
 */
import { ASLEEP_MS, type Woken } from "../load/jobs/wake.ts";
import { runJob } from "../load/run-job.ts";
import { descriptionUrl } from "../roost-health.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { type LoggedTask, watchTasks } from "../task-log.ts";
import { loadOn, withTarget } from "../with-target.ts";

const KB_10 = 10_000;
const MB_1 = 1_000_000;
const MB_10 = 10_000_000;
const SIZES = [KB_10, MB_1];
/** Rooms of each size that sleep at the same time and are woken one after the other. */
const ROOMS = 5;
/** Roost looks for vanished sockets 60 s after the first one came, and then not for two minutes. */
const SWEEP_MS = 62_000;

const WAKING =
  "the row is on disk before anybody sees the keystroke, and 100 sessions come back from their attachments first";

export const wake: Scenario = {
  id: "wake",
  title: "one keystroke into a sleeping room, 100 sockets, documents of 10 KB, 1 MB and 10 MB",
  targets: ["raw relay", "relay with insert", "y-partyserver", "Roost"],
  rounds: 1,
  columns: ["wake10KbMs", "wake1MbMs", "wake10MbMs", "spread", "askedBytes", "awake1MbMs", "wakeByAwake"],
  goals: [
    { figure: "wake1MbMs", against: "raw relay", atMost: 1.3, note: WAKING },
    { figure: "spread", atMost: 1.2 },
    { figure: "askedBytes", atMost: 0, worst: true },
    { figure: "askedAtMostBytes", atMost: 0, worst: true },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      // Its row may have 2 MB: the server has nothing of such a document, and would ask for a gigabyte.
      const keeps10Mb = target.name !== "y-partyserver";
      const rooms = scale === "full" ? ROOMS : 1;
      const sizes = Array.from({ length: rooms }, () => [...SIZES, ...(keeps10Mb ? [MB_10] : [])]).flat();
      const tasks = watchTasks(running.logs ?? []);
      const woken = await runJob("wake", {
        sockets: scale === "full" ? 100 : 20,
        // Otherwise it would fall between two keystrokes.
        alarmMs: target.name === "Roost" && scale === "full" ? SWEEP_MS : 0,
        rooms: [KB_10, ...sizes].map((documentBytes, index) => {
          const { address } = loadOn(target, running, `wake-${index}`);
          return {
            address,
            documentBytes,
            ...(target.wire === "roost" ? { descriptionUrl: descriptionUrl(address.url) } : {}),
          };
        }),
      });
      return figuresOf(sleepers(woken, tasks()));
    }),
};

/** Those that no alarm had woken before the keystroke did. Throws when they are not most of them, of each size. */
function sleepers(woken: readonly Woken[], tasks: readonly LoggedTask[]): readonly Woken[] {
  const slept = woken.filter(({ documentId, typedAtMs }) =>
    tasks.every(({ room, atMs, tookMs }) => {
      const isElsewhen = atMs <= typedAtMs - ASLEEP_MS || atMs - tookMs > typedAtMs;
      return isElsewhen || !room.endsWith(`/${documentId}`);
    }),
  );
  for (const size of new Set(woken.map(({ documentBytes }) => documentBytes))) {
    const count = (among: readonly Woken[]) => among.filter(({ documentBytes }) => documentBytes === size).length;
    if (count(slept) <= count(woken) / 2) {
      throw new Error(`${count(slept)} of ${count(woken)} rooms with ${size} bytes slept, alarms had woken the others`);
    }
  }
  return slept;
}

function figuresOf(woken: readonly Woken[]): Readonly<Record<string, number>> {
  const of = (bytes: number, figure: "wakeMs" | "awakeMs" | "askedBytes"): number =>
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
    wakeByAwake: of(MB_1, "wakeMs") / of(MB_1, "awakeMs"),
  };
}
