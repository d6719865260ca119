/**
 * What tests of floods and backlogs ask of a {@link TestRoom}.
 * @module
 */
import { decodeAwareness, encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import type { RoomMessage } from "../../../src/core/events.ts";
import type { TestRoom } from "../../support/test-room.ts";

export const MIB = 1024 * 1024;
export const EMPTY_STEP_2 = { type: "sync-step-2", update: Uint8Array.of(0, 0), number: 1 } as const;

export function shows(clock: number, client = 1): { type: "awareness"; update: Uint8Array } {
  return { type: "awareness", update: encodeAwareness([{ client, clock, state: `{"at":${clock}}` }]) };
}

/** The presence states among messages, oldest first. */
export function statesOf(messages: readonly RoomMessage[]): readonly (string | null)[] {
  return messages.flatMap((message) => {
    const decoded = message.type === "awareness" ? decodeAwareness(message.update) : undefined;
    return decoded?.ok === true ? decoded.value.map(({ state }) => state) : [];
  });
}

/** Who was closed, and why. */
export function endsOf(room: TestRoom): readonly (readonly [string, string])[] {
  return [...room.closed].map(([name, { reason }]) => [name, reason]);
}
