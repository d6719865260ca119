/**
 * What of a person has changed since others were told, one message each: an update is never a leave and a join. Rule PP4.
 * @module
 */
import type { ActorId, CursorPosition, Face, PresenceServerMessage } from "../../protocol/presence-messages.ts";
import { utf8Length } from "./parse-hello.ts";
import type { PersonView } from "./roster.ts";

/** Type, actor and lengths. */
const MESSAGE_BYTES = 8;

export function personOf(actor: ActorId, { person }: PersonView): PresenceServerMessage {
  return { type: "person", actor, person };
}

/** From what was told to what is; nothing where both are the same. */
export function difference(
  actor: ActorId,
  before: PersonView | undefined,
  after: PersonView,
): readonly PresenceServerMessage[] {
  if (before === after) return [];
  const { person } = after;
  if (before === undefined || !isSameFace(before.person.user, person.user)) return [personOf(actor, after)];
  const messages: PresenceServerMessage[] = before.state === after.state ? [] : stateDifference(actor, before, after);
  const cursor = cursorDifference(actor, before.person.cursor, person.cursor);
  if (cursor !== undefined) messages.push(cursor);
  if (before.person.typing !== person.typing) messages.push({ type: "typing", actor, where: person.typing });
  if (before.person.status !== person.status) messages.push({ type: "status", actor, status: person.status });
  return messages;
}

function stateDifference(actor: ActorId, before: PersonView, after: PersonView): PresenceServerMessage[] {
  const messages: PresenceServerMessage[] = [];
  for (const [key, json] of after.state) {
    if (before.state.get(key) !== json) messages.push({ type: "state", actor, key, json });
  }
  for (const key of before.state.keys()) {
    if (!after.state.has(key)) messages.push({ type: "state", actor, key, json: "" });
  }
  return messages;
}

function cursorDifference(
  actor: ActorId,
  before: CursorPosition | null,
  after: CursorPosition | null,
): PresenceServerMessage | undefined {
  if (after === null) return before === null ? undefined : { type: "gone", actor };
  const { anchor, x, y } = after;
  if (before?.anchor !== anchor) return { type: "cursor", actor, anchor, x, y };
  return before.x === x && before.y === y ? undefined : { type: "cursor", actor, x, y };
}

function isSameFace(a: Face, b: Face): boolean {
  return a.name === b.name && a.color === b.color && a.avatar === b.avatar;
}

export type Differences = {
  /** By actor; nobody without a difference. */
  readonly changed: ReadonlyMap<ActorId, readonly PresenceServerMessage[]>;
  /** Of those that were told. */
  readonly left: readonly ActorId[];
};

/** There is more to tell of it than where it points, and how awake it is: words and pictures, as large as they may be. */
export function isHeavier(before: PersonView | undefined, after: PersonView): boolean {
  if (before === undefined || before.state !== after.state) return true;
  return before.person.typing !== after.person.typing || !isSameFace(before.person.user, after.person.user);
}

/** What is told of somebody whose words have to wait; undefined where nobody knows of it yet. */
export function withoutHeavy(before: PersonView | undefined, after: PersonView): PersonView | undefined {
  if (before === undefined) return undefined;
  const { user, state, typing } = before.person;
  return { person: { ...after.person, user, state, typing }, state: before.state };
}

/** Of the words in messages, as the wire has them; numbers are not worth counting. */
export function bytesOf(messages: readonly PresenceServerMessage[]): number {
  let bytes = 0;
  for (const message of messages) {
    if (message.type === "person") bytes += utf8Length(JSON.stringify(message.person));
    else if (message.type === "state") bytes += utf8Length(message.key) + utf8Length(message.json);
    else if (message.type === "typing") bytes += utf8Length(message.where);
    bytes += MESSAGE_BYTES;
  }
  return bytes;
}

/** The one person whose own sockets have nothing to learn from this; undefined where everybody has. */
export function soleMover({ changed, left }: Differences): ActorId | undefined {
  if (changed.size !== 1 || left.length > 0) return undefined;
  const [[actor, messages] = []] = changed;
  return messages?.every(isNoNewsToItself) === true ? actor : undefined;
}

/** Nobody misses it who makes it. A named anchor is: the cursors after it are on that. */
function isNoNewsToItself(message: PresenceServerMessage): boolean {
  const { type } = message;
  return type === "typing" || type === "gone" || (type === "cursor" && message.anchor === undefined);
}
