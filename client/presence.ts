/**
 * Presence on y-protocols' `Awareness`, so that every editor binding works, without its timers: the server is the judge of
 * who is gone.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { equalityDeep } from "lib0/function";
import {
  type Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from "y-protocols/awareness";
import { MAX_AWARENESS_BYTES } from "../src/protocol/limits.ts";
import type { Profile } from "../src/protocol/messages.ts";
import { wearProfile } from "../src/protocol/profile.ts";
import { reportUncaught } from "./emitter.ts";
import { ProviderError } from "./provider-error.ts";

/** At most 20 states a second from one client: above what an eye follows in a cursor, and messages are the bill. */
const MIN_INTERVAL_MS = 50;

/** What others see of this client. Bindings put their cursor in it; `user` is what they show beside it. */
export type PresenceState = {
  readonly user?: { readonly name?: string; readonly color?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
};

export type PresencePorts = {
  readonly awareness: Awareness;
  /** Own state, alone, as an awareness update. */
  readonly send: (update: Uint8Array) => void;
  readonly onError: (error: ProviderError) => void;
};

type EncodedEntry = { readonly client: number; readonly clock: number; readonly json: string };
type Entry = EncodedEntry & { readonly state: unknown };

const encoder = new TextEncoder();

/** Sends the own state only, the last one of each interval; never repeats what it heard from others. */
export class Presence {
  readonly #ports: PresencePorts;
  readonly #awareness: Awareness;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isScheduled = false;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #isDestroyed = false;
  #profile: Profile | undefined;

  constructor(ports: PresencePorts) {
    this.#ports = ports;
    this.#awareness = ports.awareness;
    // Its interval renews the own state every 15 s, which would keep the room awake, and drops others after 30 s of
    // silence, which is what a sleeping room is.
    clearInterval(this.#awareness._checkInterval);
    this.#awareness.on("update", this.#onUpdate);
  }

  /** Own state as it is; undefined while nobody has set one. */
  current(): Uint8Array | undefined {
    return this.#isUnset() ? undefined : this.#encodeOwn();
  }

  /** Own state one clock up, for a server that may hold an older one; undefined while nobody has set one. */
  renewed(): Uint8Array | undefined {
    const { meta, clientID } = this.#awareness;
    const clock = meta.get(clientID)?.clock;
    if (clock === undefined || this.#isUnset()) return undefined;
    // Without an event: nothing changed for bindings, and the caller sends it.
    meta.set(clientID, { clock: clock + 1, lastUpdated: Date.now() });
    this.#cancel();
    this.#sentAtMs = performance.now();
    return this.#encodeOwn();
  }

  /** The own state as null, one clock up, without touching the local one: what a leaving tab tells those who saw one. */
  farewell(): Uint8Array | undefined {
    const { clientID, meta } = this.#awareness;
    const clock = meta.get(clientID)?.clock ?? 0;
    return clock === 0 ? undefined : encodeEntries([{ client: clientID, clock: clock + 1, json: "null" }]);
  }

  /** From here on the own state carries what the token says of this person, whatever the application sets. */
  wear(profile: Profile | undefined): void {
    this.#profile = profile;
    this.#wear();
  }

  /** Applies what the server or a tab says. About ourselves only its clock counts. Throws on bytes that are no awareness update. */
  receive(update: Uint8Array, origin: object): void {
    const entries = decodeEntries(update);
    const others = entries.filter(({ client }) => client !== this.#awareness.clientID);
    try {
      if (others.length > 0) applyAwarenessUpdate(this.#awareness, encodeEntries(others), origin);
      for (const entry of entries) if (entry.client === this.#awareness.clientID) this.#continueFrom(entry);
    } catch (error) {
      // The bytes were read: only a listener of the application can have thrown.
      reportUncaught(error);
    }
  }

  /** Removes everybody else and forgets their clocks: a state that is sent again with the same clock must show at once. */
  forgetOthers(origin: object): void {
    const awareness = this.#awareness;
    const others = [...awareness.meta.keys()].filter((client) => client !== awareness.clientID);
    try {
      removeAwarenessStates(awareness, others, origin);
    } catch (error) {
      reportUncaught(error);
    }
    for (const client of others) awareness.meta.delete(client);
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#cancel();
    this.#awareness.off("update", this.#onUpdate);
  }

  readonly #onUpdate = (changes: { added: number[]; updated: number[]; removed: number[] }): void => {
    const own = this.#awareness.clientID;
    if (!changes.added.includes(own) && !changes.updated.includes(own) && !changes.removed.includes(own)) return;
    this.#wear();
    this.#schedule();
  };

  /** Once more through the awareness, so that this page too shows what others see. */
  #wear(): void {
    const state = this.#awareness.getLocalState();
    if (this.#profile === undefined || state === null || this.#isUnset()) return;
    const worn = wearProfile(state, this.#profile);
    if (!equalityDeep(worn, state)) this.#awareness.setLocalState(worn);
  }

  /**
   * The server repeats our state one clock up when it saved our place over a blip. What it knows may be older than what we
   * show, so its clock is taken and its state is not; where they differ ours is sent again above it.
   */
  #continueFrom({ client, clock, state: claimed }: Entry): void {
    const awareness = this.#awareness;
    const known = awareness.meta.get(client)?.clock ?? -1;
    const state = awareness.getLocalState();
    const isRemoval = claimed === null && state !== null;
    if (clock < known || (clock === known && !isRemoval)) return;
    awareness.meta.set(client, { clock, lastUpdated: Date.now() });
    // setLocalState counts on from there and tells our own listener, which sends it.
    if (!equalityDeep(claimed, state)) awareness.setLocalState(state);
  }

  /** The first change goes at the end of the running task, so that fields set one by one are one state. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const waitMs = this.#sentAtMs + MIN_INTERVAL_MS - performance.now();
    if (waitMs <= 0) queueMicrotask(this.#flush);
    else this.#timer = setTimeout(this.#flush, waitMs);
  }

  readonly #flush = (): void => {
    if (!this.#isScheduled || this.#isDestroyed) return;
    this.#cancel();
    const update = this.#encodeOwn();
    if (update === undefined) return;
    this.#sentAtMs = performance.now();
    this.#ports.send(update);
  };

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isScheduled = false;
  }

  /** `{}` at clock 0 is what a new Awareness starts with: nobody said anything yet. */
  #isUnset(): boolean {
    const clock = this.#awareness.meta.get(this.#awareness.clientID)?.clock;
    return clock === undefined || (clock === 0 && Object.keys(this.#awareness.getLocalState() ?? {}).length === 0);
  }

  /** Undefined, and an error, when the state is larger than the server takes. */
  #encodeOwn(): Uint8Array | undefined {
    const bytes = encoder.encode(JSON.stringify(this.#awareness.getLocalState())).length;
    if (bytes <= MAX_AWARENESS_BYTES) return encodeAwarenessUpdate(this.#awareness, [this.#awareness.clientID]);
    const message = `a presence state of ${bytes} bytes is not sent, the limit is ${MAX_AWARENESS_BYTES}`;
    this.#ports.onError(new ProviderError("too-large", message));
    return undefined;
  }
}

function decodeEntries(update: Uint8Array): readonly Entry[] {
  const decoder = decoding.createDecoder(update);
  const count = decoding.readVarUint(decoder);
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    const client = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    const json = decoding.readVarString(decoder);
    // Throws on what is no JSON, before anything is applied.
    entries.push({ client, clock, json, state: JSON.parse(json) });
  }
  return entries;
}

function encodeEntries(entries: readonly EncodedEntry[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, entries.length);
  for (const { client, clock, json } of entries) {
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
    encoding.writeVarString(encoder, json);
  }
  return encoding.toUint8Array(encoder);
}
