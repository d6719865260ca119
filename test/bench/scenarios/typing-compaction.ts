/**
 * Typing while the whole document is compacted, against typing while it is not, in the same room, seconds apart.
 * @module
 */
import { type TestServer, startServer } from "../../support/server.ts";
import type { TimedKeystroke } from "../load/jobs/typing-compaction.ts";
import { runJob } from "../load/run-job.ts";
import { descriptionUrl, whenSaved } from "../roost-health.ts";
import type { Figures, Scenario } from "../scenario.ts";
import { type LoggedTask, watchTasks } from "../task-log.ts";

/** A stop of 50 ms is ten keystrokes: more than p99 passes over. */
const UPDATES_PER_SECOND = 200;
const DOCUMENT = "large";
/** Twice as long as the compaction, which lies in its middle: in a longer one p99 would pass over what it does. */
const WINDOW_PER_TASK = 2;
const MIN_WINDOW_MS = 2_000;
/** They type for as long as a window of this needs, twice. */
const MAX_WINDOW_MS = 8_000;
/** The first keystrokes meet cold code. */
const WARM_UP_MS = 2_000;
/** Between the windows. */
const MARGIN_MS = 1_000;
const END_MS = 3_000;

const STOPS =
  "single stops of the thread: above 6 MB the local R2, which writes on it; below, that and collections of a document's garbage: its steps take 2 to 5 ms";

function typingCompaction(id: string, title: string, documentBytes: number): Scenario {
  return {
    id,
    title,
    targets: ["Roost"],
    rounds: 2,
    columns: ["p99QuietMs", "p99CompactingMs", "ratio", "longestCompactingMs", "compactionMs"],
    goals: [{ figure: "ratio", atMost: 3, note: STOPS }],
    measure: async (_target, _scale, stateDir) => {
      await seed(stateDir, documentBytes);
      return await measure(stateDir);
    },
  };
}

/** Above MAX_HYDRATE_BYTES it is merged by its bytes; below, hydrated. */
export const TYPING_COMPACTION_SCENARIOS: readonly Scenario[] = [
  typingCompaction("typing-compaction", "typing while 8 MB are compacted", 8_000_000),
  typingCompaction("typing-compaction-hydrated", "typing while 5.5 MB are compacted", 5_500_000),
];

async function seed(stateDir: string, documentBytes: number): Promise<void> {
  await withRoost(stateDir, 500, async (server) => {
    await runJob("seed-document", { address: addressOn(server), documentBytes });
    await whenSaved(descriptionUrl(addressOn(server).url));
  });
}

async function measure(stateDir: string): Promise<Figures> {
  const compactionMs = WARM_UP_MS + MAX_WINDOW_MS + MARGIN_MS + MAX_WINDOW_MS / 4;
  const updates = ((compactionMs + (MAX_WINDOW_MS * 3) / 4 + END_MS) * UPDATES_PER_SECOND) / 1_000;
  return await withRoost(stateDir, compactionMs, async (server) => {
    const tasks = watchTasks(server.logs);
    const address = addressOn(server);
    const typed = await runJob("steady-typing", { address, updatesPerSecond: UPDATES_PER_SECOND, updates });
    return figuresOf(
      typed,
      tasks().filter(({ task }) => task === "compact" || task === "snapshot"),
    );
  });
}

function figuresOf(typed: readonly TimedKeystroke[], compactions: readonly LoggedTask[]): Figures {
  const compaction = compactions.find(({ task }) => task === "snapshot");
  if (compaction === undefined) throw new Error("nothing was compacted while they typed");
  const { atMs: endMs, tookMs } = compaction;
  const windowMs = Math.max(MIN_WINDOW_MS, WINDOW_PER_TASK * tookMs);
  if (windowMs > MAX_WINDOW_MS) throw new Error(`the compaction took ${tookMs} ms, they typed too short`);
  const fromMs = endMs - tookMs / 2 - windowMs / 2;
  const quietFromMs = fromMs - MARGIN_MS - windowMs;
  const isInside = (atMs: number, startMs: number): boolean => atMs >= startMs && atMs < startMs + windowMs;
  if (compactions.some(({ atMs }) => isInside(atMs, quietFromMs))) throw new Error("it was not quiet");
  const latencies = (startMs: number): readonly number[] => {
    const inside = typed.filter(({ atMs }) => isInside(atMs, startMs)).map(({ latencyMs }) => latencyMs);
    const wanted = (windowMs * UPDATES_PER_SECOND) / 1_000;
    if (inside.length < wanted * 0.95) throw new Error(`${inside.length} of ${wanted} keystrokes were in the window`);
    return inside.toSorted((a, b) => a - b);
  };
  const [quiet, compacting] = [latencies(quietFromMs), latencies(fromMs)];
  return {
    p99QuietMs: p99(quiet),
    p99CompactingMs: p99(compacting),
    ratio: p99(compacting) / p99(quiet),
    longestCompactingMs: compacting.at(-1) ?? 0,
    compactionMs: compaction.tookMs,
  };
}

function p99(sorted: readonly number[]): number {
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

function addressOn(server: TestServer): { readonly url: string; readonly wire: "roost"; readonly documentId: string } {
  const url = `${server.wsUrl}/v1/documents/${DOCUMENT}/connect`;
  return { url, wire: "roost", documentId: DOCUMENT };
}

/** A snapshot, which compacts everything, is due `snapshotMs` after the first edit that none holds; nothing else compacts. */
async function withRoost<T>(stateDir: string, snapshotMs: number, use: (server: TestServer) => Promise<T>): Promise<T> {
  const vars = {
    ROOST_SNAPSHOT_DELAY_MS: String(snapshotMs),
    ROOST_SNAPSHOT_MAX_DELAY_MS: String(snapshotMs),
    ROOST_COMPACT_ROWS: "1000000",
  };
  const server = await startServer({ stateDir, vars });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
