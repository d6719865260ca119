/**
 * Who is let into a real room, who is put out again, and what the queue hears of it.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { DocumentRoom } from "../../src/index.ts";
import { encodeClientFrame } from "../../src/protocol/frames.ts";
import { JoinRate } from "../../src/rooms/gate.ts";
import { RefusalCounts } from "../../src/rooms/refusal-counts.ts";
import { PROMPT, type Peer, stubOf, typed } from "./room-peer.ts";
import { answerTo, connectWith, describeRoom, enter, inRoom, ticketOf } from "./room-tickets.ts";
import { writeText } from "./router-requests.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";

const CALLER = { user: "robot", address: "there", isAdmin: false, limits: DEFAULT_LIMITS, mayCreate: true };

function closedWith(peer: Peer): readonly [number | undefined, string | undefined] {
  return [peer.closed?.code, peer.closed?.reason];
}

test.each([
  ["socketsPerRoom", { limits: { socketsPerRoom: 3 } }],
  ["socketsPerUser", { limits: { socketsPerUser: 3 }, user: "alice" }],
  ["socketsPerAddress", { limits: { socketsPerAddress: 3 }, address: "office" }],
] as const)(
  "[RO40] %s: of many that come at once as many get in as may, and the rest are counted",
  async (limit, options) => {
    const id = `full-${limit}`;
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await answerTo(id, ticketOf(options))));
    expect(answers.toSorted()).toEqual([...Array(3).fill("101"), ...Array(5).fill(`429 room-limit ${limit}`)]);
    expect((await describeRoom(id)).refusals).toEqual({ [limit]: 5 });
  },
);

test("[RO40] joins above their rate are refused, four seconds' worth at once pass", async () => {
  const ticket = () => ticketOf({ limits: { joinsPerSecond: 2 } });
  const answers: string[] = [];
  // Two more would pass for each second that this takes.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  for (let count = 0; count < 10; count += 1) answers.push(await answerTo("rush", ticket()));
  vi.useRealTimers();
  expect(answers).toEqual([...Array(8).fill("101"), ...Array(2).fill("429 room-limit joinsPerSecond")]);
  const rate = new JoinRate();
  const burst = (atMs: number, joinsPerSecond = 2) =>
    Array.from({ length: 20 }, () => rate.take({ joinsPerSecond, ofProject: 2 }, atMs)).filter(Boolean).length;
  expect([burst(1_000), burst(1_500), burst(1_400), burst(60_000)]).toEqual([8, 1, 0, 8]);
  // Who may come less often is let in less, and keeps nobody else out.
  expect([burst(61_000, 1), burst(61_000), burst(62_000, 1), burst(63_000, 1), burst(63_000)]).toEqual([0, 2, 0, 0, 4]);
  expect(burst(65_000, 1)).toBe(0);
  expect([burst(66_000, 1), burst(90_000, 1)]).toEqual([2, 4]);
});

test("[RO40] refusals are logged once for a limit and minute", () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const counts = new RefusalCounts("a room");
  for (let count = 0; count < 100; count += 1) counts.add("presencePerSecond");
  counts.add("documentBytes");
  vi.setSystemTime(1_060_000);
  counts.add("presencePerSecond");
  log.mockRestore();
  vi.useRealTimers();
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    { level: "info", event: "limit", room: "a room", limit: "presencePerSecond", refused: 1 },
    { level: "info", event: "limit", room: "a room", limit: "documentBytes", refused: 1 },
    { level: "info", event: "limit", room: "a room", limit: "presencePerSecond", refused: 101 },
  ]);
  expect(counts.all()).toEqual({ presencePerSecond: 101, documentBytes: 1 });
});

test("[RO41] a place is free again when its socket is gone, asleep or awake; people without a name share no limit", async () => {
  const options = { limits: { socketsPerUser: 2 } };
  const peers = [await enter("places", 1, options), await enter("places", 2, options)];
  await evictDurableObject(stubOf("places"), { webSockets: "hibernate" });
  expect(await answerTo("places", ticketOf(options))).toBe("429 room-limit socketsPerUser");
  peers[0]?.send({ type: "bye" });
  await expect.poll(() => peers[0]?.closed?.code, PROMPT).toBe(1000);
  peers.push(await enter("places", 3, options));
  peers[1]?.close(1000);
  await expect.poll(async () => (await describeRoom("places")).connected.length, PROMPT).toBe(1);
  expect(await answerTo("places", ticketOf(options))).toBe("101");
  const nobody = { ...options, user: "anonymous" };
  for (let count = 0; count < 4; count += 1) expect(await answerTo("places", ticketOf(nobody))).toBe("101");
});

test("[RO42] a project without a room left makes none, and the rooms it has are open", async () => {
  expect(await answerTo("one-too-many", ticketOf({ mayCreate: false }))).toBe("403 no-more-rooms");
  const applied = await stubOf("one-too-many").applyUpdate(writeText("x"), { ...CALLER, mayCreate: false });
  expect(applied).toEqual({ ok: false, error: { tag: "no-more-rooms" } });
  const tables = await runInDurableObject(stubOf("one-too-many"), (_room, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'").toArray(),
  );
  expect(tables).toEqual([]);
  (await enter("old-room", 1)).close(1000);
  expect(await answerTo("old-room", ticketOf({ mayCreate: false }))).toBe("101");
});

test("[RO51] who may not write makes no document: it is not found, and nothing is stored", async () => {
  const reader = { scopes: ["read", "presence", "admin"] } as const;
  expect(await answerTo("unwritten", ticketOf(reader))).toBe("404 not-found");
  const tables = await runInDurableObject(stubOf("unwritten"), (_room, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'").toArray(),
  );
  expect(tables).toEqual([]);
  const writer = await enter("unwritten", 1);
  expect(await answerTo("unwritten", ticketOf(reader))).toBe("101");
  writer.close(1000);
});

test("[RO43] a closed room lets in and keeps none but admins, asleep or awake, until it is opened", async () => {
  const [alice, chief] = [
    await enter("locked", 1),
    await enter("locked", 2, { user: "chief", scopes: ["read", "write", "admin"] }),
  ];
  expect(await stubOf("locked").setLock("closed")).toEqual({ ok: true, value: { mode: "closed" } });
  await expect.poll(() => closedWith(alice), PROMPT).toEqual([4403, "not allowed here: the document is locked"]);
  await evictDurableObject(stubOf("locked"), { webSockets: "hibernate" });
  expect((await describeRoom("locked")).lock).toBe("closed");
  expect(await answerTo("locked", ticketOf())).toBe("423 locked");
  expect(await stubOf("locked").applyUpdate(writeText("x"), CALLER)).toEqual({ ok: false, error: { tag: "locked" } });
  chief.send(typed("allowed"));
  await expect.poll(() => chief.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
  expect(await stubOf("locked").applyUpdate(writeText("y"), { ...CALLER, isAdmin: true })).toMatchObject({ ok: true });
  await stubOf("locked").setLock("open");
  expect(await answerTo("locked", ticketOf())).toBe("101");
  chief.close(1000);
});

test("[RO43] what was written before the lock is a row before it is answered, and nothing becomes one after", async () => {
  const alice = await enter("pending-lock", 1);
  const frames = ["first ", "second"].map((text) => encodeClientFrame([typed(text)]));
  const rows = async () =>
    await inRoom("pending-lock", async (_room, { storage }) =>
      storage.sql.exec("SELECT count(*) AS count FROM updates").one(),
    );
  const answered = await runInDurableObject(stubOf("pending-lock"), async (room, state) => {
    const [socket] = state.getWebSockets();
    if (!(room instanceof DocumentRoom) || socket === undefined) throw new Error("a document with a socket");
    // The second waits until the row of the first is durable.
    for (const frame of frames) void room.webSocketMessage(socket, frame.buffer);
    expect(await room.setLock("read")).toMatchObject({ ok: true });
    return state.storage.sql.exec("SELECT count(*) AS count FROM updates").one();
  });
  await expect.poll(() => alice.messages.filter(({ type }) => type === "ack").length, PROMPT).toBe(2);
  expect([answered["count"], await rows()]).toEqual([2, answered]);
  alice.close(1000);
});

test("[RO43] a room that is locked for writing takes no edits over REST either; erasing ends the lock, and an unknown room has none", async () => {
  const alice = await enter("read-lock", 1);
  await stubOf("read-lock").setLock("read");
  await expect.poll(() => alice.messages.some(({ type }) => type === "rights"), PROMPT).toBe(true);
  expect(await stubOf("read-lock").applyUpdate(writeText("x"), CALLER)).toEqual({
    ok: false,
    error: { tag: "locked" },
  });
  await stubOf("read-lock").erase();
  const lock = await runInDurableObject(stubOf("read-lock"), (_room, { storage }) =>
    storage.sql.exec("SELECT lock FROM meta").one(),
  );
  expect(lock).toEqual({ lock: "open" });
  expect(await stubOf("unknown-lock").setLock("read")).toEqual({ ok: false, error: { tag: "not-found" } });
});

test("[RO48] a kick closes a session, or all of a user, with the reason, and others see them gone at once", async () => {
  const [first, second] = [await enter("kicks", 1), await enter("kicks", 2)];
  const bob = await enter("kicks", 3, { user: "bob" });
  const watcher = await enter("kicks", 4, { user: "watcher" });
  await expect.poll(() => watcher.heardOf(3), PROMPT).toBe('{"n":3}');
  const { connected } = await describeRoom("kicks");
  const session = connected.find(({ user }) => user === "bob")?.session ?? "";
  expect(await stubOf("kicks").kick({ session }, "bye")).toEqual({ ok: true, value: { closed: 1 } });
  await expect.poll(() => closedWith(bob), PROMPT).toEqual([4403, "not allowed here: bye"]);
  expect(await stubOf("kicks").kick({ user: "alice" }, "é".repeat(200))).toEqual({ ok: true, value: { closed: 2 } });
  await expect.poll(() => [first.closed?.code, second.closed?.code], PROMPT).toEqual([4403, 4403]);
  await expect.poll(() => [1, 2, 3].map((client) => watcher.heardOf(client)), PROMPT).toEqual([null, null, null]);
  expect(watcher.closed).toBeUndefined();
  expect(await stubOf("kicks").kick({ user: "nobody" }, "")).toEqual({ ok: true, value: { closed: 0 } });
  expect(await stubOf("never-used").kick({ user: "nobody" }, "")).toEqual({ ok: true, value: { closed: 0 } });
  watcher.close(1000);
});

test("[RO48] from outside a peer's name and color are seen, and nothing else it shows", async () => {
  const alice = await enter("outside", 1, { profile: { name: "Alice" } });
  await expect
    .poll(async () => (await describeRoom("outside")).connected.map(({ state }) => state), PROMPT)
    .toEqual([{ name: "Alice" }]);
  alice.close(1000);
});

test("[RO49] frames are bounded by the ticket, also before a hello, and documents by whose update it is", async () => {
  const small = await enter("bounded", 1, { limits: { frameBytes: 2_048, documentBytes: 4_096 } });
  small.send(typed("x".repeat(1_900)));
  await expect.poll(() => small.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
  small.send(typed("y".repeat(3_000)));
  await expect
    .poll(() => closedWith(small), PROMPT)
    .toEqual([4413, "frame or document too large: a frame is limited to 2048 bytes"]);
  const limits = { ...DEFAULT_LIMITS, documentBytes: 2_048 };
  const big = await stubOf("bounded").applyUpdate(writeText("z".repeat(1_000)), { ...CALLER, limits });
  expect(big).toMatchObject({ ok: false, error: { tag: "too-large", limitBytes: 2_048 } });
  const body = await stubOf("bounded").applyUpdate(writeText("z".repeat(1_100)), {
    ...CALLER,
    limits: { ...limits, frameBytes: 1_024 },
  });
  expect(body).toEqual({ ok: false, error: { tag: "too-large", limitBytes: 1_024 } });
  expect((await describeRoom("bounded")).refusals).toEqual({ frameBytes: 2, documentBytes: 1 });
  const { webSocket } = await connectWith("bounded", ticketOf({ limits: { frameBytes: 1_024 } }));
  const closed = new Promise<number>((resolve) => webSocket?.addEventListener("close", ({ code }) => resolve(code)));
  webSocket?.accept();
  webSocket?.send(new Uint8Array(1_025));
  expect(await closed).toBe(4413);
});
