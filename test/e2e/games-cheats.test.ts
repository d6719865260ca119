/**
 * Somebody in the room with bad intentions: it is refused, clamped or closed, counted, and the others' states go on and stay the room's.
 */
import { pack } from "@colyseus/msgpackr";
import { encode } from "@colyseus/schema";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Mirrored, type Shown, fullHealth, joinMirror, meet, wrongOf } from "../support/mirror-world.ts";
import { Random } from "../support/random.ts";
import { SdkWorld, WAIT } from "../support/sdk-world.ts";

const SEED = Number(process.env["ROOST_SEED"] ?? 20_261_122);
const CODE = { leave: 12, message: 13, bytes: 17 } as const;
const FRAMES_OF_A_CODE = 3;

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

/** Two who play, and one who does not play fair. */
async function meetMallory(game = "mirror"): Promise<{ readonly fair: Mirrored[]; readonly mallory: Mirrored }> {
  const alice = await joinMirror(world, { game });
  const { roomId } = alice.room;
  const bob = await joinMirror(world, { game, roomId, user: "bob" });
  const mallory = await joinMirror(world, { game, roomId, user: "mallory" });
  await meet([alice, bob, mallory]);
  return { fair: [alice, bob], mallory };
}

/** They never noticed. */
async function expectFair(fair: readonly Mirrored[]): Promise<void> {
  const before = fair.map(({ same }) => same);
  for (const [index, one] of fair.entries()) one.play(index + 1);
  await meet(fair);
  const isGoingOn = () => {
    // A room that ticks stops where nobody has done anything for a while.
    for (const { room } of fair) if (room.name === "mirror-tick") room.send("go");
    return fair.every(({ same }, at) => same > (before[at] ?? 0));
  };
  await expect.poll(isGoingOn, { ...WAIT, interval: 250 }).toBe(true);
  expect([wrongOf(fair), fair.map(({ drops, left }) => [drops, left])]).toEqual([[], fair.map(() => [0, undefined])]);
}

/** Its frame, and what came of it: the code it was closed with, or nothing. */
async function attack(one: Mirrored, ...frames: readonly Uint8Array[]): Promise<number | undefined> {
  for (const frame of frames) one.room.connection.send(frame);
  let isAnswered = false;
  one.room.request("turn", null, { timeout: WAIT.timeout }).then(
    () => (isAnswered = true),
    () => undefined,
  );
  await expect.poll(() => isAnswered || one.left !== undefined, { ...WAIT, interval: 5 }).toBe(true);
  return one.left;
}

/** Its seat was kept: it is there again. */
async function again({ room }: Mirrored): Promise<Mirrored> {
  return new Mirrored(world.kept(await world.clientOf("mallory").reconnect<Shown>(room.reconnectionToken)));
}

function named(code: number, name: string, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(8 + 3 * name.length);
  const at = { offset: 0 };
  encode.string(bytes, name, at);
  return Buffer.concat([Uint8Array.of(code), bytes.subarray(0, at.offset), ...body]);
}

test("[RO89] what no game asked for is answered with an error and counted: unknown names, NaN, huge numbers, shapes", async () => {
  const { fair, mallory } = await meetMallory();
  const { roomId } = mallory.room;
  const payloads: readonly unknown[] = [
    ...[Number.NaN, Infinity, -Infinity, 1e308, 2 ** 53, -1, "", [], {}, null, undefined, true],
    ...[
      { seed: Number.NaN, steps: 1 },
      { seed: 1, steps: 1e308 },
      { seed: Infinity, steps: 1 },
      { seed: "1", steps: 1 },
    ],
    ...[{ seed: 1.5, steps: 1 }, [[[[[[[[1]]]]]]]], { __proto__: { seed: 1 } }, { constructor: 1, toString: 2 }],
  ];
  const turn = await meet([...fair, mallory]);
  for (const payload of payloads)
    expect(await attack(mallory, named(CODE.message, "play", pack(payload)))).toBe(undefined);
  for (const name of ["nothing", "__proto__", "constructor", "toString", "hasOwnProperty", "truth", "*"]) {
    expect([name, await attack(mallory, named(CODE.message, name))]).toEqual([name, undefined]);
  }
  expect(await meet([...fair, mallory])).toBe(turn);
  const { counts } = await fullHealth(world, roomId);
  expect(counts).toMatchObject({ invalidMessages: payloads.length, unknownMessages: 7, closedSockets: 0 });
  await expectFair(fair);
});

test("[RO89] an exception in the middle of a turn is its sender's to read, and the turn is everybody's", async () => {
  const { fair, mallory } = await meetMallory();
  const errors: unknown[] = [];
  mallory.room.onError((_code, message) => errors.push(message));
  mallory.room.send("break");
  await expect.poll(() => errors, WAIT).toEqual(["in the middle of a turn"]);
  await meet([...fair, mallory]);
  expect(wrongOf([...fair, mallory])).toEqual([]);
  expect((await fullHealth(world, mallory.room.roomId)).exceptions).toEqual({ "message break": 1 });
  await expectFair(fair);
});

test(`[RO89] malformed frames of every code end their own socket at most (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const { fair, mallory } = await meetMallory();
  let one = mallory;
  const codes = new Set<number>();
  for (let first = 0; first < 256; first += 1) {
    // Beyond are those with marks, of which most mean nothing.
    const frames = first < 32 ? FRAMES_OF_A_CODE : Number(first % 5 === 0);
    for (let count = 0; count < frames; count += 1) {
      const body = Uint8Array.from({ length: 1 + random.below(24) }, () => random.below(256));
      const code = await attack(one, Uint8Array.of(first, ...body));
      if (code === undefined) continue;
      codes.add(code);
      one = await again(one);
    }
  }
  expect([...codes]).toEqual([4400]);
  const { counts } = await fullHealth(world, one.room.roomId);
  expect(counts["closedSockets"]).toBeGreaterThan(80);
  await expectFair(fair);
}, 120_000);

test("[RO89] text, endless frames and floods end their own socket, with the reason in the code", async () => {
  const { fair, mallory } = await meetMallory();
  // Next to no work each: a room that takes less than a hundred a second of them is not flooded.
  const flood = Array.from({ length: 2_000 }, () => named(CODE.message, "nothing"));
  expect(await attack(mallory, ...flood)).toBe(4529);
  let one = await again(mallory);
  expect(await attack(one, named(CODE.bytes, "x", new Uint8Array(1_100_000)))).toBe(4413);
  one = await again(one);
  const deep = Buffer.concat([Buffer.alloc(100_000, 0x91), Uint8Array.of(1)]);
  expect(await attack(one, named(CODE.message, "play", deep))).toBe(4400);
  one = await again(one);
  // The SDK takes anything for bytes, its socket does not.
  const { connection } = one.room;
  if (!("transport" in connection)) throw new Error("a transport");
  Reflect.get(connection.transport, "ws").send("hello");
  await expect.poll(() => one.left, WAIT).toBe(4400);
  expect((await fullHealth(world, one.room.roomId)).counts["closedSockets"]).toBe(4);
  await expectFair(fair);
});

/** A socket of Mallory's own making: what it is told first, and how it ends. */
async function knock(query: string, roomId: string): Promise<string> {
  const socket = new WebSocket(`${world.server.wsUrl}/games/${roomId}?${query}`);
  const frames: number[] = [];
  socket.on("message", (data: Buffer) => frames.push(data[0] ?? 0));
  return await new Promise((resolve) => {
    socket.on("error", (error) => resolve(String(error)));
    socket.on("close", (code) => resolve(`${code} ${frames.join(" ")}`));
  });
}

test("[RO89] another's session and tokens: guessed, stolen, replayed, in every way in", async () => {
  const { fair, mallory } = await meetMallory();
  const [alice] = fair;
  if (alice === undefined) throw new Error("alice");
  const { roomId, sessionId } = alice.room;
  const token = (room: Mirrored) => room.room.reconnectionToken.split(":")[1] ?? "";
  const stale = token(mallory);
  mallory.room.connection.close(4010);
  await expect.poll(() => token(mallory) !== stale && !mallory.room.reconnection.isReconnecting, WAIT).toBe(true);
  const refused = "4403 11";
  for (const query of [
    `sessionId=${sessionId}&user=mallory`,
    `sessionId=${sessionId}&user=alice`,
    `sessionId=${sessionId}&user=alice&reconnectionToken=guessed`,
    `sessionId=${sessionId}&user=mallory&reconnectionToken=${token(alice)}`,
    `sessionId=${sessionId}&user=mallory&reconnectionToken=${token(mallory)}`,
    `sessionId=${sessionId}&user=alice&reconnectionToken=${token(mallory)}&skipHandshake=1`,
    `sessionId=${mallory.room.sessionId}&user=mallory&reconnectionToken=${stale}`,
    `sessionId=${"0".repeat(32)}&user=mallory&reconnectionToken=${token(mallory)}`,
  ]) {
    expect([query, await knock(query, roomId)]).toEqual([query, refused]);
  }
  const stolen = world.clientOf("mallory").reconnect(alice.room.reconnectionToken);
  expect(await world.refusal(stolen)).toMatch(/^410 No seat is kept/);
  expect((await fullHealth(world, roomId)).players).toMatchObject({ connected: 3, dropped: 0, held: 0 });
  await expectFair(fair);
});

test("[RO89] inputs: late, replayed, too many, NaN and huge move nobody further than a step a tick", async () => {
  const { fair, mallory } = await meetMallory("mirror-tick");
  const { room } = mallory;
  const shown = () => [room.state.turn, room.state.pushed] as const;
  const start = shown();
  const input = room.input<{ seed: number; x: number }>();
  const push = (x: number) => {
    Object.assign(input.data, { seed: 1, x });
    input.send();
  };
  for (let count = 0; count < 40; count += 1) push(1);
  for (const x of [1e308, -1e308, Number.NaN, Infinity, -Infinity]) push(x);
  const frames: Uint8Array[] = [];
  const { connection } = room;
  const send = connection.send.bind(connection);
  connection.send = (data) => {
    frames.push(Uint8Array.from(data));
    send(data);
  };
  push(1);
  push(0.5);
  // The same once more, and numbers from the past and the far future.
  for (let count = 0; count < 10; count += 1) for (const frame of frames) send(frame);
  await meet([...fair, mallory]);
  const turnNow = () => {
    room.send("go");
    return room.state.turn;
  };
  await expect.poll(turnNow, { ...WAIT, interval: 250 }).toBeGreaterThan((start[0] ?? 0) + 10);
  const end = shown();
  expect(end[1]).toBeTypeOf("number");
  expect(Number.isFinite(end[1])).toBe(true);
  expect(wrongOf([...fair, mallory])).toEqual([]);
  // What it missed before may be caught up with once.
  expect(end[1] - start[1]).toBeLessThanOrEqual(end[0] - start[0] + 8);
  expect((await fullHealth(world, room.roomId)).counts["droppedInputs"]).toBeGreaterThan(0);
  await expectFair(fair);
});
