/**
 * What of a person has changed since others were told, one message each: an update is never a leave and a join. Rule PP4.
 * @module
 */
import type { ActorId, CursorPosition, Face, PresenceServerMessage } from "../../protocol/presence-messages.ts";
import type { Member, PersonView, RosterChanges } from "./roster.ts";

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

/** Everybody in a room as they were told of last. */
export class Told {
  #views = new Map<ActorId, PersonView>();

  get views(): ReadonlyMap<ActorId, PersonView> {
    return this.#views;
  }

  /** As if everybody had been told of everybody. */
  reset(members: Iterable<Member>): void {
    this.#views = new Map();
    for (const member of members) this.#views.set(member.actor, member.view());
  }

  forget(): void {
    this.#views = new Map();
  }

  /** What there is to tell, which counts as told from here on. */
  take({ changed, left }: RosterChanges): Differences {
    const differences = new Map<ActorId, readonly PresenceServerMessage[]>();
    for (const member of changed) {
      const view = member.view();
      const messages = difference(member.actor, this.#views.get(member.actor), view);
      this.#views.set(member.actor, view);
      if (messages.length > 0) differences.set(member.actor, messages);
    }
    return { changed: differences, left: left.filter((actor) => this.#views.delete(actor)) };
  }

  /** All of everybody, for one who knows nobody. */
  everybody(): readonly PresenceServerMessage[] {
    return [...this.#views].map(([actor, view]) => personOf(actor, view));
  }
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
