/**
 * The bare objects Roost is measured against do what they claim, no less and no more.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as encoding from "lib0/encoding";
import { afterEach, expect, test } from "vitest";
import type { Heard } from "../bench/load/wire.ts";
import { LoadClient } from "../bench/load/load-client.ts";
import { runJob } from "../bench/load/run-job.ts";
import type { PeopleResult } from "../bench/load/jobs/people.ts";
import { makeWire } from "../bench/load/wires.ts";
import type { RunningTarget, TargetName } from "../bench/target.ts";
import { TARGETS } from "../bench/targets/targets.ts";
import { upTo } from "../support/up-to.ts";

const DOCUMENT = "a document/é";
const PROMPT = { timeout: 20_000, interval: 5 };

let stateDir = "";
let server: RunningTarget | undefined;
let clients: readonly Listener[] = [];

afterEach(async () => {
  await Promise.all(clients.map(({ client }) => client.leave()));
  clients = [];
  await server?.stop();
  server = undefined;
  await rm(stateDir, { recursive: true, force: true });
});

async function start(name: TargetName): Promise<RunningTarget> {
  stateDir = await mkdtemp(join(tmpdir(), "roost-targets-"));
  server = await TARGETS[name].start(stateDir);
  return server;
}

/** Every frame it was sent, as hex. */
type Listener = { readonly client: LoadClient; readonly frames: readonly string[] };

/** Alice, Bob and Carol. */
async function join3({ socketUrl }: RunningTarget): Promise<readonly [Listener, Listener, Listener]> {
  const address = { url: socketUrl(DOCUMENT), wire: "relay", documentId: DOCUMENT } as const;
  const one = async (): Promise<Listener> => {
    const frames: string[] = [];
    return { client: await LoadClient.join(address, { onFrame: (frame) => frames.push(hex(frame)) }), frames };
  };
  const joined = [await one(), await one(), await one()] as const;
  clients = [...clients, ...joined];
  return joined;
}

const hex = (frame: Uint8Array) => Buffer.from(frame).toString("hex");
const wire = makeWire("relay", DOCUMENT);
const FIRST = wire.update(Uint8Array.of(1, 2, 3));
const SECOND = wire.update(Uint8Array.of(4, 5));

test("[BN3] raw relay: each frame to every other socket, also after a kill -9; it writes nothing", async () => {
  const relay = await start("raw relay");
  const [alice, bob, carol] = await join3(relay);
  alice.client.send(FIRST);
  await expect.poll(() => [bob.frames, carol.frames], PROMPT).toEqual([[hex(FIRST)], [hex(FIRST)]]);
  bob.client.send(SECOND);
  await expect.poll(() => [alice.frames, carol.frames.length], PROMPT).toEqual([[hex(SECOND)], 2]);
  expect(bob.frames).toEqual([hex(FIRST)]);
  const killed = relay.pid();
  await relay.kill9();
  expect(relay.pid()).not.toBe(killed);
  const [dave, , erin] = await join3(relay);
  dave.client.send(SECOND);
  await expect.poll(() => erin.frames, PROMPT).toEqual([hex(SECOND)]);
  await relay.stop();
  expect(await tablesOf(stateDir)).toEqual([]);
});

test("[BN3] PartyServer broadcast: each frame to every other socket; it stores nothing of them", async () => {
  const [alice, bob, carol] = await join3(await start("PartyServer broadcast"));
  alice.client.send(FIRST);
  bob.client.send(SECOND);
  await expect.poll(() => carol.frames.toSorted(), PROMPT).toEqual([hex(FIRST), hex(SECOND)].toSorted());
  await expect.poll(() => [alice.frames, bob.frames], PROMPT).toEqual([[hex(SECOND)], [hex(FIRST)]]);
});

test(
  "[BN15] a room of people: all move at its pace, each hears each, and everybody has the right counts after a change",
  { timeout: 180_000 },
  async () => {
    const running = await start("Roost presence");
    const load = {
      address: { url: running.socketUrl(DOCUMENT), wire: "roost-presence", documentId: DOCUMENT } as const,
      serverPid: running.pid(),
      ...{ people: 5, perSecond: 0, warmUpMs: 500, measureMs: 1_000 },
    };
    const changes = [
      { join: 2, size: "full" },
      { leave: 3, size: "full" },
    ] as const;
    // A second in which the machine stood still is no measurement of a server.
    const isUndisturbed = ({ inTimeShare, moves, changes: told }: PeopleResult) =>
      inTimeShare === 1 && moves > 80 && told.every(({ countsMs }) => countsMs < 1_300);
    const result = await upTo(4, () => runJob("people", { ...load, changes }), isUndisturbed);
    expect(result.inTimeShare).toBe(1);
    // 20 a second of each, in a second that has a little more or less of it.
    expect(result.moves).toBeGreaterThan(80);
    expect(result.moves).toBeLessThan(120);
    expect(result.delivered).toBeGreaterThan(80 * 4 * 0.8);
    expect(result.delivered).toBeLessThanOrEqual(130 * 4);
    expect(result.changes.map(({ countsMs }) => countsMs < 1_300)).toEqual([true, true]);
    const wrong = runJob("people", { ...load, changeMs: 2_000, changes: [{ size: "sampled" }] });
    await expect(wrong).rejects.toThrow("after 2000 ms not everybody knows of 5 people, sampled");
  },
);

test("[BN3] relay with insert: the same, and one row per frame", async () => {
  const relay = await start("relay with insert");
  const [alice, bob, carol] = await join3(relay);
  alice.client.send(FIRST);
  await expect.poll(() => carol.frames.length, PROMPT).toBe(1);
  bob.client.send(SECOND);
  await expect.poll(() => carol.frames, PROMPT).toEqual([hex(FIRST), hex(SECOND)]);
  await relay.kill9();
  await relay.stop();
  expect(await framesOf(stateDir)).toEqual([hex(FIRST), hex(SECOND)]);
});

test("[BN3] raw batching: every update once, of presence the newest of each socket, several to a frame", async () => {
  const [alice, bob, carol] = await join3(await start("raw batching"));
  const updates = Array.from({ length: 200 }, (_, index) => Uint8Array.of(index));
  const moves = updates.map((move) => Uint8Array.of(...move, 0xaa));
  for (const [index, update] of updates.entries()) {
    (index % 2 === 0 ? alice : bob).client.sendUpdate(update);
    alice.client.sendAwareness(moves[index] ?? update);
  }
  const heardBy = ({ frames }: Listener, type: Heard["type"]) =>
    frames.flatMap((frame) => {
      return wire.read(Buffer.from(frame, "hex")).flatMap((heard) => {
        return heard.type === type && "update" in heard ? [hex(heard.update)] : [];
      });
    });
  await expect.poll(() => heardBy(carol, "update").length, PROMPT).toBe(200);
  await expect.poll(() => heardBy(carol, "awareness").at(-1), PROMPT).toBe("c7aa");
  expect(heardBy(carol, "update").toSorted()).toEqual(updates.map(hex).toSorted());
  expect(heardBy(carol, "awareness").length).toBeLessThan(200);
  expect(carol.frames.length).toBeLessThan(200);
  // What was only theirs did not come back.
  expect(alice.frames.length).toBeLessThanOrEqual(carol.frames.length);
});

test("[BN3] batching with insert: the same, and a row holds what was sent together before anybody hears it", async () => {
  const batching = await start("batching with insert");
  const [alice, bob, carol] = await join3(batching);
  for (let index = 0; index < 100; index += 1) {
    (index % 2 === 0 ? alice : bob).client.sendUpdate(Uint8Array.of(index));
  }
  const heardBy = ({ frames }: Listener) =>
    frames.flatMap((frame) =>
      wire.read(Buffer.from(frame, "hex")).flatMap(({ type }) => (type === "update" ? [type] : [])),
    );
  await expect.poll(() => heardBy(carol).length, PROMPT).toBe(100);
  await batching.kill9();
  await batching.stop();
  const rows = await framesOf(stateDir);
  expect(rows).toEqual(carol.frames);
  expect(rows.length).toBeLessThan(100);
});

test("[BN3] stored bytes: what was put, row by row, the last one as a step 2, also after a kill -9", async () => {
  const bytes = await start("stored bytes");
  const updates = [new Uint8Array(1_048_576).fill(7), Uint8Array.of(1), Uint8Array.of(2, 3)];
  expect(await put(bytes, updates)).toBe(204);
  expect(await put(bytes, [new Uint8Array(1_048_577)])).toBe(413);
  await bytes.kill9();
  const heard: Heard[] = [];
  const address = { url: bytes.socketUrl(DOCUMENT), wire: "y-websocket", documentId: DOCUMENT } as const;
  const client = await LoadClient.join(address, { onHeard: (one) => heard.push(one) });
  clients = [{ client, frames: [] }];
  const parts = heard.map((one) => (one.type === "update" ? [hex(one.update), one.completes] : one.type));
  expect(parts).toEqual(updates.map((update, index) => [hex(update), index === 2]));
});

async function put({ socketUrl }: RunningTarget, updates: readonly Uint8Array[]): Promise<number> {
  const encoder = encoding.createEncoder();
  for (const update of updates) encoding.writeVarUint8Array(encoder, update);
  const url = socketUrl(DOCUMENT).replace("ws", "http");
  const body = Buffer.from(encoding.toUint8Array(encoder));
  const response = await fetch(url, { method: "PUT", body });
  await response.body?.cancel();
  return response.status;
}

/** Of the only object. */
async function open(folder: string): Promise<DatabaseSync> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const [file] = entries.filter(({ name }) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (file === undefined) throw new Error(`no object below ${folder}`);
  return new DatabaseSync(join(file.parentPath, file.name));
}

async function tablesOf(folder: string): Promise<readonly unknown[]> {
  return (await open(folder)).prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").all();
}

async function framesOf(folder: string): Promise<readonly string[]> {
  const rows = (await open(folder)).prepare("SELECT frame FROM frames ORDER BY seq").all();
  return rows.map(({ frame }) => (frame instanceof Uint8Array ? hex(frame) : "text"));
}
