/**
 * P6: whatever a stranger sends ends that stranger's socket with a reason, stores nothing, costs bounded memory, and nobody else
 * notices.
 */
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import * as Y from "yjs";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import { MAX_FRAME_BYTES, PING_INTERVAL_MS, PROTOCOL_VERSION } from "../../src/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../src/protocol/messages.ts";
import { type Closed, RawClient, typed } from "../support/raw-client.ts";
import { recordResult } from "../support/results.ts";
import { Random } from "../support/random.ts";
import { seedFrames } from "../support/seed-frames.ts";
import { residentBytes } from "../support/resident-bytes.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ID = "besieged";
const FRAMES = process.env["ROOST_LONG"] === "1" ? 100_000 : 3_000;
const PARALLEL = 25;
/** Above what the runtime held before; garbage of one flood that was not collected yet. */
const MAX_GROWTH_BYTES = 192 * 1024 * 1024;
/** The runtime keeps about 32 KB of every socket it ever had: a bare object grew by 511 MB over 16,000, Roost's by 498 MB. */
const RUNTIME_BYTES_PER_SOCKET = 40 * 1024;
const HELLO: ClientMessage = { type: "hello", version: PROTOCOL_VERSION };
const STEP_1: ClientMessage = { type: "sync-step-1", stateVector: Uint8Array.of(0) };

let server: TestServer;
let watcher: RawClient;
let typist: RawClient;
const doc = new Y.Doc();
/** As clients do: who is silent for longer than a minute and a half is taken for gone, on a slow machine in the middle of this. */
let heartbeat: ReturnType<typeof setInterval>;

beforeAll(async () => {
  server = await startServer();
  watcher = await RawClient.join(server, ID, "watcher");
  typist = await RawClient.join(server, ID, "typist");
  await typist.update(typed(doc, "still here"));
  heartbeat = setInterval(() => [watcher, typist].forEach((client) => client.ping()), PING_INTERVAL_MS);
});
afterAll(async () => {
  clearInterval(heartbeat);
  await server.stop();
});

/** Sends frames as they are on a new socket and tells how it ended; undefined when it is still open after a valid question. */
async function sendAll(path: string, frames: readonly (Uint8Array | string)[], protocol?: string) {
  const socket = new WebSocket(`${server.wsUrl}${path}`, protocol);
  socket.on("error", () => {});
  const closed = new Promise<Closed>((resolve) => {
    socket.once("close", (code, reason: Buffer) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, "open");
  for (const frame of frames) socket.send(frame);
  const end = await Promise.race([closed, answered(socket, frames.length)]);
  socket.terminate();
  return end;
}

/** Resolves when the server has answered a question that was asked after everything else, so that all of it was handled. */
async function answered(socket: WebSocket, frames: number): Promise<undefined> {
  if (frames === 0) return undefined;
  let answers = 0;
  const done = new Promise<undefined>((resolve) => {
    socket.on("message", (data: Buffer, isBinary) => {
      const decoded = isBinary ? decodeServerFrame(new Uint8Array(data)) : undefined;
      if (decoded?.ok !== true || !decoded.value.some(({ type }) => type === "sync-step-2")) return;
      answers += 1;
      // One for the opening, one for the question below; or one for both, where a row was waiting: then for the one asked here.
      if (answers === 1) socket.send(encodeClientFrame([STEP_1]));
      else resolve(undefined);
    });
  });
  socket.send(encodeClientFrame([STEP_1]));
  return await done;
}

async function sendRoost(...frames: readonly (Uint8Array | string)[]) {
  const opening = encodeClientFrame([HELLO, STEP_1]);
  return await sendAll(`/v1/documents/${ID}/connect`, [opening, ...frames], "roost.v1");
}

function update(bytes: Uint8Array): Uint8Array {
  return encodeClientFrame([{ type: "update", number: 1, update: bytes }]);
}

async function version(): Promise<string> {
  const response = await fetch(`${server.url}/v1/documents/${ID}`, { signal: AbortSignal.timeout(20_000) });
  return ((await response.json()) as { version: string }).version;
}

/** `besides`: what may come meanwhile. */
async function expectUndisturbed(besides?: ServerMessage["type"]): Promise<void> {
  watcher.messages.length = 0;
  await typist.update(typed(doc, "."));
  await watcher.next(({ type }) => type === "update");
  expect(watcher.messages.map(({ type }) => type).filter((type) => type !== besides)).toEqual(["update"]);
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const varUint = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
};
const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const text = (value: string) => [...varUint(utf8(value).length), ...utf8(value)];

const CASES: readonly {
  readonly name: string;
  readonly frames: readonly (Uint8Array | string)[];
  readonly code: number;
}[] = [
  { name: "text where binary is due", frames: ["hello"], code: 4400 },
  { name: "an empty frame", frames: [new Uint8Array()], code: 4400 },
  { name: "an unknown message type", frames: [Uint8Array.of(99)], code: 4400 },
  { name: "a varint that never ends", frames: [new Uint8Array(64).fill(0xff)], code: 4400 },
  { name: "a length past the end", frames: [Uint8Array.of(2, 1, 200, 1, 0)], code: 4400 },
  { name: "hello said twice", frames: [encodeClientFrame([HELLO])], code: 4400 },
  {
    name: "seven bytes that make Yjs allocate 268 MB",
    frames: [update(Uint8Array.of(1, ...varUint(2 ** 26), 1, 0))],
    code: 4400,
  },
  { name: "bytes after the delete set", frames: [update(Uint8Array.of(0, 0, 0))], code: 4400 },
  { name: "a delete of no length", frames: [update(Uint8Array.of(0, 1, 1, 1, 0, 0))], code: 4400 },
  {
    name: "a clock beyond any document",
    frames: [update(Uint8Array.of(1, 1, 1, ...varUint(2 ** 52), 0, 1, 0))],
    code: 4400,
  },
  {
    name: "an embed nested 5,000 deep",
    frames: [update(Uint8Array.of(1, 1, 7, 0, 5, 1, ...text("text"), ...text(nested(5_000)), 0))],
    code: 4400,
  },
  {
    name: "a state vector with a count and no clients",
    frames: [encodeClientFrame([{ type: "sync-step-1", stateVector: Uint8Array.of(...varUint(2 ** 30)) }])],
    code: 4400,
  },
  {
    name: "an awareness state that is no JSON",
    frames: [encodeClientFrame([{ type: "awareness", update: Uint8Array.of(1, 5, 1, ...text("{oops")) }])],
    code: 4400,
  },
  {
    name: "an awareness clock beyond any session",
    frames: [
      encodeClientFrame([{ type: "awareness", update: Uint8Array.of(1, 5, ...varUint(2 ** 52), ...text("{}")) }]),
    ],
    code: 4400,
  },
  {
    name: "an awareness state of 9 KB",
    frames: [
      encodeClientFrame([
        { type: "awareness", update: Uint8Array.of(1, 5, 1, ...text(JSON.stringify({ a: "x".repeat(9_000) }))) },
      ]),
    ],
    code: 4413,
  },
  { name: "a frame of 16 MiB and a byte", frames: [new Uint8Array(MAX_FRAME_BYTES + 1)], code: 4413 },
];

for (const { name, frames, code } of CASES) {
  test(`[P6] ${name} ends its own socket with ${code} and a reason`, async () => {
    const before = await version();
    const end = await sendRoost(...frames);
    expect(end).toMatchObject({ code });
    expect(end?.reason).not.toBe("");
    expect(end?.reason).not.toMatch(/ at |\.ts/);
    expect(await version()).toBe(before);
    await expectUndisturbed();
  });
}

test("[P6] a first message that is not hello, and a large one before it, are refused", async () => {
  const path = `/v1/documents/${ID}/connect`;
  expect(await sendAll(path, [encodeClientFrame([STEP_1])], "roost.v1")).toMatchObject({ code: 4400 });
  expect(await sendAll(path, [new Uint8Array(70_000)], "roost.v1")).toMatchObject({ code: 4413 });
});

test("[P6] garbage on the y-websocket path ends its own socket with 4400", async () => {
  for (const frame of [Uint8Array.of(9), Uint8Array.of(0, 7, 0), Uint8Array.of(0, 2, 200, 1), "text"]) {
    expect(await sendAll(`/yjs/${ID}`, [frame])).toMatchObject({ code: 4400 });
  }
  await expectUndisturbed();
});

test("[P6] a message of 32 MiB does no harm to others", { timeout: 60_000 }, async () => {
  const end = await sendRoost(new Uint8Array(32 * 1024 * 1024));
  expect(end).toMatchObject({ code: 4413 });
  await expectUndisturbed();
});

test(
  `[P6] ${FRAMES} fuzzed frames store nothing that does not read, and memory stays bounded`,
  { timeout: 1_200_000 },
  async () => {
    const seed = Number(process.env["ROOST_SEED"] ?? Date.now() % 1_000_000);
    console.log(`hostile seed ${seed}`);
    const random = new Random(seed);
    const seeds = seedFrames();
    const before = await residentBytes(server.workerdPid());
    let sent = 0;
    let refused = 0;
    const attack = async () => {
      // One on each socket, so that each is read.
      while (sent < FRAMES) {
        sent += 1;
        const end = await sendRoost(random.mutate(random.pick(seeds)));
        // A mutation may be a valid frame, or a goodbye.
        if (end === undefined || end.code === 1000) continue;
        refused += 1;
        // One may be a token, and no good one.
        expect([4400, 4401, 4413]).toContain(end.code);
        expect(end.reason).not.toBe("");
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, attack));
    expect(refused).toBeGreaterThan(FRAMES / 4);
    const grown = (await residentBytes(server.workerdPid())) - before;
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES + FRAMES * RUNTIME_BYTES_PER_SOCKET);
    // What was stored, if a mutation happened to be a valid edit, applies; the text typed by others is intact.
    const fresh = await RawClient.join(server, ID, "fresh");
    const stored = fresh.document();
    expect(stored.store.pendingStructs).toBeNull();
    expect(stored.getText("text").toString()).toContain("still here");
    await fresh.leave();
    // A state that a mutation made, and nobody shows any more, goes when its hold is over.
    await expectUndisturbed("awareness");
    const content = await fetch(`${server.url}/v1/documents/${ID}/content?format=json`, {
      signal: AbortSignal.timeout(10_000),
    });
    expect(content.status).toBe(200);
    recordResult("hostile", {
      promise: "P6",
      test: "broken frames on real sockets",
      count: `${FRAMES} mutated frames on as many sockets, ${CASES.length} named ones`,
      result: `${refused} refused with 4400 or 4413 and a reason, the rest valid; nobody disturbed; runtime grew by ${Math.max(0, Math.round(grown / 2 ** 10 / FRAMES))} KB a socket`,
    });
  },
);
