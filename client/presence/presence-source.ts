/**
 * Who else is here, in the words that hooks and widgets share, whether a presence room or a document tells them.
 * @module
 */
import type { ActorId, Face, Pace, Person } from "../../src/protocol/presence-messages.ts";
import type { CloseInfo } from "../connection.ts";
import type { ProviderError } from "../provider-error.ts";
import type { ConnectionStatus } from "../provider-events.ts";

/** One person, however many tabs. Never changes: who changes is another object. The cursor is apart, as it moves all the time. */
export type Other = Omit<Person, "cursor"> & { readonly actor: ActorId };

/** Where somebody points: fractions of the width and height of an anchor, named by its hash; 0 is the page. */
export type CursorPoint = { readonly anchor: number; readonly x: number; readonly y: number };

/** Where oneself points: 0…1 of the element that `anchor` names on every page of the room; without a name the page itself. */
export type OwnCursor = { readonly anchor?: string; readonly x: number; readonly y: number };

/** How others see this page's visitor. `actor` is 0 for who only looks on. */
export type Self = {
  readonly actor: ActorId;
  readonly user: Face;
  readonly state: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
};

export type Counts = { readonly people: number; readonly connections: number };

export type PresenceEvents = {
  readonly self: Self | null;
  /** Who came, changed or went. */
  readonly others: readonly ActorId[];
  readonly cursor: { readonly actor: ActorId; readonly position: CursorPoint | null };
  readonly counts: Counts;
  readonly status: ConnectionStatus;
};

export type PresenceClientEvents = PresenceEvents & {
  /** Something somebody broadcast. */
  readonly event: { readonly actor: ActorId; readonly name: string; readonly data: unknown };
  /** How often something was broadcast, in rooms too large to pass each on. */
  readonly tally: { readonly name: string; readonly times: number };
  readonly pace: Pace;
  /** A socket closed, or an attempt failed. */
  readonly closed: CloseInfo;
  /** Something went wrong that the client lives with; without a listener it is a console warning. */
  readonly error: ProviderError;
};

/** What both presence rooms and documents tell. */
export interface PresenceSource {
  /** Null until the server said who this is. */
  readonly self: Self | null;
  /** The same map until somebody comes, changes or goes. */
  readonly others: ReadonlyMap<ActorId, Other>;
  /** The same map until a cursor moves. */
  readonly cursors: ReadonlyMap<ActorId, CursorPoint>;
  readonly counts: Counts;
  readonly status: ConnectionStatus;
  /** Sets one key of what others see; undefined takes it away. */
  setState(key: string, value: unknown): void;
  setCursor(position: OwnCursor | null): void;
  /** Calls `listener` at each event; returns what stops that. */
  on<Name extends keyof PresenceEvents>(name: Name, listener: (value: PresenceEvents[Name]) => void): () => void;
}
