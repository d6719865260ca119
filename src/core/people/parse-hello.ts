/**
 * What strangers say of themselves, checked: plain data in, one check, a Result out. Rules PP11, PP26 and PP28.
 * @module
 */
import type { Face, View } from "../../protocol/presence-messages.ts";
import { type Result, err, ok } from "../../protocol/result.ts";
import { isSmallPicture } from "./picture-size.ts";

/** No client writes such a thing: it ends the socket that said it. `detail` may be shown to it. */
export type MalformedSaying = { readonly tag: "malformed"; readonly detail: string };
/** An application may: it is as if that had not been said, and nobody is closed for it. */
export type RefusedSaying = { readonly tag: "refused"; readonly detail: string };
export type BadSaying = MalformedSaying | RefusedSaying;

/** JSON as everybody hears it, and what it says. */
export type StateValue = { readonly json: string; readonly value: unknown };

export type ParsedHello = {
  readonly person?: string;
  readonly face?: Face;
  readonly state?: ReadonlyMap<string, StateValue>;
  readonly view?: View;
  /** Why some of it is left out. */
  readonly refused: readonly RefusedSaying[];
};

export const MAX_STATE_KEYS = 32;
/** All keys and values of one connection, as one JSON object. */
const MAX_STATE_BYTES = 8 * 1024;
/** Of one that nobody vouches for: anybody may open as many as an address may, and all they say is told to everybody. */
const MAX_ANONYMOUS_STATE_BYTES = 2 * 1024;
/** Face and state of one connection: with the rest they have to fit into its attachment. */
export const MAX_SAID_BYTES = 11 * 1024;
const MAX_NAME_CHARS = 128;
const MAX_AVATAR_CHARS = 512;
const MAX_INLINE_AVATAR_BYTES = 4 * 1024;
const MAX_KEY_CHARS = 64;
const MAX_EVENT_BYTES = 4 * 1024;
/** Deeper JSON may overflow the stack of whoever reads it. */
const MAX_DEPTH = 64;

export const TOO_MANY_KEYS = `a state has at most ${MAX_STATE_KEYS} keys`;
const BAD_KEY = "a key of the state has 1 to 64 characters";

const PERSON = /^[\w-]{16,64}$/;
const COLOR = /^#(?:[\da-f]{3}|[\da-f]{6})$/i;
const LINK = /^https:\/\/[^\s"'<>\\]+$/;
const INLINE = /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z\d+/]+={0,2}$/;

/** Of the state of a connection of `user`, which is null where nobody vouches for it. */
export function maxStateBytes(user: string | null): number {
  return user === null ? MAX_ANONYMOUS_STATE_BYTES : MAX_STATE_BYTES;
}

/** A hello as the wire brings it. Fields nobody knows are left out. */
export function parseHello(value: unknown): Result<ParsedHello, MalformedSaying> {
  if (!isObject(value)) return malformed("a hello is an object");
  const { person, user, state, view } = value;
  if (person !== undefined && !(typeof person === "string" && PERSON.test(person))) {
    return malformed("person is a text of 16 to 64 letters, digits, - and _");
  }
  const states = state === undefined ? undefined : parseStates(state);
  const refusals = [
    user !== undefined && !isObject(user) && "user is an object",
    ...(states?.refused ?? []),
    view !== undefined && !isView(view) && "view is two fractions of 65,535",
  ];
  return ok({
    ...(person !== undefined && { person }),
    ...(isObject(user) && { face: parseFace(user) }),
    ...(states !== undefined && { state: states.values }),
    ...(isView(view) && { view: { top: view.top, bottom: view.bottom } }),
    refused: refusals.flatMap((detail) => (detail === false ? [] : { tag: "refused" as const, detail })),
  });
}

/** One key of a state; an empty `json` takes it back, and is undefined here. */
export function parseState(key: string, json: string): Result<StateValue | undefined, BadSaying> {
  if (!isKey(key)) return refused(BAD_KEY);
  if (json === "") return ok(undefined);
  return json.length > MAX_STATE_BYTES ? refused(`a state is limited to ${MAX_STATE_BYTES} bytes`) : parseJson(json);
}

/** What an event says, as everybody hears it; empty where it says nothing. */
export function parseEvent(name: string, json: string): Result<string, BadSaying> {
  if (!isKey(name)) return refused("an event's name has 1 to 64 characters");
  if (json === "") return ok("");
  const data = json.length > MAX_EVENT_BYTES ? undefined : parseJson(json);
  if (data?.ok === false) return data;
  const isSmall = data !== undefined && utf8Length(data.value.json) <= MAX_EVENT_BYTES;
  return isSmall ? ok(data.value.json) : refused(`an event is limited to ${MAX_EVENT_BYTES} bytes`);
}

export function parseTyping(where: string): Result<string, BadSaying> {
  return where.length <= MAX_KEY_CHARS ? ok(where) : refused("a place has at most 64 characters");
}

/** Bytes of a text on the wire; half of a surrogate pair counts three. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    // A pair is two units of two bytes each.
    bytes += code < 0x800 || isHalfOfPair(text, at, code) ? 1 : 2;
  }
  return bytes;
}

function isHalfOfPair(text: string, at: number, code: number): boolean {
  if (code >= 0xd800 && code < 0xdc00) return isBetween(text.charCodeAt(at + 1), 0xdc00, 0xdfff);
  return isBetween(code, 0xdc00, 0xdfff) && isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff);
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}

/** Name, color or avatar of an application may be a mistake of it or of its visitor: that is left out, and no reason to go. Rule PP26. */
function parseFace({ name, color, avatar }: Readonly<Record<string, unknown>>): Face {
  return {
    ...(typeof name === "string" && { name: name.slice(0, MAX_NAME_CHARS) }),
    ...(typeof color === "string" && COLOR.test(color) && { color }),
    ...(typeof avatar === "string" && isAvatar(avatar) && { avatar }),
  };
}

function isAvatar(avatar: string): boolean {
  if (!avatar.startsWith("data:")) return avatar.length <= MAX_AVATAR_CHARS && LINK.test(avatar);
  if (avatar.length > MAX_INLINE_AVATAR_BYTES || !INLINE.test(avatar)) return false;
  return isSmallPicture(avatar.slice(avatar.indexOf(",") + 1));
}

type ParsedStates = { readonly values: ReadonlyMap<string, StateValue>; readonly refused: readonly string[] };

/** Key by key: what is beyond the limits is left out, the rest holds. */
function parseStates(value: unknown): ParsedStates {
  if (!isObject(value)) return { values: new Map(), refused: ["a state is an object"] };
  const values = new Map<string, StateValue>();
  const refusals: string[] = [];
  for (const [key, entry] of Object.entries(value)) {
    const isTooMany = values.size === MAX_STATE_KEYS;
    const state = isTooMany ? refused(TOO_MANY_KEYS) : isKey(key) ? canonical(entry) : refused(BAD_KEY);
    if (state.ok) values.set(key, state.value);
    else refusals.push(state.error.detail);
  }
  return { values, refused: refusals };
}

function parseJson(json: string): Result<StateValue, BadSaying> {
  try {
    return canonical(JSON.parse(json));
  } catch {
    return malformed("this is no JSON");
  }
}

/** The text that reading and writing it again leaves as it is: what a sleep keeps is what was said. */
function canonical(value: unknown): Result<StateValue, RefusedSaying> {
  if (!isShallow(value, MAX_DEPTH)) return refused(`JSON is limited to ${MAX_DEPTH} levels`);
  return ok({ json: JSON.stringify(value), value });
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

/** `__proto__` would be another object's in whoever copies it carelessly. */
function isKey(key: string): boolean {
  return key.length > 0 && key.length <= MAX_KEY_CHARS && key !== "__proto__";
}

function isView(value: unknown): value is View {
  return isObject(value) && isFraction(value["top"]) && isFraction(value["bottom"]);
}

function isFraction(value: unknown): boolean {
  return Number.isInteger(value) && isBetween(Number(value), 0, 0xffff);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(detail: string): { readonly ok: false; readonly error: MalformedSaying } {
  return err({ tag: "malformed", detail });
}

function refused(detail: string): { readonly ok: false; readonly error: RefusedSaying } {
  return err({ tag: "refused", detail });
}
