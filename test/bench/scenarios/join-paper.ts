/**
 * A real paper that everybody opens again after a restart.
 * @module
 */
import { type Content, paperContent } from "../load/content.ts";
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
import { withTarget } from "../with-target.ts";

const CLIENTS = 50;
const DOCUMENTS = 3;

let made: Content | undefined;
/** The same for every measurement of a run. */
const content = (): Content => (made ??= paperContent());

const ROOM_START =
  "the answer is stored bytes; what is left is the start of a room: its tables, clocks, first touch and tasks";

export const joinPaper: Scenario = {
  id: "join-paper",
  title: "first sync of the automerge-paper document after a restart (code warm), and 50 at once",
  targets: ["stored bytes", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 1,
  columns: ["firstMs", "coldMs", "fiftyMs", "receivedKilobytes", "cpuMs", "peakMegabytes"],
  goals: [
    { figure: "firstMs", against: "stored bytes", atMost: 2, note: ROOM_START },
    { figure: "fiftyMs", against: "stored bytes", atMost: 1.5, note: ROOM_START },
  ],
  measure: async (target, scale, stateDir) => {
    const ids = documentIds(scale === "full" ? DOCUMENTS : 1);
    await withTarget(target, stateDir, async (running) => {
      await fill({ target, running, ids: [WARM_UP_ID, ...ids] }, content());
      await untilSaved(running);
    });
    const joinWith = (clients: number) =>
      withTarget(target, stateDir, (running) => joinEach({ target, running, ids }, { content: content() }, clients));
    const first = await joinWith(1);
    const fifty = await joinWith(CLIENTS);
    return {
      ...timeFigure("firstMs", first),
      ...coldFigure(first),
      ...timeFigure("fiftyMs", fifty),
      ...costFigures(first),
    };
  },
};
