/**
 * Reading and writing over REST, at the price of what it costs the room.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { docsBuilt } from "../../src/core/document/hydrate.ts";
import { ANSWER_RATE } from "../../src/protocol/limits.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import type { Caller, ContentFormat } from "../../src/rooms/room-api.ts";
import { describeRoom, inRoom, makeDocument } from "./room-tickets.ts";
import { postUpdate, readProblem, send, writeText } from "./router-requests.ts";

afterEach(() => void vi.useRealTimers());

const KIB = 1024;
const MIB = 1024 * KIB;

const HERE = "here";
const read = async (id: string, format: ContentFormat, user = "alice", address = HERE) =>
  await inRoom(id, async (room) => await room.readContent(format, { user, address, isAdmin: false }));

async function textOf(id: string, format: ContentFormat = "text"): Promise<string> {
  const content = await read(id, format);
  return content.ok ? new TextDecoder().decode(content.value.body) : content.error.tag;
}

/** How often the document was built meanwhile. */
async function builtBy(body: () => Promise<unknown>): Promise<number> {
  const before = docsBuilt();
  await body();
  return docsBuilt() - before;
}

describe("what is kept", () => {
  test("[RO60] JSON and text are built once for as long as nothing changes", async () => {
    await postUpdate("kept", writeText("one "));
    const all = async () => await Promise.all([textOf("kept"), textOf("kept", "json"), textOf("kept")]);
    expect(await builtBy(all)).toBe(2);
    expect(await builtBy(all)).toBe(0);
    const before = await all();
    expect(before).toEqual(["one ", '{"notes":{"type":"text","delta":[{"insert":"one "}]}}', "one "]);
    const two = writeText("two ");
    await postUpdate("kept", two);
    expect(await builtBy(all)).toBe(2);
    for (const content of await all()) for (const part of ["one", "two"]) expect(content).toContain(part);
    // Known already: no row.
    await postUpdate("kept", two);
    expect(await builtBy(all)).toBe(0);
  });

  test("[RO60] what is larger than 4 MiB together is built each time", async () => {
    await postUpdate("large", writeText("x".repeat(2.5 * MIB)));
    expect(await builtBy(async () => await textOf("large"))).toBe(1);
    expect(await builtBy(async () => await textOf("large"))).toBe(0);
    expect(await builtBy(async () => await textOf("large", "json"))).toBe(1);
    expect(await builtBy(async () => await textOf("large", "json"))).toBe(1);
    expect(await builtBy(async () => await textOf("large"))).toBe(0);
  });
});

describe("what it costs", () => {
  /** How many of `attempts` were answered. */
  async function answered(attempts: number, attempt: () => Promise<{ readonly ok: boolean }>): Promise<number> {
    let count = 0;
    for (let index = 0; index < attempts; index += 1) if ((await attempt()).ok) count += 1;
    return count;
  }
  const stopClock = () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });

  test("[RO61] a user reads 16 MiB at once and 4 MiB a second, and nobody else notices", async () => {
    await postUpdate("read", writeText("x".repeat(2 * MIB)));
    stopClock();
    const fit = ANSWER_RATE.burst / (2 * MIB);
    expect(await answered(20, async () => await read("read", "update"))).toBe(fit);
    expect(await read("read", "text")).toMatchObject({ ok: false, error: { tag: "rate-limited", limit: "answers" } });
    expect(await answered(1, async () => await read("read", "text", "bob"))).toBe(1);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await answered(20, async () => await read("read", "update"))).toBe(2);
  });

  test("[RO61] of those without a name each address has its own, and one of them keeps no other from it", async () => {
    await postUpdate("public", writeText("x".repeat(4 * MIB)));
    stopClock();
    const readFrom = async (address: string) => await read("public", "update", "anonymous", address);
    expect(await answered(10, async () => await readFrom("mallory's"))).toBe(4);
    expect((await readFrom("bob's")).ok).toBe(true);
    const post = async (address: string) => {
      const limits = { ...DEFAULT_LIMITS, syncBytesPerSecond: 16 * KIB };
      const caller: Caller = { user: "anonymous", address, limits, isAdmin: false, mayCreate: true };
      return await inRoom("public", async (room) => await room.applyUpdate(writeText("z".repeat(100 * KIB)), caller));
    };
    expect(await answered(5, async () => await post("mallory's"))).toBe(1);
    expect((await post("bob's")).ok).toBe(true);
    // Who has a name is the same wherever they are.
    expect(await answered(10, async () => await read("public", "update", "alice", "home"))).toBe(4);
    expect((await read("public", "update", "alice", "work")).ok).toBe(false);
  });

  test("[RO65] bodies of all callers together are what the room takes of sockets; above that each has its share", async () => {
    const id = "flooded";
    await makeDocument(id);
    stopClock();
    const post = async (user: string, bytes: number) => {
      const caller: Caller = { user, address: HERE, limits: DEFAULT_LIMITS, isAdmin: false, mayCreate: true };
      return await inRoom(id, async (room) => await room.applyUpdate(writeText("z".repeat(bytes)), caller));
    };
    const flood = async (times: number) => {
      for (let index = 0; index < times; index += 1) await post(`u${index}`, MIB);
    };
    const before = (await describeRoom(id)).bytes;
    await flood(20);
    const taken = (await describeRoom(id)).bytes - before;
    expect(taken).toBeGreaterThan(8 * MIB);
    expect(taken).toBeLessThan(10 * MIB);
    expect((await describeRoom(id)).refusals).toMatchObject({ roomBytesPerSecond: 12 });
    expect(await post("u0", MIB)).toMatchObject({
      ok: false,
      error: { tag: "rate-limited", limit: "roomBytesPerSecond" },
    });
    // Whoever was there before the flood types on, whoever comes in it says a few words.
    expect((await post("u0", 100 * KIB)).ok).toBe(true);
    expect((await post("new", 3 * KIB)).ok).toBe(true);
    expect((await post("new too", 30 * KIB)).ok).toBe(false);
    vi.setSystemTime(Date.now() + 5_000);
    expect((await post("new too", MIB)).ok).toBe(true);
  });

  test("[RO61] an answer that is kept costs its own bytes, one that is built the whole document", async () => {
    const doc = new Y.Doc();
    const text = doc.getText("notes");
    const post = async (edit: () => void) => {
      const known = Y.encodeStateVector(doc);
      edit();
      expect((await postUpdate("emptied", Y.encodeStateAsUpdate(doc, known))).status).toBe(200);
    };
    await post(() => text.insert(0, "y".repeat(4 * MIB)));
    await post(() => text.delete(0, 4 * MIB));
    stopClock();
    expect(await answered(100, async () => await read("emptied", "text"))).toBe(100);
    const readNew = async () => {
      await post(() => text.insert(0, "a"));
      return await read("emptied", "text", "carol");
    };
    expect(await answered(6, readNew)).toBe(4);
  });

  test("[RO61] over HTTP it is 429 with Retry-After and the limit's name", async () => {
    await postUpdate("http", writeText("x".repeat(4 * MIB)));
    stopClock();
    const get = async () => await send("/v1/documents/http/content?format=update&user=dave");
    for (let index = 0; index < 4; index += 1) expect((await get()).status).toBe(200);
    const refused = await get();
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await readProblem(refused)).toMatchObject({ status: 429, limit: "answers" });
  });

  test("[RO61] bodies are counted by what a socket of the user may send, and refusals with them", async () => {
    const id = "sent";
    await postUpdate(id, writeText("there"));
    stopClock();
    const limits = { ...DEFAULT_LIMITS, syncBytesPerSecond: 16 * KIB };
    const post = async (user: string, bytes: number) => {
      const caller: Caller = { user, address: HERE, limits, isAdmin: false, mayCreate: true };
      return await inRoom(id, async (room) => await room.applyUpdate(writeText("z".repeat(bytes)), caller));
    };
    // A little less than 32 KiB each, of 128 KiB.
    expect(await answered(9, async () => await post("alice", 31 * KIB))).toBe(4);
    expect(await post("alice", 31 * KIB)).toMatchObject({ ok: false, error: { limit: "syncBytesPerSecond" } });
    expect((await describeRoom(id)).refusals).toMatchObject({ syncBytesPerSecond: 6 });
    // More than the burst fits into a full bucket, once.
    expect(await answered(3, async () => await post("bob", 200 * KIB))).toBe(1);
    vi.setSystemTime(Date.now() + 13_000);
    expect(await answered(3, async () => await post("bob", 127 * KIB))).toBe(1);
  });
});
