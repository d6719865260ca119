/**
 * The families' wires (wire.ts): y-websocket's frames, the same in batches for the bare objects, Hocuspocus', Roost's own.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { decodeServerFrame, encodeClientFrame } from "../../../src/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../../src/protocol/limits.ts";
import type { ServerMessage } from "../../../src/protocol/messages.ts";
import { encodePresenceClientFrame } from "../../../src/protocol/presence-client-frames.ts";
import { PRESENCE_SUBPROTOCOL, PRESENCE_VERSION } from "../../../src/protocol/presence-messages.ts";
import { decodePresenceServerFrame } from "../../../src/protocol/presence-server-frames.ts";
import type { WireName } from "../target.ts";
import type { Heard, Wire } from "./wire.ts";

const MESSAGE = { sync: 0, awareness: 1, auth: 2 } as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;
const SYNC_STATUS = 8;
/** First byte of a frame of the raw batching object: a count, then so many plain frames. */
const BATCH = 0x7f;
const OTHER: Heard = { type: "other" };

export function makeWire(name: WireName, documentId: string): Wire {
  switch (name) {
    case "relay":
      return plainWire(true);
    case "y-websocket":
      return plainWire(false);
    case "hocuspocus":
      return hocuspocusWire(documentId);
    case "roost":
      return roostWire();
    case "roost-presence":
      return presenceWire();
    case "game":
      throw new Error("players of games are clients of another kind: game-client.ts");
  }
}

function plainWire(needsNoSync: boolean): Wire {
  return {
    subprotocols: [],
    needsNoSync,
    opening: (stateVector) => (needsNoSync ? [] : [syncFrame(SYNC.step1, stateVector)]),
    step2: (update) => syncFrame(SYNC.step2, update),
    update: (update) => syncFrame(SYNC.update, update),
    awareness: (update) => bodyFrame(update, MESSAGE.awareness),
    read: (frame) => (frame[0] === BATCH ? readBatch(frame) : [readPlain(decoding.createDecoder(frame))]),
  };
}

function hocuspocusWire(documentId: string): Wire {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, documentId);
  const address = encoding.toUint8Array(encoder);
  const addressed = (frame: Uint8Array): Uint8Array => Buffer.concat([address, frame]);
  return {
    subprotocols: [],
    needsNoSync: false,
    // Any token: the server under measurement asks for none.
    opening: (stateVector) => [addressed(authFrame("any")), addressed(syncFrame(SYNC.step1, stateVector))],
    step2: (update) => addressed(syncFrame(SYNC.step2, update)),
    update: (update) => addressed(syncFrame(SYNC.update, update)),
    awareness: (update) => addressed(bodyFrame(update, MESSAGE.awareness)),
    read: (frame) => {
      // A lone byte is its ping or pong.
      if (frame.length === 1) return [OTHER];
      const decoder = decoding.createDecoder(frame);
      decoding.readVarUint8Array(decoder);
      return [readPlain(decoder)];
    },
  };
}

function roostWire(): Wire {
  let number = 0;
  const next = (): number => {
    number += 1;
    return number;
  };
  return {
    subprotocols: [SUBPROTOCOL],
    needsNoSync: false,
    opening: (stateVector) => [
      encodeClientFrame([
        { type: "hello", version: PROTOCOL_VERSION },
        { type: "sync-step-1", stateVector },
      ]),
    ],
    step2: (update) => encodeClientFrame([{ type: "sync-step-2", number: next(), update }]),
    update: (update) => encodeClientFrame([{ type: "update", number: next(), update }]),
    awareness: (update) => encodeClientFrame([{ type: "awareness", update }]),
    read: (frame) => {
      const decoded = decodeServerFrame(frame);
      if (!decoded.ok) throw new Error(`a bad frame: ${decoded.error.reason}`);
      return decoded.value.map(heardFromRoost);
    },
  };
}

function presenceWire(): Wire {
  const noDocument = (): never => {
    throw new Error("a room of people has no document");
  };
  return {
    subprotocols: [PRESENCE_SUBPROTOCOL],
    needsNoSync: false,
    opening: () => [encodePresenceClientFrame([{ type: "hello", version: PRESENCE_VERSION, hello: {} }])],
    step2: noDocument,
    update: noDocument,
    awareness: noDocument,
    read: (frame) => {
      const decoded = decodePresenceServerFrame(frame);
      if (!decoded.ok) throw new Error(`a bad frame: ${decoded.error.reason}`);
      return decoded.value.map((message) => ({ type: "people", message }));
    },
  };
}

function heardFromRoost(message: ServerMessage): Heard {
  switch (message.type) {
    case "sync-step-1":
      return { type: "step-1", stateVector: message.stateVector };
    case "sync-step-2":
      return { type: "update", update: message.update, completes: true };
    case "update":
      return { type: "update", update: message.update, completes: false };
    case "awareness":
      return { type: "awareness", update: message.update };
    case "ack":
      return { type: "ack", number: message.number };
    case "refused":
      throw new Error(`refused: ${message.reason}`);
    default:
      return OTHER;
  }
}

function readBatch(frame: Uint8Array): readonly Heard[] {
  const decoder = decoding.createDecoder(frame.subarray(1));
  const heard: Heard[] = [];
  for (let left = decoding.readVarUint(decoder); left > 0; left -= 1) {
    heard.push(readPlain(decoding.createDecoder(decoding.readVarUint8Array(decoder))));
  }
  return heard;
}

function readPlain(decoder: decoding.Decoder): Heard {
  switch (decoding.readVarUint(decoder)) {
    case MESSAGE.sync:
      return readSync(decoder);
    case MESSAGE.awareness:
      return { type: "awareness", update: decoding.readVarUint8Array(decoder) };
    case SYNC_STATUS:
      return { type: "ack" };
    default:
      return OTHER;
  }
}

function readSync(decoder: decoding.Decoder): Heard {
  const type = decoding.readVarUint(decoder);
  const body = decoding.readVarUint8Array(decoder);
  if (type === SYNC.step1) return { type: "step-1", stateVector: body };
  return { type: "update", update: body, completes: type === SYNC.step2 };
}

function syncFrame(type: number, body: Uint8Array): Uint8Array {
  return bodyFrame(body, MESSAGE.sync, type);
}

function authFrame(token: string): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.auth);
  encoding.writeVarUint(encoder, 0);
  encoding.writeVarString(encoder, token);
  return encoding.toUint8Array(encoder);
}

function bodyFrame(body: Uint8Array, ...types: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const type of types) encoding.writeVarUint(encoder, type);
  encoding.writeVarUint8Array(encoder, body);
  return encoding.toUint8Array(encoder);
}
