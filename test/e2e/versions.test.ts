/**
 * A real paper restored to its middle while twenty people have it open, and every version of it in R2.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { FAULTY_WORKER } from "../support/faults.ts";
import { RawClient } from "../support/raw-client.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { applyTransaction, readTrace } from "../support/trace.ts";

const ID = "papers/restored";
const PATH = `/v1/documents/${encodeURIComponent(ID)}`;
const CLIENTS = 20;
/** The goal is a second; a busy machine is not to fail for it. */
const MAX_RESTORE_MS = 10_000;
/** Transactions in one update, as if somebody pasted: the trace has 259,778. */
const PIECE = 20_000;

let server: TestServer;
let stateDir: string;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "roost-versions-"));
  const vars = { ROOST_SNAPSHOT_DELAY_MS: "300", ROOST_SNAPSHOT_MAX_DELAY_MS: "600", ROOST_VERSION_INTERVAL_MS: "0" };
  server = await startServer({ entry: FAULTY_WORKER, stateDir, vars });
});
afterAll(async () => {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${server.url}${path}`, { ...init, signal: AbortSignal.timeout(30_000) });
  expect([path, response.ok]).toEqual([path, true]);
  return response;
}

async function postJson<T>(path: string, body?: object): Promise<T> {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return (await (await ask(path, { method: "POST", ...sent })).json()) as T;
}

async function postUpdate(doc: Y.Doc, before?: Uint8Array): Promise<void> {
  const body = Buffer.from(Y.encodeStateAsUpdate(doc, before));
  await ask(`${PATH}/updates?user=author`, {
    method: "POST",
    body,
    headers: { "content-type": "application/octet-stream" },
  });
}

const jsonOf = async (path: string): Promise<unknown> => await (await ask(path)).json();

type Version = { readonly version: string; readonly kind: string };

/** One client's own replica, and when its text became `text`. */
async function reaches(client: RawClient, text: string): Promise<number> {
  const doc = client.document();
  let seen = client.messages.length;
  const deadlineMs = performance.now() + 30_000;
  while (doc.getText("paper").toString() !== text) {
    if (performance.now() > deadlineMs) throw new Error("a client never had the restored text");
    await delay(5);
    for (const message of client.messages.slice(seen)) {
      if (message.type === "update" || message.type === "sync-step-2") Y.applyUpdate(doc, message.update);
    }
    seen = client.messages.length;
  }
  return performance.now();
}

test(
  "[RV15] a paper is restored to its middle for twenty clients, a stock one and one that was offline; R2's versions open with stock Yjs",
  { timeout: 180_000 },
  async () => {
    const { txns } = readTrace("automerge-paper");
    const author = new Y.Doc();
    const text = author.getText("paper");
    const contents = new Map<string, unknown>();
    let middle: { readonly version: string; readonly text: string } | undefined;
    let offline: Y.Doc | undefined;
    for (let at = 0; at < txns.length; at += PIECE) {
      const before = Y.encodeStateVector(author);
      author.transact(() => {
        for (const { patches } of txns.slice(at, at + PIECE)) applyTransaction(text, patches);
      });
      await postUpdate(author, before);
      const isMiddle = middle === undefined && at + PIECE >= txns.length / 2;
      const isLate = offline === undefined && at + PIECE >= txns.length * 0.75;
      if (isMiddle || isLate || at === 0) {
        const { version } = await postJson<Version>(`${PATH}/versions?user=author`, { name: `After ${at + PIECE}` });
        contents.set(version, await jsonOf(`${PATH}/content?format=json`));
        if (isMiddle) middle = { version, text: text.toString() };
      }
      if (isLate) {
        offline = new Y.Doc();
        Y.applyUpdate(offline, Y.encodeStateAsUpdate(author));
      }
    }
    if (middle === undefined || offline === undefined) throw new Error("the trace has a middle");
    const end = await jsonOf(`${PATH}/content?format=json`);

    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, n) => await RawClient.join(server, ID, `reader${n}`)),
    );
    const stock = new Y.Doc();
    const provider = new WebsocketProvider(`${server.wsUrl}/yjs`, ID, stock, { disableBc: true });
    await expect.poll(() => provider.synced, { timeout: 20_000 }).toBe(true);
    const wanted = middle.text;
    const waits = Promise.all(clients.map(async (client) => await reaches(client, wanted)));
    const startedMs = performance.now();
    const restored = await postJson<{ changed: boolean }>(`${PATH}/versions/${middle.version}/restore?user=editor`);
    const answeredMs = performance.now() - startedMs;
    const slowestMs = Math.max(...(await waits)) - startedMs;
    expect(restored.changed).toBe(true);
    expect(await jsonOf(`${PATH}/content?format=json`)).toEqual(contents.get(middle.version));
    await expect.poll(() => stock.getText("paper").toString() === wanted, { timeout: 10_000 }).toBe(true);
    provider.destroy();

    // Typed before it heard of the restore, in the text that is undone.
    offline.getText("paper").insert(0, "Typed offline. ");
    await postUpdate(offline);
    const merged = await (await ask(`${PATH}/content?format=text`)).text();
    expect(merged.trim()).toBe(`Typed offline. ${wanted}`.trim());
    await Promise.all(clients.map(async (client) => await client.leave()));

    const kept = await keptBefore();
    contents.set(kept.version, end);
    await expectStored(contents);
    recordResult("versions", {
      promise: "RV15",
      test: "a real paper restored to its middle in a live room",
      count: `${txns.length} transactions, ${CLIENTS} clients and a stock one, one that was offline`,
      result: `answered in ${answeredMs.toFixed(0)} ms, all had it in ${slowestMs.toFixed(0)} ms; ${contents.size} versions in R2 open with stock Yjs`,
    });
    expect(slowestMs).toBeLessThan(MAX_RESTORE_MS);
  },
);

/** The version that the restore made of what was there. */
async function keptBefore(): Promise<Version> {
  let found: Version | undefined;
  const look = async () => {
    const { versions } = (await jsonOf(`${PATH}/versions?kind=restored`)) as { versions: Version[] };
    [found] = versions;
    return versions.length;
  };
  await expect.poll(look, { timeout: 20_000, interval: 200 }).toBe(1);
  if (found === undefined) throw new Error("it is listed");
  return found;
}

/** Each as stock Yjs opens it, and all there are open. */
async function expectStored(contents: ReadonlyMap<string, unknown>): Promise<void> {
  const prefix = `projects/default/documents/${encodeURIComponent(ID)}/versions/`;
  const keys = (await jsonOf(`/r2?prefix=${encodeURIComponent(prefix)}`)) as string[];
  expect(keys.map((key) => key.slice(prefix.length, -".v2".length))).toEqual(
    expect.arrayContaining([...contents.keys()]),
  );
  for (const key of keys) {
    const bytes = new Uint8Array(await (await ask(`/r2?key=${encodeURIComponent(key)}`)).arrayBuffer());
    const doc = new Y.Doc();
    Y.applyUpdateV2(doc, bytes);
    const json = contents.get(key.slice(prefix.length, -".v2".length));
    if (json !== undefined)
      expect({ paper: { type: "text", delta: doc.getText("paper").toDelta() as unknown } }).toEqual(json);
    expect(doc.store.pendingStructs).toBe(null);
  }
}
