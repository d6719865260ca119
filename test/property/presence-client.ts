/**
 * Clients of both families as far as presence goes, on y-protocols' own `Awareness`.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { Presence } from "../../client/presence.ts";
import type { Dialect } from "../../src/core/events.ts";
import { roost } from "../../src/dialects/roost.ts";
import { yWebsocket } from "../../src/dialects/y-websocket.ts";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import type { Profile } from "../../src/protocol/messages.ts";

export type State = Readonly<Record<string, unknown>>;
export type PresencePorts = { readonly send: (frame: Uint8Array) => void; readonly nowMs: () => number };

type Changes = { readonly added: number[]; readonly updated: number[]; readonly removed: number[] };

const SYNC = 0;
const AWARENESS = 1;
/** y-protocols: renewed at half of this, dropped at all of it. y-websocket: a socket silent for longer is given up. */
const OUTDATED_MS = 30_000;

export abstract class PresenceClient {
  abstract readonly dialect: Dialect;
  readonly awareness: Awareness;
  readonly user: string;
  /** What its token says of it. */
  readonly profile: Profile | undefined;
  protected readonly ports: PresencePorts;
  protected isOpen = false;
  /** What it set itself the last time, whatever has become of that. */
  said: State | null = null;

  constructor(client: number, user: string, ports: PresencePorts, profile?: Profile) {
    const doc = new Y.Doc();
    doc.clientID = client;
    this.awareness = new Awareness(doc);
    clearInterval(this.awareness._checkInterval);
    this.user = user;
    this.ports = ports;
    this.profile = profile;
  }

  get id(): number {
    return this.awareness.clientID;
  }

  /** What this client shows of the others. */
  shown(): ReadonlyMap<number, unknown> {
    return new Map([...this.awareness.getStates()].filter(([client]) => client !== this.id));
  }

  set(state: State | null): void {
    this.said = state;
    this.awareness.setLocalState(state);
  }

  open(): void {
    this.isOpen = true;
    this.greet();
  }

  closed(): void {
    this.isOpen = false;
    this.forgetOthers();
  }

  /** Time went by. True when it gives its socket up and opens another one. */
  abstract tick(): boolean;
  abstract receive(frame: Uint8Array): void;
  /** A clean leave, where the family has one; the socket closes afterwards. */
  abstract sayGoodbye(): void;
  protected abstract greet(): void;
  protected abstract forgetOthers(): void;
}

/** As y-websocket's provider does it: repeats all it hears, renews and drops by y-protocols' times. */
export class StockPresence extends PresenceClient {
  override readonly dialect = yWebsocket;
  readonly #updatedMs = new Map<number, number>();
  #receivedMs = 0;

  constructor(client: number, user: string, ports: PresencePorts, profile?: Profile) {
    super(client, user, ports, profile);
    this.awareness.on("update", ({ added, updated, removed }: Changes) => {
      for (const each of [...added, ...updated]) this.#updatedMs.set(each, ports.nowMs());
      this.#send([...added, ...updated, ...removed]);
    });
    this.#updatedMs.set(client, ports.nowMs());
  }

  override tick(): boolean {
    const nowMs = this.ports.nowMs();
    const quietMs = (client: number): number => nowMs - (this.#updatedMs.get(client) ?? 0);
    const own = this.awareness.getLocalState();
    if (own !== null && quietMs(this.id) >= OUTDATED_MS / 2) this.awareness.setLocalState(own);
    const gone = [...this.shown().keys()].filter((client) => quietMs(client) >= OUTDATED_MS);
    if (gone.length > 0) removeAwarenessStates(this.awareness, gone, "timeout");
    return nowMs - this.#receivedMs > OUTDATED_MS;
  }

  /** Where it was told what it had shown before, what would put that right is lost with the socket, and it knows of it no more. */
  override closed(): void {
    this.said = this.awareness.getLocalState();
    super.closed();
  }

  override receive(frame: Uint8Array): void {
    this.#receivedMs = this.ports.nowMs();
    const decoder = decoding.createDecoder(frame);
    const type = decoding.readVarUint(decoder);
    if (type === SYNC && decoding.readVarUint(decoder) === 0) this.ports.send(Uint8Array.of(SYNC, 1, 2, 0, 0));
    if (type !== AWARENESS) return;
    applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(decoder), this);
  }

  /** What `disconnect()` sends: null at the clock it has. */
  override sayGoodbye(): void {
    this.#send([this.id], new Map());
  }

  protected override greet(): void {
    this.#receivedMs = this.ports.nowMs();
    this.ports.send(Uint8Array.of(SYNC, 0, 1, 0));
    if (this.awareness.getLocalState() !== null) this.#send([this.id]);
  }

  protected override forgetOthers(): void {
    removeAwarenessStates(this.awareness, [...this.shown().keys()], this);
  }

  #send(clients: number[], states?: Map<number, Record<string, unknown>>): void {
    if (!this.isOpen) return;
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, AWARENESS);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.awareness, clients, states));
    this.ports.send(encoding.toUint8Array(encoder));
  }
}

/** Our own client's presence; needs fake timers. */
export class RoostPresence extends PresenceClient {
  override readonly dialect = roost;
  readonly #presence: Presence;

  constructor(client: number, user: string, ports: PresencePorts, profile?: Profile) {
    super(client, user, ports, profile);
    this.#presence = new Presence({
      awareness: this.awareness,
      send: (update) => {
        if (this.isOpen) ports.send(encodeClientFrame([{ type: "awareness", update }]));
      },
      onError: (error) => {
        throw error;
      },
    });
  }

  override tick(): boolean {
    return false;
  }

  override receive(frame: Uint8Array): void {
    const decoded = decodeServerFrame(frame);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    for (const message of decoded.value) {
      if (message.type === "welcome") this.#presence.wear(message.welcome.profile);
      if (message.type === "awareness") this.#presence.receive(message.update, this);
    }
  }

  override sayGoodbye(): void {
    this.ports.send(encodeClientFrame([{ type: "bye" }]));
  }

  protected override greet(): void {
    this.forgetOthers();
    const update = this.#presence.renewed();
    this.ports.send(
      encodeClientFrame([
        { type: "hello", version: 1 },
        { type: "sync-step-1", stateVector: Uint8Array.of(0) },
        ...(update === undefined ? [] : [{ type: "awareness", update } as const]),
      ]),
    );
  }

  protected override forgetOthers(): void {
    this.#presence.forgetOthers(this);
  }
}
