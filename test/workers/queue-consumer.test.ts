/**
 * The queue consumer, message by message, against real D1, R2 and rooms.
 * @module
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { formatRoomName } from "../../src/protocol/room-id.ts";
import { DocumentIndex } from "../../src/storage/d1/document-index.ts";
import { searchDocuments } from "../../src/storage/d1/document-search.ts";
import { addressOf, deletionOf, deliver, storedSummaryOf, summaryOf, versionOf } from "./queue-messages.ts";
import { postUpdate, readJson, send, writeText } from "./router-requests.ts";

const DEAD = "roost-dead-letters";

/** A binding that refuses everything, as one whose service is down. */
const down = (name: string) =>
  new Proxy(
    {},
    {
      get: () => () => {
        throw new Error(`${name} is down`);
      },
    },
  );

const stored = async (id: string) => {
  const found = await new DocumentIndex(env.DB).find(addressOf(id).project, addressOf(id).id);
  if (!found.ok) throw new Error(found.error.reason);
  return found.value;
};

const search = async (text: string) => {
  const page = await searchDocuments(env.DB, addressOf("x").project, { text, limit: 10 });
  return page.ok ? page.value.documents.map((document) => document.id) : page.error;
};

type Letter = {
  readonly id: number;
  readonly body: string;
  readonly error: string;
  readonly attempts: number;
  readonly replayedMs: number | null;
};
const letters = async () => (await readJson<{ deadLetters: Letter[] }>(await send("/v1/dead-letters"))).deadLetters;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("summaries", () => {
  test("[QD3] the end of a long text is found, and what lies on the border of two chunks", async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `w${index}`).join(" ");
    const border = text.slice(65_536 - 60, 65_536 + 60);
    await deliver([await storedSummaryOf("long", 1, `${text} the very last phrase`)]);
    expect(await search('"very last phrase"')).toEqual(["long"]);
    expect(await search(`"${border}"`)).toEqual(["long"]);
    expect(await search("w59999")).toEqual(["long"]);
  });

  test("[QD3] a text that shrinks leaves nothing of its tail", async () => {
    await deliver([await storedSummaryOf("shrunk", 1, `${"filler ".repeat(30_000)} tailword`)]);
    expect(await search("tailword")).toEqual(["shrunk"]);
    await deliver([await storedSummaryOf("shrunk", 2, "short now")]);
    expect(await search("tailword")).toEqual([]);
    expect(await search("short")).toEqual(["shrunk"]);
  });

  test("[QD4] text that is gone leaves title and excerpt, and holds nothing up", async () => {
    const { acked } = await deliver([summaryOf("textless", 1, { textKey: "gone.txt", title: "Still titled" })]);
    expect(acked).toEqual([0]);
    expect(await stored("textless")).toMatchObject({ title: "Still titled", deletedMs: null });
  });
});

describe("acknowledging", () => {
  test("[QD2] one message that fails is retried alone", async () => {
    const broken = new Proxy(env.SNAPSHOTS, {
      get: (bucket, property) =>
        property === "get"
          ? async (key: string) => (key === "bad" ? Promise.reject(new Error("R2 is down")) : await bucket.get(key))
          : Reflect.get(bucket, property),
    });
    const bodies = [summaryOf("ack-1", 1), summaryOf("ack-2", 1, { textKey: "bad" }), summaryOf("ack-3", 1)];
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { acked, retried } = await deliver(bodies, { variables: { SNAPSHOTS: broken } });
    expect(acked).toEqual([0, 2]);
    expect(retried).toEqual([{ place: 1, delaySeconds: 2 }]);
    expect(await stored("ack-2")).toBeNull();
    expect(await stored("ack-3")).not.toBeNull();
  });

  test("[QD2] each attempt waits longer than the one before", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const delays: (number | undefined)[] = [];
    for (const attempts of [1, 2, 5, 20]) {
      const { retried } = await deliver([summaryOf("later", 1)], { attempts, variables: { DB: down("D1") } });
      delays.push(retried[0]?.delaySeconds);
    }
    expect(delays).toEqual([2, 4, 32, 300]);
  });

  test("[QD7] a room that cannot be told does not hold a message up", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const variables = { DOCUMENT_ROOM: down("the room") };
    expect(await deliver([summaryOf("deaf", 1)], { variables })).toEqual({ acked: [0], retried: [] });
    expect(await stored("deaf")).not.toBeNull();
    expect(logged.mock.calls.map(String).join()).toContain("confirm-failed");
  });
});

describe("dead letters", () => {
  const malformed: readonly (readonly [string, unknown])[] = [
    ["text", "hello"],
    ["null", null],
    ["a list", [1]],
    ["another version", { ...summaryOf("bad", 1), v: 2 }],
    ["another kind", { ...summaryOf("bad", 1), kind: "renamed" }],
    ["no id", { ...summaryOf("bad", 1), id: "" }],
    ["another document's room", { ...summaryOf("bad", 1), room: "default/document/other" }],
    ["no version", { ...summaryOf("bad", 1), version: "1" }],
    ["text for a count", { ...summaryOf("bad", 1), words: "3" }],
    ["a negative time", { ...summaryOf("bad", 1), updatedMs: -1 }],
    ["a number among the editors", { ...summaryOf("bad", 1), editors: [1] }],
    ["no time of deletion", { ...deletionOf("bad", 1), deletedMs: null }],
  ];

  test.each(malformed)("[QD5] %s is recorded at once", async (_name, body) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(await deliver([body])).toEqual({ acked: [0], retried: [] });
    const letter = (await letters()).find((each) => each.body === JSON.stringify(body));
    expect(letter).toMatchObject({ error: expect.stringMatching(/^malformed: /), attempts: 1, replayedMs: null });
    expect(await stored("bad")).toBeNull();
  });

  test("[QD6] what works on the last try is no dead letter", async () => {
    const before = await letters();
    expect(await deliver([summaryOf("phoenix", 1)], { queue: DEAD })).toEqual({ acked: [0], retried: [] });
    expect(await stored("phoenix")).not.toBeNull();
    expect(await letters()).toEqual(before);
  });

  test("[QD6] what fails on the last try is one row with its reason, however often it comes", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const variables = { SNAPSHOTS: down("R2") };
    const body = summaryOf("lost", 1, { textKey: "lost.txt" });
    for (const attempts of [1, 2]) {
      expect(await deliver([body], { queue: DEAD, attempts, variables })).toEqual({ acked: [0], retried: [] });
    }
    const rows = (await letters()).filter((letter) => letter.body === JSON.stringify(body));
    expect(rows).toMatchObject([{ error: "R2: R2 is down", attempts: 3, sentMs: 5_000, replayedMs: null }]);
  });

  test("[QD6] while D1 is down a dead letter stays on its queue", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { acked, retried } = await deliver([summaryOf("kept", 1)], { queue: DEAD, variables: { DB: down("D1") } });
    expect([acked, retried]).toEqual([[], [{ place: 0, delaySeconds: 60 }]]);
  });
});

describe("end to end", () => {
  const room = (id: string) => env.DOCUMENT_ROOM.getByName(formatRoomName(addressOf(id)));

  /** Runs the room's alarm now and again, its clock moved on, until `isDone`; the queue delivers by itself. */
  async function runUntil(id: string, isDone: () => Promise<boolean>): Promise<void> {
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let round = 0; round < 150; round += 1) {
      if (await isDone()) return;
      vi.setSystemTime(Date.now() + 20_000);
      await runDurableObjectAlarm(room(id));
      await scheduler.wait(100);
    }
    throw new Error("never done");
  }

  test("[QD7][QD8] an update reaches search, an erasure leaves it, and the outbox empties each time", async () => {
    await postUpdate("journey", writeText("an unmistakable wombat"));
    await runUntil("journey", async () => (await stored("journey")) !== null);
    expect(await search("wombat")).toEqual(["journey"]);
    expect(await stored("journey")).toMatchObject({ version: versionOf(1), editors: ["alice"] });
    type Health = {
      readonly health: { readonly outbox: { readonly rows: number } };
      readonly versions: { readonly snapshots: unknown[] };
    };
    const describeIt = async () => await readJson<Health>(await send("/v1/documents/journey"));
    await runUntil("journey", async () => (await describeIt()).health.outbox.rows === 0);
    expect((await describeIt()).versions).toMatchObject({
      current: versionOf(1),
      indexed: versionOf(1),
      snapshots: [{ version: versionOf(1) }],
    });
    expect((await send("/v1/documents/journey", { method: "DELETE" })).status).toBe(204);
    await runUntil("journey", async () => (await stored("journey"))?.deletedMs !== null);
    expect(await search("wombat")).toEqual([]);
    await runUntil("journey", async () => {
      const { objects } = await env.SNAPSHOTS.list({ prefix: "projects/default/documents/journey/" });
      return objects.length === 1 && objects[0]?.key.endsWith(".deleted") === true;
    });
  });
});
