/**
 * A real paper, typed as it was written, by three processes through the running server; then found again in every store.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { FAULTY_WORKER } from "../support/faults.ts";
import type { TypistReport } from "../support/paper-typist.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, roomFiles, startServer } from "../support/server.ts";
import { type Trace, applyTransaction, readTrace } from "../support/trace.ts";
import { readFresh } from "../support/typists.ts";

const PROCESSES = 3;
const ID = "papers/automerge";
const TYPING_MS = 240_000;
const IDLE_MS = 15_000;
/** Of the file to the document's own encoding. */
const MAX_FILE_RATIO = 1.25;
const PHRASE_CHARS = 24;

let server: TestServer;
let trace: Trace;

let stateDir: string;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "roost-paper-"));
  trace = readTrace("automerge-paper");
  server = await startServer({ entry: FAULTY_WORKER, stateDir });
});
afterAll(async () => {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
});

async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(`${server.url}${path}`, { signal: AbortSignal.timeout(20_000) });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

async function typeInProcess(index: number): Promise<TypistReport> {
  const args = [server.url, ID, String(index), String(PROCESSES)];
  const child: ChildProcess = fork(join(import.meta.dirname, "../support/paper-typist.ts"), args, { execArgv: [] });
  const timer = setTimeout(() => child.kill("SIGKILL"), TYPING_MS);
  try {
    const [report] = (await once(child, "message")) as [TypistReport];
    return report;
  } finally {
    clearTimeout(timer);
  }
}

type Described = {
  readonly version: string;
  readonly health: {
    readonly lagMs: number;
    readonly tailBytes: number;
    readonly outbox: { readonly rows: number };
  };
};

async function describe(): Promise<Described> {
  return await getJson<Described>(`/v1/documents/${encodeURIComponent(ID)}`);
}

/** Ids of the documents that D1 finds. */
async function search(query: string): Promise<readonly string[]> {
  const found = await getJson<{ documents: { id: string }[] }>(`/v1/documents?query=${encodeURIComponent(query)}`);
  return found.documents.map(({ id }) => id);
}

/** Words of the final text that the last hundredth of the edits brought. */
function latePhrase({ txns, endContent }: Trace): string {
  const text = new Y.Doc().getText();
  for (const { patches } of txns.slice(0, Math.floor(txns.length * 0.99))) applyTransaction(text, patches);
  const before = text.toString();
  for (let at = 0; at + PHRASE_CHARS < endContent.length; at++) {
    const phrase = endContent.slice(at, at + PHRASE_CHARS);
    if (/^[A-Za-z][A-Za-z ]+[A-Za-z]$/.test(phrase) && !before.includes(phrase)) return phrase;
  }
  throw new Error("the last edits of the trace brought no words");
}

// It waits for its snapshot while the paper is typed.
test.concurrent(
  "a phrase in the middle of a Chinese document is found in D1",
  { timeout: 120_000 },
  async ({ expect }) => {
    const chinese = "协作编辑服务器把每一次击键都保存下来，然后才让别人看见。安静的房间不花一分钱。";
    const client = await RawClient.join(server, "papers/中文");
    await client.update(typed(client.document(), chinese));
    await client.leave();
    await expect
      .poll(async () => await search("安静的房间"), { timeout: 90_000, interval: 300 })
      .toEqual(["papers/中文"]);
    expect(await search("击键都保存")).toEqual(["papers/中文"]);
  },
);

test.concurrent(
  "the paper typed by three processes is exact, in a fresh client, in R2, in D1 and in a file not much larger than it",
  { timeout: 400_000 },
  async ({ expect }) => {
    const startedMs = performance.now();
    const indexes = Array.from({ length: PROCESSES }, (_, index) => index);
    const reports = await Promise.all(indexes.map(typeInProcess));
    const seconds = (performance.now() - startedMs) / 1_000;
    expect(reports.reduce((sum, report) => sum + report.transactions, 0)).toBe(trace.txns.length);

    const fresh = await readFresh(server, ID, 60_000);
    expect(fresh.getText("paper").toString()).toBe(trace.endContent);

    const settled = async () => {
      const { health } = await describe();
      return { lagMs: health.lagMs, tailBytes: health.tailBytes, outboxRows: health.outbox.rows };
    };
    await expect.poll(settled, { timeout: 90_000, interval: 500 }).toEqual({ lagMs: 0, tailBytes: 0, outboxRows: 0 });
    const keys = await getJson<string[]>(
      `/r2?prefix=${encodeURIComponent("projects/default/documents/papers%2Fautomerge/")}`,
    );
    const newest = keys.find((key) => key.endsWith(".v2"));
    const response = await fetch(`${server.url}/r2?key=${encodeURIComponent(newest ?? "")}`);
    const fromR2 = new Y.Doc();
    Y.applyUpdateV2(fromR2, new Uint8Array(await response.arrayBuffer()));
    expect(fromR2.getText("paper").toString()).toBe(trace.endContent);

    expect(await search(latePhrase(trace))).toContain(ID);

    await delay(IDLE_MS);
    const { version } = await describe();
    await server.stop();
    // The Chinese document's is the smaller one.
    const sizes = await Promise.all((await roomFiles(stateDir)).map(async (file) => (await stat(file)).size));
    const fileBytes = Math.max(...sizes);
    const encodedBytes = Y.encodeStateAsUpdate(fresh).length;
    const frames = reports.reduce((sum, report) => sum + report.frames, 0);
    const ratio = (fileBytes / encodedBytes).toFixed(2);
    recordResult("paper", {
      promise: "P1 P7",
      test: "a real paper typed by three processes",
      count: `${trace.txns.length} transactions in ${seconds.toFixed(0)} s, ${frames} frames, ${Number(version.slice(-12))} rows`,
      result: `exact in a fresh client, R2 and D1; file ${fileBytes} bytes = ${ratio} × its encoding (${encodedBytes})`,
    });
    expect(fileBytes).toBeGreaterThan(encodedBytes);
    expect(fileBytes / encodedBytes).toBeLessThanOrEqual(MAX_FILE_RATIO);
  },
);
