/**
 * P4, P5, P8 and P9 as a client meets them, at a real server process. The others have files of their own.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { DocumentProvider } from "../../client/index.ts";
import { type AwarenessEntry, decodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import type { ServerMessage } from "../../src/protocol/messages.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import { type TestServer, startServer } from "../support/server.ts";

/** A busy machine stands still for a second or two: what is to be done within it takes half of it at most. */
const BLIP_MS = 6_000;
const PROMPT = { timeout: 20_000, interval: 20 };

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ vars: { ROOST_BLIP_MS: String(BLIP_MS) } });
});
afterAll(async () => await server.stop());

function entriesOf(messages: readonly ServerMessage[]): readonly AwarenessEntry[] {
  return messages.flatMap((message) => {
    if (message.type !== "awareness") return [];
    const decoded = decodeAwareness(message.update);
    return decoded.ok ? decoded.value : [];
  });
}

/** The last thing this client heard of another: its state as text, null after a leave, undefined when nothing. */
function heardOf(client: RawClient, id: number): string | null | undefined {
  return entriesOf(client.messages).findLast((entry) => entry.client === id)?.state;
}

test("[P4] stock y-websocket and Roost's own client edit one document and see each other", async () => {
  const [ours, stock] = [new Y.Doc(), new Y.Doc()];
  const provider = new DocumentProvider({ url: server.url, id: "shared/p4", doc: ours, WebSocket });
  const foreign = new WebsocketProvider(`${server.wsUrl}/yjs`, "shared/p4", stock, { disableBc: true });
  try {
    provider.setPresence({ user: { name: "Alice" } });
    foreign.awareness.setLocalStateField("user", { name: "Bob" });
    ours.getText("text").insert(0, "from ours ");
    stock.getMap("map").set("key", ["from", "stock"]);
    stock.getXmlFragment("xml").push([new Y.XmlElement("p")]);
    await expect.poll(() => stock.getText("text").toJSON(), PROMPT).toBe("from ours ");
    stock.getText("text").delete(0, 5);
    await expect.poll(() => ours.getText("text").toJSON(), PROMPT).toBe("ours ");
    await expect.poll(() => ours.getMap("map").toJSON(), PROMPT).toEqual({ key: ["from", "stock"] });
    await expect.poll(() => ours.getXmlFragment("xml").toJSON(), PROMPT).toBe("<p></p>");
    await expect
      .poll(() => foreign.awareness.getStates().get(ours.clientID), PROMPT)
      .toEqual({ user: { name: "Alice" } });
    await expect
      .poll(() => provider.awareness.getStates().get(stock.clientID), PROMPT)
      .toEqual({ user: { name: "Bob" } });
  } finally {
    provider.destroy();
    foreign.destroy();
  }
});

test(
  "[P5] who says goodbye is gone at once, who drops is held for the blip and gone after it, who comes back never left",
  { timeout: 60_000 },
  async () => {
    const watcher = await RawClient.join(server, "p5", "watcher");
    const [polite, dropped, blipping] = await Promise.all(
      [1, 2, 3].map((index) => RawClient.join(server, "p5", `u${index}`)),
    );
    if (polite === undefined || dropped === undefined || blipping === undefined) throw new Error("three clients");
    for (const [index, client] of [polite, dropped, blipping].entries()) client.show(index + 1, 1, { n: index + 1 });
    for (const id of [1, 2, 3]) await expect.poll(() => heardOf(watcher, id), PROMPT).toBe(`{"n":${id}}`);

    polite.send({ type: "bye" });
    await expect.poll(() => heardOf(watcher, 1), { timeout: BLIP_MS / 2, interval: 10 }).toBeNull();

    dropped.socket.terminate();
    blipping.socket.terminate();
    await delay(BLIP_MS / 3);
    expect(heardOf(watcher, 2)).toBe('{"n":2}');
    watcher.messages.length = 0;
    const back = await RawClient.join(server, "p5", "u3");
    back.show(3, 1, { n: 3 });
    // Re-sent at a higher clock, for peers that forgot the state but kept its clock.
    await expect.poll(() => heardOf(watcher, 3), PROMPT).toBe('{"n":3}');
    await expect.poll(() => heardOf(watcher, 2), PROMPT).toBeNull();
    await delay(BLIP_MS);
    expect(heardOf(watcher, 3)).toBe('{"n":3}');
    expect(entriesOf(watcher.messages).filter(({ client, state }) => client === 3 && state === null)).toEqual([]);
    await Promise.all([watcher, polite, back].map((client) => client.leave()));
  },
);

test("[P5] one cursor move among N clients costs N − 1 frames, and nobody can speak for another", async () => {
  const clients = await Promise.all(
    Array.from({ length: 12 }, (_, index) => RawClient.join(server, "p5-n", `n${index}`)),
  );
  for (const [index, client] of clients.entries()) client.show(index + 1, 1, { at: 0 });
  const [mover, impostor, ...others] = clients;
  if (mover === undefined || impostor === undefined) throw new Error("two clients");
  for (const client of [impostor, ...others]) await expect.poll(() => heardOf(client, 1), PROMPT).toBe('{"at":0}');
  const hasAll = (client: RawClient) =>
    clients.every((other, id) => other === client || heardOf(client, id + 1) === '{"at":0}');
  await expect.poll(() => clients.every(hasAll), PROMPT).toBe(true);
  await delay(100);
  // As every awareness does, it goes on from the clock that the room has given its state.
  const clock = entriesOf(mover.messages).findLast((entry) => entry.client === 1)?.clock ?? 1;
  for (const client of clients) client.messages.length = 0;
  mover.show(1, clock + 1, { at: 1 });
  impostor.show(1, 99, { at: "forged" });
  for (const client of others) await expect.poll(() => heardOf(client, 1), PROMPT).toBe('{"at":1}');
  await delay(200);
  expect(clients.map((client) => client.messages.length)).toEqual([0, ...clients.slice(1).map(() => 1)]);
  await Promise.all(clients.map((client) => client.leave()));
});

test("[P8] what many type at once goes out in few frames and few rows, and nobody misses any of it", async () => {
  const readers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => RawClient.join(server, "p8", `r${index}`)),
  );
  const typists = await Promise.all(Array.from({ length: 5 }, (_, index) => RawClient.join(server, "p8", `t${index}`)));
  const updates = typists.map((_, index) => {
    const doc = new Y.Doc();
    return Array.from({ length: 100 }, (__, count) => typed(doc, `${index}.${count} `));
  });
  for (const client of readers) client.messages.length = 0;
  const acked = typists.map((client, index) => {
    for (const [count, update] of (updates[index] ?? []).entries())
      client.send({ type: "update", number: count + 1, update });
    return client.next((message) => message.type === "ack" && message.number === 100);
  });
  await Promise.all(acked);
  for (const reader of readers) {
    await expect.poll(() => reader.document().getText("text").toJSON().split(" ").length, PROMPT).toBe(501);
    const frames = reader.messages.filter(({ type }) => type === "update").length;
    expect(frames).toBeLessThan(250);
  }
  const response = await fetch(`${server.url}/v1/documents/p8`, { signal: AbortSignal.timeout(20_000) });
  const { version } = (await response.json()) as { version: string };
  expect(Number(version.slice(-12))).toBeLessThan(250);
  await Promise.all([...readers, ...typists].map((client) => client.leave()));
});

test("[P9] without open mode every door is closed", async () => {
  const closed = await startServer({ vars: { ROOST_OPEN: undefined } });
  try {
    const doors: readonly (readonly [string, string])[] = [
      ["GET", "/v1/documents"],
      ["GET", "/v1/documents/a"],
      ["GET", "/v1/documents/a/content?format=text"],
      ["POST", "/v1/documents/a/updates"],
      ["DELETE", "/v1/documents/a"],
      ["GET", "/v1/metrics"],
      ["GET", "/v1/dead-letters"],
      ["POST", "/v1/admin/reindex"],
    ];
    for (const [method, path] of doors) {
      const response = await fetch(`${closed.url}${path}`, { method, signal: AbortSignal.timeout(20_000) });
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
    }
    const socket = new WebSocket(`${closed.wsUrl}/v1/documents/a/connect`);
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toContain("401");
    // Stock providers are told in a socket that has no room behind it.
    for (const path of ["/yjs/a", "/parties/document/a"]) {
      const refused = new WebSocket(`${closed.wsUrl}${path}`);
      const said = await new Promise<Buffer>((resolve) => refused.once("message", resolve));
      expect([path, said.subarray(3).toString()]).toEqual([path, "Not authorized"]);
      refused.terminate();
    }
  } finally {
    await closed.stop();
  }
});
