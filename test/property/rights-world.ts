/**
 * A world in which rights change at any moment, and what each socket may do by a model of its own.
 * @module
 */
import * as Y from "yjs";
import type { SessionId } from "../../src/core/events.ts";
import type { LockMode } from "../../src/core/ports.ts";
import type { Session } from "../../src/core/session.ts";
import type { SessionGrant } from "../../src/core/session-rights.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import type { Random } from "../support/random.ts";
import { SyncWorld } from "./sync-world.ts";

const SKEW_MS = 30_000;
const MAX_LIFE_MS = 120_000;
const LOCKS: readonly LockMode[] = ["open", "open", "read", "closed"];
const GRANTS: readonly (readonly string[])[] = [
  ["read"],
  ["read", "write"],
  ["read", "write"],
  ["read", "write", "presence", "admin"],
];

export class RightsWorld {
  readonly sync: SyncWorld;
  readonly #random: Random;
  #lock: LockMode = "open";
  /** From now on everybody may do everything for ever. */
  #isFree = false;

  constructor(random: Random) {
    this.#random = random;
    this.sync = new SyncWorld(random, {
      grant: () => this.#grant(),
      harmless: new Set(["unavailable", "refresh-token", "forbidden"]),
      refused: () => undefined,
      receive: (id, receive) => this.#receive(id, receive),
    });
  }

  /** Somebody sends a fresh token, which may allow more or less. */
  renew(): void {
    const asked = [...this.sync.room.sessions()].filter(({ facts }) => facts.traits.renewsToken);
    if (asked.length > 0) this.#regrant(this.#random.pick(asked));
  }

  lock(): void {
    this.#lock = this.#random.pick(LOCKS);
    this.sync.storage.meta.write({ epoch: 1 });
    this.sync.room.rights.setLock(this.#lock, this.sync.nowMs);
  }

  /** Who is let in: nobody without `admin` into a closed room. */
  isClosed(): boolean {
    return this.#lock === "closed";
  }

  /** The alarm, on time or late. */
  alarm(): void {
    const { rights } = this.sync.room;
    if (rights.dueMs < Infinity && this.#random.below(2) === 0) {
      this.sync.nowMs = Math.max(this.sync.nowMs, rights.dueMs);
    }
    rights.expire(this.sync.nowMs);
  }

  /** Everybody gets a token for everything, and the room is open. */
  free(): void {
    this.#isFree = true;
    this.#lock = "open";
    this.sync.room.rights.setLock("open", this.sync.nowMs);
    for (const session of [...this.sync.room.sessions()]) {
      if (session.facts.traits.renewsToken) this.#regrant(session);
      else this.sync.room.end(session.id, "refresh-token", "");
    }
  }

  /** Who is here and may read has all that is stored: every struct, and every deletion that is a row. */
  checkReaders(): void {
    const { log } = this.sync.storage;
    const clocks = Y.decodeStateVector(Y.encodeStateVector(this.sync.stored()));
    // Of parts no deletions: compaction tidies formats up, as every editor does by itself.
    const rows = [...log.readSince(0)].flatMap(({ updates }) => updates.map(({ update }) => Y.decodeUpdate(update).ds));
    for (const { doc } of this.sync.clients) {
      const known = Y.decodeStateVector(Y.encodeStateVector(doc));
      const deleted = Y.createDeleteSetFromStructStore(doc.store);
      const isKnown = ([client, clock]: readonly [number, number]): boolean => (known.get(client) ?? 0) >= clock;
      const isDeleted = (client: number, clock: number): boolean => Y.isDeleted(deleted, Y.createID(client, clock));
      const hasDeletions = rows.every(({ clients }) =>
        [...clients].every(([client, ranges]) => ranges.every(({ clock }) => isDeleted(client, clock))),
      );
      if (![...clocks].every(isKnown) || !hasDeletions) throw new Error(`client ${doc.clientID} lacks what is stored`);
    }
  }

  #grant(): SessionGrant {
    if (this.#isFree) return { scopes: ["read", "write"], limits: DEFAULT_LIMITS };
    const scopes = this.#random.pick(GRANTS);
    const ends = this.#random.below(3) > 0;
    const expiresMs = this.sync.nowMs + this.#random.below(MAX_LIFE_MS);
    return { scopes, limits: DEFAULT_LIMITS, ...(ends && { expiresMs }) };
  }

  #regrant({ id }: Session): void {
    this.sync.room.rights.regrant(id, this.#grant(), this.sync.nowMs);
  }

  /** Whoever may not write changes nothing, whatever it sends. */
  #receive(id: SessionId, receive: () => void): void {
    const session = [...this.sync.room.sessions()].find((each) => each.id === id);
    if (session === undefined || this.#mayWrite(session)) return receive();
    this.sync.flush();
    const before = this.sync.storage.log.lastSeq();
    receive();
    this.sync.flush();
    if (this.sync.storage.log.lastSeq() !== before) throw new Error(`${id} wrote although it may not`);
  }

  #mayWrite({ rights }: Session): boolean {
    const { scopes, expiresMs } = rights.grant;
    if (!scopes.includes("write") || this.sync.nowMs >= (expiresMs ?? Infinity) + SKEW_MS) return false;
    return this.#lock === "open" || scopes.includes("admin");
  }
}
