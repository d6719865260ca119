/**
 * A hundred thousand keystrokes, a server that dies with the last of them, and somebody who wants to see the text.
 * @module
 */
import { type Content, keystrokeContent } from "../load/content.ts";
import {
  coldFigure,
  costFigures,
  documentIds,
  fill,
  joinEach,
  timeFigure,
  untilSaved,
  WARM_UP_ID,
} from "../load/first-sync.ts";
import type { Scenario } from "../scenario.ts";
import type { RunningTarget } from "../target.ts";
import { withTarget } from "../with-target.ts";

const TYPISTS = 5;
const KEYSTROKES = 100_000;
const QUICK_KEYSTROKES = 5_000;
const DOCUMENTS = 3;

const made = new Map<number, Content>();

function content(keystrokes: number): Content {
  const known = made.get(keystrokes);
  if (known !== undefined) return known;
  const fresh = keystrokeContent(TYPISTS, keystrokes / TYPISTS);
  made.set(keystrokes, fresh);
  return fresh;
}

const ROOM_START =
  "the answer is stored bytes; what is left is the start of a room: in its profile half is waiting, and no function of it takes more than a twentieth";

export const joinTinyUpdates: Scenario = {
  id: "join-tiny-updates",
  title:
    "first sync after 100,000 keystrokes and a restart (code warm; Roost: kill -9 with the last one; others: once saved)",
  targets: ["stored bytes", "y-partyserver", "Roost"],
  rounds: 1,
  columns: ["firstMs", "coldMs", "receivedKilobytes", "cpuMs", "peakMegabytes"],
  goals: [{ figure: "firstMs", against: "y-partyserver", atMost: 1, note: ROOM_START }],
  measure: async (target, scale, stateDir) => {
    const typed = content(scale === "full" ? KEYSTROKES : QUICK_KEYSTROKES);
    const ids = documentIds(scale === "full" ? DOCUMENTS : 1);
    const isKilled = target.name === "Roost";
    const join = (running: RunningTarget) => joinEach({ target, running, ids }, { content: typed }, 1);
    const killed = await withTarget(target, stateDir, async (running) => {
      // All at once, so that the restart finds each of them just typed.
      await fill({ target, running, ids: [WARM_UP_ID, ...ids] }, typed, true);
      if (isKilled) await running.kill9();
      else await untilSaved(running);
      return isKilled ? await join(running) : undefined;
    });
    const first = killed ?? (await withTarget(target, stateDir, join));
    return { ...timeFigure("firstMs", first), ...coldFigure(first), ...costFigures(first) };
  },
};
