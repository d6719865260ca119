/**
 * Awareness frames in and out of a room under test.
 * @module
 */
import type { RoomMessage } from "../../../src/core/events.ts";
import { type AwarenessEntry, decodeAwareness, encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import type { TestRoom } from "../../support/test-room.ts";

/** `[client, clock, state]`; a state is a short text, or null. */
export type Shown = readonly [client: number, clock: number, state: string | null];

const toEntry = ([client, clock, state]: Shown): AwarenessEntry => ({
  client,
  clock,
  state: state === null ? null : JSON.stringify({ is: state }),
});

/** One awareness frame of a session. */
export function say(room: TestRoom, name: string, ...entries: readonly Shown[]): void {
  room.receive(name, { type: "awareness", update: encodeAwareness(entries.map(toEntry)) });
}

/** The entries of all awareness that a session heard since the last call. */
export function told(room: TestRoom, name: string): readonly Shown[] {
  return room.heard(name).flatMap(entriesIn);
}

function entriesIn(message: RoomMessage): readonly Shown[] {
  if (message.type !== "awareness") return [];
  const decoded = decodeAwareness(message.update);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value.map(({ client, clock, state }) => [client, clock, state === null ? null : textOf(state)]);
}

function textOf(state: string): string {
  // SAFETY: written by toEntry.
  return (JSON.parse(state) as { readonly is: string }).is;
}
