/**
 * Ten megabytes of text by several people: everybody who asks gets it, and the server holds it once.
 * @module
 */
import { type Content, largeContent } from "../load/content.ts";
import { costFigures, documentIds, fill, joinEach, timeFigure, untilSaved, WARM_UP_ID } from "../load/first-sync.ts";
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { withTarget } from "../with-target.ts";

const FULL_BYTES = 10_000_000;
const QUICK_BYTES = 1_500_000;
/** Warms the code up, and leaves no room in memory in which a large document would pass unseen. */
const WARM_UP_BYTES = 50_000;
const DOCUMENTS = 2;
/** What joins may take beside one document, from the first to the last of them. */
const ALLOWANCE_MEGABYTES = 16;

const made = new Map<number, Content>();

function content(bytes: number): Content {
  const known = made.get(bytes);
  if (known !== undefined) return known;
  const fresh = largeContent(bytes);
  made.set(bytes, fresh);
  return fresh;
}

const KEPT_MEMORY =
  "two such documents follow one another in one process, which gives nothing back: compare what the bare object grows";

export const join10Mb: Scenario = {
  id: "join-10mb",
  title: "first sync of 10 MB of updates after a restart (code warm)",
  targets: ["stored bytes", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 1,
  columns: ["firstMs", "receivedKilobytes", "cpuMs", "peakMegabytes", "growthMegabytes", "lost"],
  goals: [
    { figure: "firstMs", against: "stored bytes", atMost: 2 },
    { figure: "growthOverDocumentMegabytes", atMost: ALLOWANCE_MEGABYTES, note: KEPT_MEMORY },
  ],
  measure: async (target, scale, stateDir) => {
    const typed = content(scale === "full" ? FULL_BYTES : QUICK_BYTES);
    const warmUp = content(WARM_UP_BYTES);
    const ids = documentIds(scale === "full" ? DOCUMENTS : 1);
    await withTarget(target, stateDir, async (running) => {
      await fill({ target, running, ids: [WARM_UP_ID] }, warmUp);
      await fill({ target, running, ids }, typed);
      await untilSaved(running);
    });
    return await withTarget(target, stateDir, async (running) => {
      const first = await joinEach({ target, running, ids }, { content: typed, warmUp }, 1);
      if (target.name === "Roost") await joinWithProviders(running.socketUrl(ids[0] ?? ""), typed);
      const time = timeFigure("firstMs", first);
      if (time["lost"] !== undefined) return time;
      const costs = costFigures(first);
      const growthOverDocumentMegabytes = (costs["growthMegabytes"] ?? Number.NaN) - typed.state.length / 1e6;
      return { lost: 0, ...time, ...costs, growthOverDocumentMegabytes };
    });
  },
};

/** Throws unless y-websocket's provider and Roost's own each end up with what was typed. */
async function joinWithProviders(socketUrl: string, { expected }: Content): Promise<void> {
  const path = /^(ws:\/\/[^/]+)\/v1\/documents\/([^/]+)\/connect$/.exec(socketUrl);
  if (path === null) throw new Error(`no document's address: ${socketUrl}`);
  const [, origin = "", id = ""] = path;
  const params = { origin, documentId: decodeURIComponent(id), expected };
  await runJob("stock-join", params);
  await runJob("provider-join", params);
}
