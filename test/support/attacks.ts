/**
 * What strangers do to a server, at a pace of their own: each runs for a while and counts how it was answered.
 * @module
 */
import { type Socket, connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import * as Y from "yjs";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import { awarenessFrame, crowdFrame } from "./attack-frames.ts";
import { knock, restFlood } from "./attack-requests.ts";
import {
  type Attack,
  type Opened,
  type Outcome,
  type Run,
  OPENING,
  PRESENCE_OPENING,
  Tally,
  leaveAll,
  openSockets,
} from "./attack-sockets.ts";

const OPENED_AT_A_TIME = 10;
/** A system under thousands of connects at once lets some of them wait for seconds. */
const CONNECT_MS = 10_000;
/** Eight megabytes, or two hundred thousand clients, are read first. */
const CLOSED_MS = 20_000;
const KIB = 1024;
/** 1 MB/s in pieces of this size. */
const FLOOD_BYTES = 64 * KIB;
const FLOOD_BYTES_PER_SECOND = 1_000_000;
/** What may be on the way at a time: a stranger's own memory is not what is measured. */
const MAX_BUFFERED = 4 * 1024 * KIB;

/** Connections that say nothing, or half a request, until the server has enough of them. */
const halfOpen: Run = async ({ port, count, forMs }, tally, onStart) => {
  const beginnings = ["", "GET /v1/doc", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-a: b"];
  const open = new Set<Socket>();
  for (let index = 0; index < count; index++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", (error) => tally.add(`error ${error.message}`));
    socket.once("connect", () => {
      open.add(socket);
      socket.write(beginnings[index % beginnings.length] ?? "");
      // Read, or the end is never heard of.
      socket.resume();
    });
    socket.once("close", () => open.delete(socket));
    if (index % 200 === 199) await delay(20);
  }
  const startMs = performance.now();
  while (open.size < count && performance.now() - startMs < CONNECT_MS) await delay(20);
  tally.add("opened", open.size);
  onStart();
  while (open.size > 0 && performance.now() - startMs < forMs) await delay(50);
  tally.add("still open", open.size);
  tally.add("lasted ms", Math.round(performance.now() - startMs));
  // Not closed in turn: each would keep its port for a minute.
  for (const socket of open) socket.resetAndDestroy();
};

/** Sockets that are let in and never say hello. */
const slowHello: Run = async (attack, tally, onStart) => {
  const startMs = performance.now();
  const sockets: Opened[] = [];
  // A few at a time: what is measured is their silence.
  for (let left = attack.count; left > 0; left -= OPENED_AT_A_TIME) {
    const tokens = attack.tokens.slice(left % attack.tokens.length);
    sockets.push(...(await openSockets({ ...attack, tokens, count: Math.min(left, OPENED_AT_A_TIME) }, tally)));
  }
  onStart();
  await Promise.race([Promise.all(sockets.map(({ closed }) => closed)), delay(attack.forMs)]);
  for (const { socket } of sockets) if (socket.readyState === WebSocket.OPEN) tally.add("still open");
  tally.add("lasted ms", Math.round(performance.now() - startMs));
  for (const { socket } of sockets) socket.terminate();
};

/** All at once into one room, and once more whoever was told to come later; whoever is let in waits for the document, or for who is there. */
const joins: Run = async (attack, tally, onStart) => {
  onStart();
  const startMs = performance.now();
  const opened: Opened[] = [];
  const answered: Promise<unknown>[] = [];
  const greet = (socket: WebSocket): void => {
    answered.push(new Promise((resolve) => socket.once("message", resolve).once("close", resolve)));
    socket.send(attack.kind === "presence" ? PRESENCE_OPENING : OPENING);
  };
  while (opened.length < attack.count && performance.now() - startMs < attack.forMs) {
    const rest = { ...attack, tokens: attack.tokens.slice(opened.length), count: attack.count - opened.length };
    opened.push(...(await openSockets(rest, tally, greet)));
  }
  await Promise.race([Promise.all(answered), delay(attack.forMs)]);
  tally.add("joined ms", Math.round(performance.now() - startMs));
  await leaveAll(opened);
};

/** 1 MB/s of edits from each socket, whatever becomes of them. */
const syncFlood: Run = async (attack, tally, onStart) => {
  const doc = new Y.Doc();
  const frames = Array.from({ length: 64 }, (_, index) => {
    const before = Y.encodeStateVector(doc);
    doc.getText("flood").insert(0, "x".repeat(FLOOD_BYTES));
    const update = Y.encodeStateAsUpdate(doc, before);
    return encodeClientFrame([{ type: "update", number: index + 1, update }]);
  });
  await flood(attack, { tally, onStart }, (sent) => frames[sent % frames.length] ?? OPENING);
};

/** 1 MB/s of presence from each socket. */
const presenceFlood: Run = async (attack, tally, onStart) => {
  const state = JSON.stringify({ cursor: "x".repeat(7 * KIB) });
  await flood(attack, { tally, onStart }, (sent) => {
    const frame = awarenessFrame(1, sent + 2, state);
    return Buffer.concat(Array.from({ length: 8 }, () => frame));
  });
};

/** State vectors of very many clients, asked again and again. */
const stateVectors: Run = async (attack, tally, onStart) => {
  const clients = new Map(Array.from({ length: 50_000 }, (_, index) => [index + 1, 1]));
  const stateVector = Y.encodeStateVector(clients);
  const frame = encodeClientFrame([{ type: "sync-step-1", stateVector }]);
  tally.add("bytes each", frame.length);
  await flood(attack, { tally, onStart }, () => frame);
};

/** Awareness that names very many clients, and states that are too large. */
const hugeAwareness: Run = async (attack, tally, onStart) => {
  const many = crowdFrame(200_000);
  const large = awarenessFrame(1, 2, JSON.stringify({ a: "x".repeat(8 * 1024 * KIB) }));
  onStart();
  const endMs = performance.now() + attack.forMs;
  // Both kinds at least once, however slow the machine is.
  for (let turn = 0; turn < 2 || performance.now() < endMs; turn++) {
    const opened = await openSockets(attack, tally);
    for (const { socket } of opened) {
      socket.send(OPENING);
      socket.send(turn % 2 === 0 ? many : large);
      tally.add("sent");
    }
    const lateMs = performance.now() + CLOSED_MS;
    while (opened.some(isOpen) && performance.now() < lateMs) await delay(20);
    for (const { socket } of opened) if (isOpen({ socket })) tally.add("still open");
    await leaveAll(opened);
    await delay(250);
  }
};

function isOpen({ socket }: Pick<Opened, "socket">): boolean {
  return socket.readyState === WebSocket.OPEN;
}

export const ATTACKS = {
  "half-open": halfOpen,
  "slow hello": slowHello,
  joins,
  "sync flood": syncFlood,
  "presence flood": presenceFlood,
  "state vectors": stateVectors,
  "huge awareness": hugeAwareness,
  knock,
  "rest flood": restFlood,
} as const satisfies Readonly<Record<string, Run>>;

export type AttackName = keyof typeof ATTACKS;

/** Calls `onStart` when sockets are open, and resolves with how everything was answered. */
export async function runAttack(name: AttackName, attack: Attack, onStart: () => void): Promise<Outcome> {
  const tally = new Tally();
  await ATTACKS[name](attack, tally, onStart);
  return tally.counts;
}

type Watch = { readonly tally: Tally; readonly onStart: () => void };

/** Who is closed comes back at once. */
async function flood(attack: Attack, { tally, onStart }: Watch, frameOf: (sent: number) => Uint8Array): Promise<void> {
  const startMs = performance.now();
  let sockets = await openSockets(attack, tally);
  onStart();
  for (const endMs = performance.now() + attack.forMs; performance.now() < endMs;) {
    for (const { socket } of sockets) socket.send(OPENING);
    await Promise.all(sockets.map(({ socket }) => floodOne(socket, endMs, frameOf, tally)));
    await leaveAll(sockets);
    if (performance.now() < endMs) sockets = await openSockets(attack, tally);
  }
  await leaveAll(sockets);
  tally.add("lasted ms", Math.round(performance.now() - startMs));
}

async function floodOne(
  socket: WebSocket,
  endMs: number,
  frameOf: (sent: number) => Uint8Array,
  tally: Tally,
): Promise<void> {
  const startMs = performance.now();
  let bytes = 0;
  let acked = 0;
  socket.on("message", (data: Buffer) => {
    acked = Math.max(acked, lastAck(data));
  });
  socket.once("close", () => tally.add("taken bytes", acked * FLOOD_BYTES));
  for (let sent = 0; performance.now() < endMs && socket.readyState === WebSocket.OPEN;) {
    const due = ((performance.now() - startMs) / 1_000) * FLOOD_BYTES_PER_SECOND;
    for (; bytes <= due && socket.bufferedAmount < MAX_BUFFERED; sent++) {
      const frame = frameOf(sent);
      socket.send(frame);
      bytes += frame.length;
      tally.add("sent");
    }
    await delay(10);
  }
  tally.add("sent bytes", bytes);
}

/** Updates that are rows, where the frame says so; they are numbered from 1 on each socket. */
function lastAck(data: Buffer): number {
  const decoded = decodeServerFrame(new Uint8Array(data));
  const messages = decoded.ok ? decoded.value : [];
  return Math.max(0, ...messages.map((message) => (message.type === "ack" ? message.number : 0)));
}
