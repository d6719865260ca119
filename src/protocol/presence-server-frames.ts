/**
 * What presence rooms send: `write` and `read` over lib0, no socket. The grammar is PRESENCE.md.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Rights } from "./messages.ts";
import {
  PERSON_STATUSES,
  type Pace,
  type Person,
  type PresenceServerMessage,
  type PresenceWelcome,
} from "./presence-messages.ts";
import { type BadPresenceFrame, decodePresenceFrame, readPoint, readStatus, writeCursor } from "./presence-wire.ts";
import { type Result, assertNever } from "./result.ts";

const SERVER = {
  welcome: 0,
  person: 1,
  left: 2,
  state: 3,
  cursor: 4,
  anchor: 5,
  gone: 6,
  typing: 7,
  event: 8,
  status: 9,
  counts: 10,
  pace: 11,
  tally: 12,
  reset: 13,
  tokenWanted: 14,
  rights: 15,
};

export function encodePresenceServerFrame(messages: readonly PresenceServerMessage[]): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  for (const message of messages) writePresenceServerMessage(encoder, message);
  return encoding.toUint8Array(encoder);
}

/** All messages of a server's frame, or why it is none; never throws. */
export function decodePresenceServerFrame(
  frame: Uint8Array,
): Result<readonly PresenceServerMessage[], BadPresenceFrame> {
  return decodePresenceFrame(frame, readPresenceServerMessage, Infinity);
}

function writePresenceServerMessage(encoder: encoding.Encoder, message: PresenceServerMessage): void {
  switch (message.type) {
    case "welcome":
      return writeJson(encoder, SERVER.welcome, message.welcome);
    case "person":
      writeActor(encoder, SERVER.person, message);
      return encoding.writeVarString(encoder, JSON.stringify(message.person));
    case "left":
      return writeActor(encoder, SERVER.left, message);
    case "state":
      writeActor(encoder, SERVER.state, message);
      encoding.writeVarString(encoder, message.key);
      return encoding.writeVarString(encoder, message.json);
    case "cursor":
      return writeCursor(encoder, SERVER, message);
    case "gone":
      return writeActor(encoder, SERVER.gone, message);
    case "typing":
      writeActor(encoder, SERVER.typing, message);
      return encoding.writeVarString(encoder, message.where);
    case "event":
      writeActor(encoder, SERVER.event, message);
      encoding.writeVarString(encoder, message.name);
      return encoding.writeVarString(encoder, message.json);
    case "status":
      writeActor(encoder, SERVER.status, message);
      return encoding.writeVarUint(encoder, PERSON_STATUSES.indexOf(message.status));
    case "counts":
      encoding.writeVarUint(encoder, SERVER.counts);
      encoding.writeVarUint(encoder, message.people);
      return encoding.writeVarUint(encoder, message.connections);
    case "pace":
      return writeJson(encoder, SERVER.pace, message.pace);
    case "tally":
      encoding.writeVarUint(encoder, SERVER.tally);
      encoding.writeVarString(encoder, message.name);
      return encoding.writeVarUint(encoder, message.times);
    case "reset":
      return encoding.writeVarUint(encoder, SERVER.reset);
    case "token-wanted":
      encoding.writeVarUint(encoder, SERVER.tokenWanted);
      return encoding.writeVarUint(encoder, message.seconds);
    case "rights":
      return writeJson(encoder, SERVER.rights, message.rights);
    default:
      return assertNever(message);
  }
}

function writeActor(encoder: encoding.Encoder, type: number, { actor }: { readonly actor: number }): void {
  encoding.writeVarUint(encoder, type);
  encoding.writeVarUint(encoder, actor);
}

function writeJson(encoder: encoding.Encoder, type: number, value: unknown): void {
  encoding.writeVarUint(encoder, type);
  encoding.writeVarString(encoder, JSON.stringify(value));
}

function readPresenceServerMessage(decoder: decoding.Decoder): PresenceServerMessage {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    // SAFETY, here and below: written by our own server.
    case SERVER.welcome:
      return { type: "welcome", welcome: readJson<PresenceWelcome>(decoder) };
    case SERVER.person:
      return { type: "person", actor: decoding.readVarUint(decoder), person: readJson<Person>(decoder) };
    case SERVER.left:
      return { type: "left", actor: decoding.readVarUint(decoder) };
    case SERVER.state:
      return {
        type: "state",
        actor: decoding.readVarUint(decoder),
        key: decoding.readVarString(decoder),
        json: decoding.readVarString(decoder),
      };
    case SERVER.cursor:
      return { type: "cursor", actor: decoding.readVarUint(decoder), ...readPoint(decoder) };
    case SERVER.anchor:
      return {
        type: "cursor",
        actor: decoding.readVarUint(decoder),
        anchor: decoding.readUint32(decoder),
        ...readPoint(decoder),
      };
    case SERVER.gone:
      return { type: "gone", actor: decoding.readVarUint(decoder) };
    case SERVER.typing:
      return { type: "typing", actor: decoding.readVarUint(decoder), where: decoding.readVarString(decoder) };
    case SERVER.event:
      return {
        type: "event",
        actor: decoding.readVarUint(decoder),
        name: decoding.readVarString(decoder),
        json: decoding.readVarString(decoder),
      };
    case SERVER.status:
      return { type: "status", actor: decoding.readVarUint(decoder), status: readStatus(decoder) };
    case SERVER.counts:
      return { type: "counts", people: decoding.readVarUint(decoder), connections: decoding.readVarUint(decoder) };
    case SERVER.pace:
      return { type: "pace", pace: readJson<Pace>(decoder) };
    case SERVER.tally:
      return { type: "tally", name: decoding.readVarString(decoder), times: decoding.readVarUint(decoder) };
    case SERVER.reset:
      return { type: "reset" };
    case SERVER.tokenWanted:
      return { type: "token-wanted", seconds: decoding.readVarUint(decoder) };
    case SERVER.rights:
      return { type: "rights", rights: readJson<Rights>(decoder) };
    default:
      throw new RangeError(`unknown message type ${type}`);
  }
}

function readJson<T>(decoder: decoding.Decoder): T {
  // SAFETY: written by our own server.
  return JSON.parse(decoding.readVarString(decoder)) as T;
}
