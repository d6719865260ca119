/**
 * Presence without a socket: what is sent, and what a server or a tab would say.
 * @module
 */
import { vi } from "vitest";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { Presence } from "../../client/presence.ts";
import type { ProviderError } from "../../client/provider-error.ts";

/** Origin of what the server says. */
export const SERVER = { name: "server" };

/** Somebody's own awareness, as the server or another tab would encode it. */
export class Person {
  readonly awareness = new Awareness(new Y.Doc());
  readonly id = this.awareness.clientID;

  constructor(state: Record<string, unknown>) {
    clearInterval(this.awareness._checkInterval);
    this.set(state);
  }

  set(state: Record<string, unknown> | null): void {
    this.awareness.setLocalState(state);
  }

  encoded(): Uint8Array {
    return encodeAwarenessUpdate(this.awareness, [this.id]);
  }
}

/** A client's presence, with all it sends, decoded. */
export function createPresence() {
  const awareness = new Awareness(new Y.Doc());
  const sent: { readonly clients: readonly number[]; readonly clock: number; readonly state: unknown }[] = [];
  const errors: ProviderError[] = [];
  const presence = new Presence({
    awareness,
    send: (update) => {
      const reader = new Awareness(new Y.Doc());
      clearInterval(reader._checkInterval);
      applyAwarenessUpdate(reader, update, "test");
      const clients = [...reader.meta.keys()].filter((client) => client !== reader.clientID);
      sent.push({
        clients,
        clock: reader.meta.get(awareness.clientID)?.clock ?? -1,
        state: reader.states.get(awareness.clientID) ?? null,
      });
    },
    onError: (error) => errors.push(error),
  });
  return { awareness, presence, sent, errors, id: awareness.clientID };
}

/** What the server says about the owner of `awareness`, at a clock of its choice. */
export function said(id: number, clock: number, state: Record<string, unknown> | null): Uint8Array {
  const owner = new Awareness(new Y.Doc());
  clearInterval(owner._checkInterval);
  owner.clientID = id;
  owner.meta.set(id, { clock, lastUpdated: 0 });
  if (state === null) owner.states.delete(id);
  else owner.states.set(id, state);
  return encodeAwarenessUpdate(owner, [id]);
}

/** Runs what is due at the end of the task. */
export async function microtasks(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}
