/**
 * Revoking users, over HTTP and in real rooms.
 * @module
 */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { MAX_REVOCATIONS } from "../../src/storage/d1/revocations.ts";
import { CLOSED, type Keys, ask, createProject, mint } from "./project-requests.ts";
import { deliver } from "./queue-messages.ts";
import { PROMPT } from "./room-peer.ts";
import { DAY, connect, joinedOf, revoke, revoked, roomsOf, roomsWith } from "./revocations.ts";
import { failureOf, readJson } from "./router-requests.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a revoked user", () => {
  test("[RT77] is refused from that answer on, out of every room, and let in again later", async () => {
    const keys = await createProject("firm");
    const [alice, bob] = [await mint(keys, "alice"), await mint(keys, "bob")];
    const sockets = [await connect(alice, "one"), await connect(alice, "two"), await connect(alice, "two")];
    const bobs = await connect(bob, "two");
    await deliver([joinedOf("firm", "alice", "one"), joinedOf("firm", "alice", "two"), joinedOf("firm", "bob", "two")]);
    const done = await revoked(keys, "alice", DAY);
    expect(done).toMatchObject({ user: "alice", closedSockets: 3, roomsLeft: 0 });
    expect(done.untilMs ?? 0).toBeGreaterThan(Date.now() + 86_000_000);
    await expect.poll(() => sockets.map(({ code }) => code), PROMPT).toEqual([4403, 4403, 4403]);
    expect(await failureOf(await ask(alice, "/v1/documents"))).toBe("403 revoked");
    await expect(connect(alice, "one")).rejects.toThrow("revoked");
    expect([bobs.code, (await ask(bob, "/v1/documents")).status]).toEqual([null, 200]);
    expect(await revoked(keys, "alice", { untilMs: 0 })).toMatchObject({ untilMs: null, closedSockets: 0 });
    expect((await ask(alice, "/v1/documents")).status).toBe(200);
    expect((await connect(alice, "one")).code).toBeNull();
  });

  test("[RT77] is refused until exactly that time", async () => {
    const keys = await createProject("until");
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(1_900_000_000_000);
    const token = await mint(keys, "alice");
    expect(await revoked(keys, "alice", { untilMs: 1_900_000_060_000 })).toMatchObject({ untilMs: 1_900_000_060_000 });
    vi.setSystemTime(1_900_000_059_999);
    expect(await failureOf(await ask(token, "/v1/documents"))).toBe("403 revoked");
    vi.setSystemTime(1_900_000_060_000);
    expect((await ask(token, "/v1/documents")).status).toBe(200);
  });

  test("[RT77] may have any name, and is one of one project", async () => {
    const [keys, others] = [await createProject("named"), await createProject("others")];
    const user = "a/b%2F?.. 🦊";
    const [token, namesake] = [await mint(keys, user), await mint(others, user)];
    expect(await revoked(keys, user, DAY)).toMatchObject({ user });
    expect(await failureOf(await ask(token, "/v1/documents"))).toBe("403 revoked");
    expect((await ask(namesake, "/v1/documents")).status).toBe(200);
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ["alice", {}],
    ["alice", { untilMs: 1, forSeconds: 1 }],
    ["alice", { forSeconds: 0 }],
    ["alice", { untilMs: "tomorrow" }],
    ["x".repeat(129), DAY],
    ["a\u0000b", DAY],
  ])("[RT77] %j with %j is no revocation", async (user, body) => {
    const keys = await readJson<Keys>(await ask(CLOSED.ROOST_OPERATOR_SECRET, "/v1/projects/default/keys"));
    expect(await failureOf(await revoke(keys, user, body))).toMatch(/^400 /);
  });
});

describe("rooms", () => {
  test("[RT77] those that could not be told are counted, and told next time", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const keys = await createProject("deaf");
    await deliver(["a", "b", "c", "d"].map((id) => joinedOf("deaf", "carol", id, Date.now() - 1_000)));
    const broken = roomsWith((name) => {
      if (name.endsWith("/b")) throw new Error("a bug");
      if (name.endsWith("/c")) return { ok: false, error: { tag: "unavailable", reason: "R2" } };
      return name.endsWith("/d") ? { ok: false, error: { tag: "not-found" } } : { ok: true, value: { closed: 2 } };
    });
    expect(await revoked(keys, "carol", DAY, broken.variables)).toMatchObject({ closedSockets: 2, roomsLeft: 2 });
    expect(await roomsOf("carol")).toEqual(["deaf/document/b", "deaf/document/c"]);
    const sound = roomsWith(() => ({ ok: true, value: { closed: 1 } }));
    expect(await revoked(keys, "carol", DAY, sound.variables)).toMatchObject({ closedSockets: 2, roomsLeft: 0 });
    expect(sound.seen.names).toEqual(["deaf/document/b", "deaf/document/c"]);
  });

  test("[RT77] one that the user joined meanwhile stays on the list", async () => {
    const keys = await createProject("meanwhile");
    await deliver(["a", "b"].map((id) => joinedOf("meanwhile", "olga", id, Date.now() - 1_000)));
    const { variables } = roomsWith(async (name) => {
      const again = joinedOf("meanwhile", "olga", "a", Date.now() + 3_600_000);
      if (name.endsWith("/a")) await deliver([again]);
      return { ok: true, value: { closed: 1 } };
    });
    expect(await revoked(keys, "olga", DAY, variables)).toMatchObject({ roomsLeft: 1 });
    expect(await roomsOf("olga")).toEqual(["meanwhile/document/a"]);
  });

  test("[RT77] more than a thousand take more than one call, six rooms at a time", async () => {
    const keys = await createProject("crowd");
    const names = Array.from({ length: 1_203 }, (_, index) => `crowd/document/r${String(index).padStart(5, "0")}`);
    const sql = "INSERT INTO user_rooms SELECT 'crowd', 'dave', value, ?2 FROM json_each(?1)";
    await env.DB.prepare(sql)
      .bind(JSON.stringify(names), Date.now() - 1_000)
      .run();
    const { seen, variables } = roomsWith(() => ({ ok: true, value: { closed: 1 } }));
    expect(await revoked(keys, "dave", DAY, variables)).toMatchObject({ closedSockets: 1_000, roomsLeft: 203 });
    expect(await revoked(keys, "dave", DAY, variables)).toMatchObject({ closedSockets: 203, roomsLeft: 0 });
    expect([seen.names.toSorted(), seen.most]).toEqual([names, 6]);
  });

  test("[RT77] ten thousand users are refused at a time, and room is made where one's time is over", async () => {
    const keys = await createProject("full");
    const users = Array.from({ length: MAX_REVOCATIONS }, (_, index) => `user-${index}`);
    const later = Date.now() + 1_000_000;
    const sql = "INSERT INTO revocations SELECT 'full', value, ?2 FROM json_each(?1)";
    await env.DB.prepare(sql).bind(JSON.stringify(users), later).run();
    expect(await failureOf(await revoke(keys, "one-more", DAY))).toBe("409 conflict");
    expect((await revoke(keys, "user-7", DAY)).status).toBe(200);
    expect((await revoke(keys, "user-8", { untilMs: 1 })).status).toBe(200);
    expect((await revoke(keys, "one-more", DAY)).status).toBe(200);
  });
});
