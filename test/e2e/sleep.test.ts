/**
 * P2 and P3 in the real runtime, by its own clock: a quiet room is evicted with its sockets open, and waking it is cheap.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { decodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { FAULTY_WORKER, readProbe } from "../support/faults.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ID = "quiet";
const ROOM = `default/document/${ID}`;
const SOCKETS = 20;
/** The runtime evicts after 10 s without an event, a timer or a pending promise. */
const EVICTED_AFTER_MS = 14_000;

let server: TestServer;

beforeAll(async () => {
  // Snapshots later than this test: what sleeps here has nothing left to do.
  server = await startServer({
    entry: FAULTY_WORKER,
    vars: { ROOST_SNAPSHOT_DELAY_MS: "600000", ROOST_SNAPSHOT_MAX_DELAY_MS: "600000" },
  });
});
afterAll(async () => await server.stop());

test(
  "[P2] [P3] a room with open sockets sleeps; the keystroke that wakes it reaches all, asks nobody, builds no document, keeps everybody's presence",
  { timeout: 60_000 },
  async () => {
    const clients = await Promise.all(
      Array.from({ length: SOCKETS }, (_, index) => RawClient.join(server, ID, `user-${index}`)),
    );
    for (const [index, client] of clients.entries()) client.show(index + 1, 1, { user: { name: `user ${index}` } });
    const [writer, ...readers] = clients;
    if (writer === undefined) throw new Error("a writer");
    const doc = new Y.Doc();
    await writer.update(typed(doc, "before the sleep. "));
    await Promise.all(readers.map((reader) => reader.next(isText)));

    const awake = await readProbe(server.url);
    // Heartbeats go on and are answered by the runtime.
    const beating = setInterval(() => clients.forEach((client) => client.ping()), 3_000);
    await delay(EVICTED_AFTER_MS);
    clearInterval(beating);
    expect((await readProbe(server.url)).wakes[ROOM]).toBe(awake.wakes[ROOM]);

    for (const client of clients) client.messages.length = 0;
    await writer.update(typed(doc, "after it"));
    await Promise.all(readers.map((reader) => reader.next(isText)));

    const woken = await readProbe(server.url);
    expect(woken.wakes[ROOM]).toBe((awake.wakes[ROOM] ?? 0) + 1);
    expect(woken.docsBuilt).toBe(0);
    for (const reader of readers) expect(reader.messages.map(({ type }) => type)).toEqual(["update"]);
    expect(writer.messages.map(({ type }) => type)).toEqual(["ack"]);

    const newcomer = await RawClient.join(server, ID, "newcomer");
    expect(newcomer.document().getText("text").toString()).toBe("before the sleep. after it");
    const shown = await newcomer.next(({ type }) => type === "awareness");
    const entries = shown.type === "awareness" ? decodeAwareness(shown.update) : undefined;
    expect(entries?.ok === true ? entries.value.map(({ client }) => client).sort((a, b) => a - b) : []).toEqual(
      clients.map((_, index) => index + 1),
    );
    expect((await readProbe(server.url)).docsBuilt).toBe(0);
    await Promise.all([...clients, newcomer].map((client) => client.leave()));
    recordResult("sleep", {
      promise: "P2 P3",
      test: "a room with open sockets, quiet until the runtime evicts it, then one keystroke and one join",
      count: `${SOCKETS} sockets, heartbeats going on`,
      result: "1 wake, 1 frame to each reader, 0 questions to clients, 0 documents built, presence intact",
    });
  },
);

function isText(message: { readonly type: string }): boolean {
  return message.type === "update";
}
