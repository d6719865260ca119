/**
 * Erasing users and projects from rooms of games and people, and what comes late of a project that was erased.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { letSettle, type Receipt, stepOf, workOff } from "./erase-steps.ts";
import { GamePeer, PROMPT, gameStub, listed, sleep } from "./game-peer.ts";
import { PresencePeer, alarmOf, presenceStub, storedOf } from "./presence-peer.ts";
import { asOperator, createProject } from "./project-requests.ts";
import { deliver, deletionOf, summaryOf, versionOf } from "./queue-messages.ts";
import { readJson, send, writeText } from "./router-requests.ts";
import { post } from "./version-requests.ts";

const CALLER = { user: "u", address: "", isAdmin: true, mayCreate: true, limits: DEFAULT_LIMITS };

/** All that a game's room holds, as text. */
async function gameTables(stub: DurableObjectStub): Promise<string> {
  const read = (table: string, storage: DurableObjectStorage) => [...storage.sql.exec(`SELECT * FROM ${table}`)];
  return await runInDurableObject(stub, (_room, { storage }) =>
    JSON.stringify(["meta", "state", "seats", "timers", "outbox"].map((table) => read(table, storage))),
  );
}

async function eraseUser(user: string): Promise<Receipt> {
  const receipt = await readJson<Receipt>(await post(`/v1/users/${user}/erase`, {}));
  await workOff(receipt);
  return await readJson<Receipt>(await send(`/v1/erasures/${receipt.id}`));
}

async function beginProject(project: string): Promise<Receipt> {
  return await readJson<Receipt>(await asOperator(`/v1/projects/${project}`, { method: "DELETE" }));
}

async function rowsOf(project: string): Promise<readonly string[]> {
  const tables = ["documents", "versions", "user_rooms", "webhook_events", "dead_letters", "audit"];
  const counts = await Promise.all(
    tables.map(async (table) => {
      const sql = `SELECT count(*) AS n FROM ${table} WHERE project = ?`;
      return { table, n: (await env.DB.prepare(sql).bind(project).first<number>("n")) ?? 0 };
    }),
  );
  return counts.filter(({ n }) => n > 0).map(({ table }) => table);
}

test("[ER7] a player who is erased has no seat, no way back and no ban in any room of a game, and the others play on", async () => {
  const zelda = await GamePeer.join("counter", { mode: "sits" }, "zelda");
  const bob = await GamePeer.join("counter", { mode: "sits" }, "bob");
  const host = await GamePeer.join("counter", { mode: "bans" }, "host");
  host.send("ban", "zelda");
  await expect.poll(async () => await gameTables(gameStub(host.room)), PROMPT).toContain("zelda");
  expect(await gameTables(gameStub(zelda.room))).toContain("zelda");

  const done = await eraseUser("zelda");
  // Nobody came with a token: the lobby alone knows of these rooms. The ban is no seat.
  expect(done.counts).toMatchObject({ rooms: 1 });
  expect(await gameTables(gameStub(zelda.room))).not.toContain("zelda");
  expect(await gameTables(gameStub(host.room))).not.toContain("zelda");
  await expect.poll(() => zelda.closed?.code, PROMPT).toBe(4403);
  bob.send("add", 2);
  expect(await bob.request("total")).toBe(2);
  await Promise.all([bob.end(), host.end()]);
});

test("[ER7] seats of a room that nobody can open are erased all the same, and a room that never was stays so", async () => {
  const zoe = await GamePeer.join("counter", { mode: "unopened" }, "zoe");
  const stub = gameStub(zoe.room);
  await runInDurableObject(stub, (_room, { storage }) => void storage.sql.exec("UPDATE meta SET game = 'lost'"));
  await sleep(zoe.room);
  expect(await stub.forgetUser("zoe")).toEqual({ ok: true, value: { hadSeats: true } });
  expect(await gameTables(stub)).not.toContain("zoe");
  expect(await stub.erase()).toEqual({ wasThere: true });
  expect(await stub.erase()).toEqual({ wasThere: false });
  const never = gameStub("never-was");
  expect([await never.forgetUser("zoe"), await never.erase()]).toEqual([
    { ok: true, value: { hadSeats: false } },
    { wasThere: false },
  ]);
  await runInDurableObject(never, (_room, { storage }) => {
    expect(storage.sql.databaseSize).toBeLessThan(10_000);
    expect([...storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('meta', 'seats')")]).toEqual([]);
  });
});

test("[ER7] rooms of games go with their project: seats, state, timers, reports, and the lobby's rows", async () => {
  await createProject("arcade");
  const names = ["one", "two"].map((id) => `arcade/game/${id}`);
  for (const name of names) {
    const creates = { game: "counter", filter: '{"mode":"secret"}' };
    const seat = { session: `s-${name}`, user: "zelda", options: { mode: "secret" }, isSpectator: false, creates };
    expect((await env.GAME_ROOM.getByName(name).reserve(seat)).ok).toBe(true);
  }
  const lobby = env.LOBBY_ROOM.getByName("arcade/lobby/counter");
  await expect.poll(async () => await lobby.knownRooms("", 10), PROMPT).toEqual(["one", "two"]);
  expect(await lobby.knownRooms("one", 10)).toEqual(["two"]);
  const others = await GamePeer.join("counter", { mode: "spared" });

  const receipt = await beginProject("arcade");
  await workOff(receipt, "arcade");
  const done = await readJson<Receipt>(await asOperator(`/v1/erasures/${receipt.id}`));
  expect(done).toMatchObject({ isDone: true, counts: { rooms: 2 } });
  for (const name of names) {
    const tables = await gameTables(env.GAME_ROOM.getByName(name));
    expect([tables.includes("zelda"), tables.includes("secret")]).toEqual([false, false]);
    expect(JSON.parse(tables).slice(1)).toEqual([[], [], [], []]);
    expect(await env.GAME_ROOM.getByName(name).gameOf()).toBeNull();
  }
  expect(await lobby.knownRooms("", 10)).toEqual([]);
  await runInDurableObject(lobby, (_room, { storage }) => {
    expect([...storage.sql.exec("SELECT * FROM rooms")]).toEqual([]);
  });
  expect(await listed("counter", "spared")).toHaveLength(1);
  await others.end();
});

test("[ER7] a room of people that is erased has nobody in it, and stores nothing", async () => {
  const alice = await PresencePeer.join("square", {}, { user: "alice" });
  const bob = await PresencePeer.join("square", {}, { user: "bob" });
  await expect.poll(() => alice.people.size, PROMPT).toBe(2);
  expect(await storedOf("square")).toBeDefined();
  await presenceStub("square").erase();
  await expect.poll(() => [alice.closed?.code, bob.closed?.code], PROMPT).toEqual([4404, 4404]);
  expect([await storedOf("square"), await alarmOf("square")]).toEqual([{}, null]);
});

test("[ER8] what comes late of a project that was erased becomes no row, and the room it comes from goes", async () => {
  await createProject("gone");
  const unknown = env.DOCUMENT_ROOM.getByName("gone/document/unknown");
  expect((await unknown.applyUpdate(writeText("nobody told the index"), CALLER)).ok).toBe(true);
  const inR2 = env.DOCUMENT_ROOM.getByName("gone/document/in-r2");
  expect((await inR2.applyUpdate(writeText("only R2 knows"), CALLER)).ok).toBe(true);
  await env.SNAPSHOTS.put("projects/gone/documents/in-r2/uploads/x", "left over");
  const receipt = await beginProject("gone");
  await workOff(receipt, "gone");
  expect(await inR2.describe({ isAdmin: true })).toEqual({ ok: false, error: { tag: "deleted" } });
  expect((await unknown.describe({ isAdmin: true })).ok).toBe(true);

  const room = "gone/document/unknown";
  const version = { v: 1, kind: "version", versionKind: "named", name: "n", user: "u", editors: [], bytes: 1 } as const;
  const event = { id: "e", type: "room.joined", atMs: 1, data: { user: "zelda" } };
  const act = {
    v: 1,
    kind: "audit",
    project: "gone",
    actor: "user:zelda",
    target: "x",
    atMs: 1,
    request: "r",
  } as const;
  const { retried } = await deliver([
    { ...summaryOf("unknown", 1), project: "gone", room },
    { ...version, project: "gone", id: "unknown", room, version: versionOf(1), createdMs: 1, namedMs: 1 },
    { v: 1, kind: "joined", project: "gone", user: "zelda", room: "gone/presence/p", atMs: Date.now() },
    { v: 1, kind: "events", project: "gone", room: "gone/game/g", events: [event] },
    { ...act, id: "a1", action: "lock", detail: {} },
    { ...act, id: "a2", actor: "operator", action: "erase-project", detail: {} },
  ]);
  expect(retried).toEqual([]);
  expect(await unknown.describe({ isAdmin: true })).toEqual({ ok: false, error: { tag: "deleted" } });
  // That the operator erased it.
  expect(await rowsOf("gone")).toEqual(["audit"]);
  const { results } = await env.DB.prepare("SELECT DISTINCT action FROM audit WHERE project = 'gone'").all();
  expect(results.filter(({ action }) => action !== "create-project")).toEqual([{ action: "erase-project" }]);

  await runDurableObjectAlarm(unknown);
  await runDurableObjectAlarm(inR2);
  await deliver([
    { ...deletionOf("unknown", 2), project: "gone", room },
    { ...deletionOf("in-r2", 2), project: "gone", room: "gone/document/in-r2" },
  ]);
  expect((await env.SNAPSHOTS.list({ prefix: "projects/gone/" })).objects).toEqual([]);
  expect(await rowsOf("gone")).toEqual(["audit"]);
  await runInDurableObject(unknown, (_room, { storage }) => {
    expect([...storage.sql.exec("SELECT kind FROM outbox")]).toEqual([]);
  });
});

test("[ER9] an erasure waits until what was in hand has arrived, and then goes through everything again", async () => {
  const receipt = await readJson<Receipt>(await post("/v1/users/yara/erase", { everywhere: true }));
  await workOff(receipt, "default", "settle");
  expect([await stepOf(receipt), await stepOf(receipt)]).toEqual(["settle", "settle"]);
  // As a snapshot that was on its way when its room forgot, and the message of it.
  const writing = env.DOCUMENT_ROOM.getByName("default/document/late");
  const yara = { ...CALLER, user: "yara" };
  expect((await writing.applyUpdate(writeText("hers"), yara)).ok).toBe(true);
  await deliver([summaryOf("late", 1, { editors: ["yara"] })]);
  await letSettle(receipt);
  await workOff(receipt);
  const senders = await runInDurableObject(writing, (_room, { storage }) => [
    ...storage.sql.exec("SELECT user FROM senders"),
  ]);
  expect(senders).toEqual([{ user: "" }]);
  const done = await readJson<Receipt>(await send(`/v1/erasures/${receipt.id}`));
  expect(done.counts).toMatchObject({ documents: 0 });
});
