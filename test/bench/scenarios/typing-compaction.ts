/**
 * Typing while the whole document is compacted, against typing while it is not, in the same room half a minute apart.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { type TestServer, startServer } from "../../support/server.ts";
import type { TimedKeystroke } from "../load/jobs/typing-compaction.ts";
import { runJob } from "../load/run-job.ts";
import { descriptionUrl, whenSaved } from "../roost-health.ts";
import type { Figures, Scenario } from "../scenario.ts";

const UPDATES_PER_SECOND = 50;
const DOCUMENT = "large";
/** Long enough for p99 to be more than the worst ten; Roost compacts a busy document once a minute. */
const WINDOW_MS = 20_000;
const QUICK_WINDOW_MS = 6_000;
/** The first keystrokes meet cold code. */
const WARM_UP_MS = 2_000;
/** Between the windows. */
const MARGIN_MS = 1_000;
const END_MS = 3_000;
const LOG_POLL_MS = 20;

type Task = { readonly task: string; readonly atMs: number; readonly tookMs: number };

function typingCompaction(id: string, title: string, documentBytes: number): Scenario {
  return {
    id,
    title,
    targets: ["Roost"],
    rounds: 3,
    columns: ["p99QuietMs", "p99CompactingMs", "ratio", "longestCompactingMs", "compactionMs"],
    goals: [{ figure: "ratio", atMost: 3 }],
    measure: async (_target, scale, stateDir) => {
      await seed(stateDir, documentBytes);
      return await measure(stateDir, scale === "full" ? WINDOW_MS : QUICK_WINDOW_MS);
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

async function measure(stateDir: string, windowMs: number): Promise<Figures> {
  const compactionMs = WARM_UP_MS + windowMs + MARGIN_MS + windowMs / 2;
  const updates = ((compactionMs + windowMs / 2 + END_MS) * UPDATES_PER_SECOND) / 1_000;
  return await withRoost(stateDir, compactionMs, async (server) => {
    const tasks: Task[] = [];
    const end = new AbortController();
    const watching = watchTasks(server, tasks, end.signal);
    const address = addressOn(server);
    const typed = await runJob("steady-typing", { address, updatesPerSecond: UPDATES_PER_SECOND, updates });
    end.abort();
    await watching;
    return figuresOf(typed, tasks, windowMs);
  });
}

function figuresOf(typed: readonly TimedKeystroke[], tasks: readonly Task[], windowMs: number): Figures {
  const compaction = tasks.find(({ task }) => task === "snapshot");
  if (compaction === undefined) throw new Error("nothing was compacted while they typed");
  const fromMs = compaction.atMs - windowMs / 2;
  const quietFromMs = fromMs - MARGIN_MS - windowMs;
  const isInside = (atMs: number, startMs: number): boolean => atMs >= startMs && atMs < startMs + windowMs;
  if (compaction.tookMs > windowMs / 2)
    throw new Error(`the compaction took ${compaction.tookMs} ms, the window is too short`);
  if (tasks.some(({ atMs }) => isInside(atMs, quietFromMs))) throw new Error("it was not quiet");
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

/** The server's own lines about what its alarms did, with the time at which they came. */
async function watchTasks(server: TestServer, tasks: Task[], signal: AbortSignal): Promise<void> {
  for (let read = server.logs.length; !signal.aborted;) {
    for (const { message } of server.logs.slice(read)) {
      // SAFETY: lines of src/rooms/log.ts.
      const line = JSON.parse(message) as { readonly event: string; readonly task?: string; readonly ms?: number };
      const { event, task, ms } = line;
      const isCompaction = event === "task" && (task === "compact" || task === "snapshot");
      if (isCompaction) tasks.push({ task, atMs: Date.now(), tookMs: ms ?? 0 });
    }
    read = server.logs.length;
    await pause(LOG_POLL_MS);
  }
}
