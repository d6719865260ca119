/**
 * What clients of presence rooms send: `write` and `read` over lib0, no socket. The grammar is PRESENCE.md.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { readText } from "./bounded.ts";
import { type Hello, PERSON_STATUSES, type PresenceClientMessage } from "./presence-messages.ts";
import { type BadPresenceFrame, decodePresenceFrame, readPoint, readStatus, writeCursor } from "./presence-wire.ts";
import { type Result, assertNever } from "./result.ts";

const CLIENT = {
  hello: 0,
  state: 1,
  cursor: 2,
  anchor: 3,
  gone: 4,
  typing: 5,
  event: 6,
  status: 7,
  view: 8,
  bye: 9,
  token: 10,
  read: 11,
};

/** More messages in one frame than any client has reason to send. */
const MAX_MESSAGES = 200;

export function encodePresenceClientFrame(messages: readonly PresenceClientMessage[]): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  for (const message of messages) writePresenceClientMessage(encoder, message);
  return encoding.toUint8Array(encoder);
}

/** All messages of a client's frame, or why it is none; never throws. What their JSON says is the room's to check. */
export function decodePresenceClientFrame(
  frame: Uint8Array,
): Result<readonly PresenceClientMessage[], BadPresenceFrame> {
  return decodePresenceFrame(frame, readPresenceClientMessage, MAX_MESSAGES);
}

function writePresenceClientMessage(encoder: encoding.Encoder, message: PresenceClientMessage): void {
  switch (message.type) {
    case "hello":
      encoding.writeVarUint(encoder, CLIENT.hello);
      encoding.writeVarUint(encoder, message.version);
      return encoding.writeVarString(encoder, JSON.stringify(message.hello));
    case "state":
      encoding.writeVarUint(encoder, CLIENT.state);
      encoding.writeVarString(encoder, message.key);
      return encoding.writeVarString(encoder, message.json);
    case "cursor":
      return writeCursor(encoder, CLIENT, message);
    case "gone":
      return encoding.writeVarUint(encoder, CLIENT.gone);
    case "typing":
      encoding.writeVarUint(encoder, CLIENT.typing);
      return encoding.writeVarString(encoder, message.where);
    case "event":
      encoding.writeVarUint(encoder, CLIENT.event);
      encoding.writeVarString(encoder, message.name);
      return encoding.writeVarString(encoder, message.json);
    case "status":
      encoding.writeVarUint(encoder, CLIENT.status);
      return encoding.writeVarUint(encoder, PERSON_STATUSES.indexOf(message.status));
    case "view":
      encoding.writeVarUint(encoder, CLIENT.view);
      encoding.writeUint16(encoder, message.view.top);
      encoding.writeUint16(encoder, message.view.bottom);
      return encoding.writeVarUint(encoder, message.follows);
    case "bye":
      return encoding.writeVarUint(encoder, CLIENT.bye);
    case "token":
      encoding.writeVarUint(encoder, CLIENT.token);
      return encoding.writeVarString(encoder, message.token);
    case "read":
      encoding.writeVarUint(encoder, CLIENT.read);
      return encoding.writeVarUint(encoder, message.number);
    default:
      return assertNever(message);
  }
}

function readPresenceClientMessage(decoder: decoding.Decoder): PresenceClientMessage {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case CLIENT.hello:
      // SAFETY: the room checks it before it is used (core/people/parse-hello.ts).
      return { type: "hello", version: decoding.readVarUint(decoder), hello: JSON.parse(readText(decoder)) as Hello };
    case CLIENT.state:
      return { type: "state", key: readText(decoder), json: readText(decoder) };
    case CLIENT.cursor:
      return { type: "cursor", ...readPoint(decoder) };
    case CLIENT.anchor:
      return { type: "cursor", anchor: decoding.readUint32(decoder), ...readPoint(decoder) };
    case CLIENT.gone:
      return { type: "gone" };
    case CLIENT.typing:
      return { type: "typing", where: readText(decoder) };
    case CLIENT.event:
      return { type: "event", name: readText(decoder), json: readText(decoder) };
    case CLIENT.status:
      return { type: "status", status: readStatus(decoder) };
    case CLIENT.view:
      return {
        type: "view",
        view: { top: decoding.readUint16(decoder), bottom: decoding.readUint16(decoder) },
        follows: decoding.readVarUint(decoder),
      };
    case CLIENT.bye:
      return { type: "bye" };
    case CLIENT.token:
      return { type: "token", token: readText(decoder) };
    case CLIENT.read:
      return { type: "read", number: decoding.readVarUint(decoder) };
    default:
      throw new RangeError(`unknown message type ${type}`);
  }
}
