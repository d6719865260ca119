/**
 * A document's awareness in the words of presence rooms: the same hooks and widgets work over both.
 * @module
 */
import type { ActorId, Face } from "../src/protocol/presence-messages.ts";
import type { DocumentProvider } from "./document-provider.ts";
import { Emitter } from "./emitter.ts";
import { anchorHash } from "./presence/anchor.ts";
import type {
  CursorPoint,
  Other,
  OwnCursor,
  PresenceEvents,
  PresenceSource,
  Self,
} from "./presence/presence-source.ts";

type State = Readonly<Record<string, unknown>>;
type Changes = { readonly added: number[]; readonly updated: number[]; readonly removed: number[] };

/** Fields of an awareness state that are no part of `state`. Editor bindings keep their own `cursor`. */
const POINTER = "pointer";

/**
 * Who else has the document open. Each client is an actor of its own, by its Yjs client id: awareness knows no people. Listens as
 * long as the provider lives.
 *
 * @example
 * ```ts
 * const presence = awarenessPresence(provider);
 * presence.on("others", () => console.log(presence.others.size));
 * ```
 */
export function awarenessPresence(provider: DocumentProvider): PresenceSource {
  const known = sources.get(provider);
  if (known !== undefined) return known;
  const source = new AwarenessPresence(provider);
  sources.set(provider, source);
  return source;
}

const sources = new WeakMap<DocumentProvider, PresenceSource>();

class AwarenessPresence implements PresenceSource {
  readonly #provider: DocumentProvider;
  readonly #events = new Emitter<PresenceEvents>();
  #self: Self | null = null;
  #others: ReadonlyMap<ActorId, Other> = new Map();
  #cursors: ReadonlyMap<ActorId, CursorPoint> = new Map();

  constructor(provider: DocumentProvider) {
    this.#provider = provider;
    const { awareness, doc } = provider;
    this.#read([...awareness.getStates().keys()]);
    awareness.on("change", ({ added, updated, removed }: Changes) => this.#read([...added, ...updated, ...removed]));
    provider.on("status", (status) => this.#events.emit("status", status));
    provider.on("rights", () => this.#read([doc.clientID]));
  }

  get self(): Self | null {
    return this.#self;
  }

  get others(): ReadonlyMap<ActorId, Other> {
    return this.#others;
  }

  get cursors(): ReadonlyMap<ActorId, CursorPoint> {
    return this.#cursors;
  }

  get counts() {
    return this.#counts;
  }

  get status() {
    return this.#provider.status;
  }

  on<Name extends keyof PresenceEvents>(name: Name, listener: (value: PresenceEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  setState(key: string, value: unknown): void {
    this.#provider.setPresence({ [key]: value });
  }

  setCursor(position: OwnCursor | null): void {
    const { anchor = "", x = 0, y = 0 } = position ?? {};
    this.#provider.setPresence({ [POINTER]: position === null ? undefined : { anchor: anchorHash(anchor), x, y } });
  }

  #counts = { people: 0, connections: 0 };

  /** Takes over what awareness says of these clients, and tells. */
  #read(clients: readonly number[]): void {
    const { awareness } = this.#provider;
    const states = awareness.getStates();
    const others = new Map(this.#others);
    const cursors = new Map(this.#cursors);
    const changed: ActorId[] = [];
    const moved: ActorId[] = [];
    for (const actor of clients) {
      const state = states.get(actor);
      if (actor === awareness.clientID) {
        this.#setSelf(state);
        continue;
      }
      const before = others.get(actor);
      const other = state === undefined ? undefined : otherOf(actor, state);
      if (JSON.stringify(before) !== JSON.stringify(other)) changed.push(actor);
      if (other === undefined) others.delete(actor);
      else others.set(actor, other);
      const point = pointOf(state?.[POINTER]);
      if (JSON.stringify(cursors.get(actor)) !== JSON.stringify(point)) moved.push(actor);
      if (point === undefined) cursors.delete(actor);
      else cursors.set(actor, point);
    }
    if (changed.length > 0) {
      this.#others = others;
      this.#events.emit("others", changed);
    }
    if (moved.length > 0) this.#cursors = cursors;
    for (const actor of moved) this.#events.emit("cursor", { actor, position: cursors.get(actor) ?? null });
    this.#count(states.size);
  }

  #setSelf(state: State | undefined): void {
    const { awareness, scopes } = this.#provider;
    if (scopes === undefined) return;
    const { user, state: own } = otherOf(awareness.clientID, state ?? {});
    this.#self = { actor: awareness.clientID, user, state: own, scopes };
    this.#events.emit("self", this.#self);
  }

  #count(clients: number): void {
    if (clients === this.#counts.people) return;
    this.#counts = { people: clients, connections: clients };
    this.#events.emit("counts", this.#counts);
  }
}

function otherOf(actor: ActorId, awarenessState: State): Other {
  const { user, [POINTER]: _pointer, ...rest } = awarenessState;
  const state = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { actor, user: faceOf(user), state, status: "active", typing: "" };
}

/** Applications put anything there. */
function faceOf(user: unknown): Face {
  if (typeof user !== "object" || user === null) return {};
  const fields = ["name", "color", "avatar"].flatMap((field) => {
    const value: unknown = Reflect.get(user, field);
    return typeof value === "string" ? [[field, value] as const] : [];
  });
  return Object.fromEntries(fields);
}

function pointOf(value: unknown): CursorPoint | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const [anchor, x, y] = ["anchor", "x", "y"].map((field): unknown => Reflect.get(value, field));
  return typeof anchor === "number" && typeof x === "number" && typeof y === "number" ? { anchor, x, y } : undefined;
}
