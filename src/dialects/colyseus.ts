/**
 * The Colyseus family (0.18): the frames of game rooms. A byte that says what the frame is, perhaps what goes with it, then its body;
 * states, patches and inputs pass through as bytes of the state codec. One message a frame.
 * @module
 */
import { Packr } from "@colyseus/msgpackr";
import { encode as write } from "@colyseus/schema";
import type { DialectError, Frame, Wire } from "../core/events.ts";
import type { GameEvent, GameMessage, InputOffer, MessageName, ResponseStatus, Timing } from "../core/game/events.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";
import { colyseusCloseFrame, colyseusFarewell, errorFrame } from "./colyseus-close.ts";
import { CODE, HANDSHAKE_SECTION, INPUT_FLAG, TIMED } from "./colyseus-codes.ts";
import { readPayload } from "./colyseus-payload.ts";
import { ValueReader } from "./colyseus-values.ts";

export const colyseus: Wire<GameEvent, GameMessage> = {
  decode,
  encode: (messages) => messages.map(encodeMessage),
  append: (frames, messages) => [...frames, ...messages.map(encodeMessage)],
  closeFrame: colyseusCloseFrame,
  farewell: colyseusFarewell,
};

/** More than any game has reason to send at once. */
const MAX_FRAME_BYTES = 1_048_576;
const MAX_NAME_BYTES = 256;
const MAX_UINT32 = 0xffff_ffff;
const CODE_MASK = 0x1f;

/** No records: clients of other makers do not know them. */
const packr = new Packr({ useRecords: false });
const utf8 = new TextEncoder();

function decode(frame: Uint8Array | string): Result<readonly GameEvent[], DialectError> {
  if (typeof frame === "string") return bad("text where binary is due");
  if (frame.length > MAX_FRAME_BYTES) return bad(`a frame has at most ${MAX_FRAME_BYTES} bytes`);
  try {
    return ok([readEvent(new ValueReader(frame))]);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    return bad(error.message);
  }
}

/** Throws RangeError or TypeError on anything outside the grammar. */
function readEvent(reader: ValueReader): GameEvent {
  const first = reader.uint8();
  const code = first & CODE_MASK;
  const isTimed = first !== code;
  const isInput = code === CODE.inputReliable || code === CODE.inputUnreliable;
  if (isTimed && (!isInput || first !== (code | TIMED))) throw new TypeError("a mark that this frame cannot have");
  switch (code) {
    case CODE.join:
      return bare(reader, { type: "ready" });
    case CODE.leave:
      return bare(reader, { type: "leave" });
    case CODE.ping:
      return bare(reader, { type: "ping" });
    case CODE.message:
      return { type: "message", name: readName(reader), payload: readRest(reader) };
    case CODE.bytes:
      return { type: "bytes", name: readName(reader), bytes: reader.rest() };
    case CODE.request:
      return { type: "request", id: reader.count(MAX_UINT32), name: readName(reader), payload: readRest(reader) };
    case CODE.inputReliable:
    case CODE.inputUnreliable:
      return { type: "input", isReliable: code === CODE.inputReliable, isTimed, body: reader.rest() };
    default:
      throw new TypeError("a frame that no client sends");
  }
}

function bare(reader: ValueReader, event: GameEvent): GameEvent {
  if (reader.hasMore) throw new RangeError("bytes behind the message");
  return event;
}

function readName(reader: ValueReader): MessageName {
  if (!reader.isAtText) return reader.count(MAX_UINT32);
  const name = reader.text();
  if (name.length > MAX_NAME_BYTES)
    throw new RangeError(`the name of a message has at most ${MAX_NAME_BYTES} characters`);
  return name;
}

function readRest(reader: ValueReader): unknown {
  return reader.hasMore ? readPayload(reader.rest()) : undefined;
}

/** Never throws: what cannot be said becomes an error that its client shows. */
function encodeMessage(message: GameMessage): Frame {
  switch (message.type) {
    case "handshake":
      return handshakeFrame(message);
    case "state":
      return timedFrame(CODE.state, message.body, message.timing);
    case "patch":
      return timedFrame(CODE.patch, message.body, message.timing);
    case "message":
      return payloadFrame([CODE.message, ...nameBytes(message.name)], message.payload) ?? unsaid(message.name);
    case "bytes":
      return joined([CODE.bytes, ...nameBytes(message.name)], message.bytes);
    case "response":
      return responseFrame(message.id, message.status, message.payload);
    case "error":
      return errorFrame(message.code, message.message);
    case "pong":
      return Uint8Array.of(CODE.ping);
    default:
      return assertNever(message);
  }
}

function handshakeFrame(message: Extract<GameMessage, { readonly type: "handshake" }>): Frame {
  const header: number[] = [CODE.join];
  for (const text of [message.reconnectionToken, message.hasState === false ? "none" : "schema"]) {
    const bytes = utf8.encode(text);
    header.push(bytes.length, ...bytes);
  }
  const reflection = message.reflection ?? new Uint8Array();
  header.push(...numberBytes(reflection.length));
  return joined(header, reflection, ...(message.inputs === undefined ? [] : inputSections(message.inputs)));
}

function inputSections({ reflection, hz, patchMs, wantsStamps }: InputOffer): readonly Uint8Array[] {
  const flags =
    (hz > 0 ? INPUT_FLAG.fixedStep : 0) |
    (patchMs > 0 ? INPUT_FLAG.patchRate : 0) |
    (wantsStamps === true ? INPUT_FLAG.reckonTime : 0);
  const options = [flags, ...(hz > 0 ? numberBytes(hz) : []), ...(patchMs > 0 ? numberBytes(Math.round(patchMs)) : [])];
  return [
    Uint8Array.of(HANDSHAKE_SECTION.inputReflection, ...numberBytes(reflection.length)),
    reflection,
    Uint8Array.of(HANDSHAKE_SECTION.inputOptions, ...numberBytes(options.length), ...options),
  ];
}

function timedFrame(code: number, body: Uint8Array, timing: Timing | undefined): Frame {
  if (timing === undefined) return joined([code], body);
  const frame = new Uint8Array(9 + body.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, code | TIMED);
  view.setUint32(1, timing.serverMs, true);
  view.setUint32(5, timing.lastInput, true);
  frame.set(body, 9);
  return frame;
}

const STATUS: Readonly<Record<ResponseStatus, number>> = { ok: 0, rejected: 1, error: 2 };

function responseFrame(id: number, status: ResponseStatus, payload: unknown): Frame {
  const header = (said: ResponseStatus) => [CODE.response, ...numberBytes(id), STATUS[said]];
  const frame = payloadFrame(header(status), payload);
  if (frame !== undefined) return frame;
  return joined(header("error"), packr.pack({ name: "Error", message: "the answer is no plain data" }));
}

/** Undefined where the payload is nothing that can be sent: endless, or a number beyond all bounds. */
function payloadFrame(header: readonly number[], payload: unknown): Frame | undefined {
  if (payload === undefined) return Uint8Array.from(header);
  try {
    return joined(header, packr.pack(payload));
  } catch {
    return undefined;
  }
}

function unsaid(name: MessageName): Frame {
  return errorFrame(CODE.error, `a message ${JSON.stringify(name)} is no plain data`);
}

function nameBytes(name: MessageName): readonly number[] {
  return typeof name === "number" ? numberBytes(name) : written((buffer, at) => write.string(buffer, name, at), name);
}

function numberBytes(value: number): readonly number[] {
  return written((buffer, at) => write.number(buffer, value, at));
}

/** At most 9 bytes, and what a text has. */
function written(put: (buffer: Uint8Array, at: { offset: number }) => void, text = ""): readonly number[] {
  const buffer = new Uint8Array(9 + 3 * text.length);
  const at = { offset: 0 };
  put(buffer, at);
  return [...buffer.subarray(0, at.offset)];
}

function joined(header: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(parts.reduce((sum, part) => sum + part.length, header.length));
  frame.set(header);
  let at = header.length;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function bad(reason: string): { readonly ok: false; readonly error: DialectError } {
  return err({ tag: "bad-frame", reason });
}
