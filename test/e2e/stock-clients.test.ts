/**
 * What the matrix of clients does not ask of the published packages: how they take a refusal, YProvider's own messages and hook, edits
 * made in Yjs 14.
 */
import { setTimeout as delay } from "node:timers/promises";
import * as Y14 from "@y/y";
import { createElement } from "react";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import YProvider from "y-partyserver/provider";
import useYProvider from "y-partyserver/react";
import { WebsocketProvider } from "y-websocket-4";
import * as Y from "yjs";
import { families as partyserver } from "../conformance/families/y-partyserver.ts";
import { families as websocket } from "../conformance/families/y-websocket.ts";
import type { StockClient, StockFamily } from "../conformance/stock-client.ts";
import { type ClosedServer, startClosedServer } from "../support/closed-server.ts";
import { FAULTY_WORKER, readProbe } from "../support/faults.ts";
import { ReactRoot } from "../support/react-root.ts";
import { type TestServer, startServer } from "../support/server.ts";

const PROMPT = { timeout: 20_000, interval: 20 };
/** A refused socket is silent for so long, and the clients come back at once. */
const REFUSED_MS = 20_000;
/** The runtime evicts after 10 s without an event, a timer or a pending promise. */
const EVICTED_AFTER_MS = 14_000;

let open: TestServer;
let closed: ClosedServer;
const ends: (() => void)[] = [];

beforeAll(async () => {
  // Snapshots later than this test: what sleeps here has nothing left to do.
  const vars = { ROOST_SNAPSHOT_DELAY_MS: "600000", ROOST_SNAPSHOT_MAX_DELAY_MS: "600000" };
  [open, closed] = await Promise.all([startServer({ entry: FAULTY_WORKER, vars }), startClosedServer()]);
});
afterEach(() => void vi.unstubAllGlobals());
afterAll(async () => {
  for (const end of ends) end();
  await Promise.all([open.stop(), closed.stop()]);
});

function join(family: StockFamily, { wsUrl }: TestServer, id: string): StockClient {
  const client = family.open({ wsUrl, id, doc: new Y.Doc() });
  ends.push(() => client.destroy());
  return client;
}

function yProvider(id: string, doc = new Y.Doc()): YProvider {
  const provider = new YProvider(open.wsUrl, id, doc, { party: "document", disableBc: true });
  ends.push(() => provider.destroy());
  return provider;
}

function heardBy(provider: YProvider): readonly string[] {
  const heard: string[] = [];
  provider.on("custom-message", (message: string) => heard.push(message));
  return heard;
}

// The two that wait longest, side by side.
test.concurrent("[RT151] who is refused hears why at once, and opens one socket in 20 s; one that knows the code stops", async () => {
  const families = [...websocket, ...partyserver];
  const startMs = performance.now();
  const clients = families.map((family) => join(family, closed, "refused"));
  await vi.waitUntil(() => clients.every(({ refusals }) => refusals.length > 0), PROMPT);
  expect(clients.map(({ refusals }) => refusals)).toEqual(clients.map(() => ["Not authorized"]));
  await delay(REFUSED_MS / 2);
  expect(clients.map((client) => client.opened())).toEqual(clients.map(() => 1));
  await vi.waitUntil(() => clients.every(({ refusals }) => refusals.length > 1), {
    ...PROMPT,
    timeout: 2 * REFUSED_MS,
  });
  expect(performance.now() - startMs).toBeGreaterThan(REFUSED_MS - 1_000);
  const outcomes = Object.fromEntries(
    families.map(({ label }, index) => [label, [clients[index]?.opened(), clients[index]?.refusals[1]]]),
  );
  expect(outcomes).toEqual({
    "y-websocket 1.5": [2, "Not authorized"],
    "y-websocket 2.1": [2, "Not authorized"],
    "y-websocket 3.1": [1, "4401 Not authorized"],
    "y-websocket 4.0 (rc)": [2, "Not authorized"],
    "YProvider 2.2": [2, "Not authorized"],
  });
  expect(clients.some((client) => client.isSynced())).toBe(false);
});

test.concurrent("[RT154] a room of YProviders sleeps, is not called chatty, and goes on with everybody in it", async () => {
  const id = "silent";
  const providers = [yProvider(id), yProvider(id)];
  const [alice, bob] = providers;
  if (alice === undefined || bob === undefined) throw new Error("two of them");
  for (const [index, { awareness }] of providers.entries()) awareness.setLocalState({ n: index });
  await vi.waitUntil(() => providers.every(({ awareness }) => awareness.getStates().size === 2), PROMPT);
  const room = `default/document/${id}`;
  const before = (await readProbe(open.url)).wakes[room] ?? 0;
  const described = (await (await fetch(`${open.url}/v1/documents/${id}`)).json()) as { health: { chatty: boolean } };
  expect(described.health.chatty).toBe(false);
  await delay(EVICTED_AFTER_MS);
  alice.doc.getText("text").insert(0, "awake");
  await vi.waitUntil(() => bob.doc.getText("text").length > 0, PROMPT);
  expect((await readProbe(open.url)).wakes[room]).toBe(before + 1);
  const late = yProvider(id);
  await vi.waitUntil(() => late.awareness.getStates().size >= 2, PROMPT);
  // A socket that drops after the sleep leaves no ghost.
  bob.disconnect();
  await vi.waitUntil(() => !alice.awareness.getStates().has(bob.awareness.clientID), PROMPT);
});

test("[RT154] an application's message reaches the other YProviders, and nobody else", async () => {
  const [alice, bob] = [yProvider("custom"), yProvider("custom")];
  const [stock] = websocket;
  if (stock === undefined) throw new Error("a stock client");
  const carol = join(stock, open, "custom");
  const heard = [alice, bob].map(heardBy);
  await vi.waitUntil(() => alice.synced && bob.synced && carol.isSynced(), PROMPT);
  alice.sendMessage("hello, Bob");
  bob.sendMessage(JSON.stringify({ hello: "Alice" }));
  await vi.waitUntil(() => heard.every(({ length }) => length > 0), PROMPT);
  alice.doc.getText("text").insert(0, "after it");
  await vi.waitUntil(() => carol.doc.getText("text").length > 0, PROMPT);
  expect(heard).toEqual([['{"hello":"Alice"}'], ["hello, Bob"]]);
  expect(carol.opened()).toBe(1);
});

test("[RT150] useYProvider in React's strict mode has one document with the others, and leaves when it is unmounted", async () => {
  const id = "hook/strict";
  const doc = new Y.Doc();
  const other = yProvider(id);
  const root = await ReactRoot.open();
  const host = open.url.replace("http://", "");
  const rendered: YProvider[] = [];
  const Editor = () => {
    rendered.push(useYProvider({ host, room: id, party: "document", doc, options: { disableBc: true } }));
    return null;
  };
  await root.render(createElement(Editor));
  const provider = rendered.at(-1);
  if (provider === undefined) throw new Error("nothing was rendered");
  await vi.waitUntil(() => provider.synced && other.synced, PROMPT);
  provider.awareness.setLocalState({ is: "here" });
  doc.getText("text").insert(0, "from a component");
  await vi.waitUntil(() => other.doc.getText("text").toString() === "from a component", PROMPT);
  await vi.waitUntil(() => other.awareness.getStates().has(provider.awareness.clientID), PROMPT);
  await root.unmount();
  await vi.waitUntil(() => !other.awareness.getStates().has(provider.awareness.clientID), PROMPT);
  provider.destroy();
});

test("[DI2] what is written in Yjs 14 is read in Yjs 13, and the other way round", async () => {
  const id = "fourteen";
  const doc = new Y14.Doc();
  const provider = new WebsocketProvider(`${open.wsUrl}/yjs`, id, doc, { disableBc: true });
  ends.push(() => provider.destroy());
  const other = yProvider(id);
  await vi.waitUntil(() => provider.synced && other.synced, PROMPT);
  const text = doc.get("text");
  text.insert(0, "hello from 14");
  text.format(0, 5, { bold: true });
  text.delete(6, 5);
  doc.get("map").setAttr("key", { deep: [1, null, "two"] });
  const read = other.doc.getText("text");
  await vi.waitUntil(() => other.doc.getMap("map").has("key") && read.length === 8, PROMPT);
  expect(read.toDelta()).toEqual([{ insert: "hello", attributes: { bold: true } }, { insert: " 14" }]);
  expect(other.doc.getMap("map").toJSON()).toEqual({ key: { deep: [1, null, "two"] } });
  read.insert(read.length, " and 13");
  await vi.waitUntil(() => text.length === 15, PROMPT);
  const stored = await fetch(`${open.url}/v1/documents/${id}/content?format=text`);
  expect(await stored.text()).toContain("hello 14 and 13");
});
