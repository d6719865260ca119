/**
 * Claims of an id that somebody without a name has, by others without one: which of them is back nobody can tell before the former
 * socket is gone. Then the latest claim counts, as its client may have nothing more to say. Rule PR2 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import { type PresenceOwner, type WornEntry, isYounger } from "./presence-row.ts";

export type Claim = { readonly owner: PresenceOwner; readonly entry: WornEntry };

export class WaitingClaims {
  /** One for each id, and so at most one for each socket that owns one. */
  readonly #byClient = new Map<number, Claim>();
  readonly #clientOf = new Map<SessionId, number>();

  of(session: SessionId): WornEntry | undefined {
    return this.#byClient.get(this.#clientOf.get(session) ?? -1)?.entry;
  }

  /** Returns whose claim it replaces. What an older socket had still under way replaces none. */
  put(claim: Claim): SessionId | undefined {
    const { owner, entry } = claim;
    const rival = this.#byClient.get(entry.client);
    if (rival !== undefined && isYounger(rival.owner, owner) && entry.clock <= rival.entry.clock) return undefined;
    const before = rival?.owner.id;
    this.drop(owner.id);
    if (before !== undefined) this.#clientOf.delete(before);
    this.#byClient.set(entry.client, claim);
    this.#clientOf.set(owner.id, entry.client);
    return before;
  }

  /** Its socket is gone, shows nothing any more, or owns an id. */
  drop(session: SessionId): void {
    const client = this.#clientOf.get(session);
    if (client !== undefined) this.#byClient.delete(client);
    this.#clientOf.delete(session);
  }

  /** The id is free: takes its claim out. */
  take(client: number): Claim | undefined {
    const claim = this.#byClient.get(client);
    if (claim !== undefined) this.drop(claim.owner.id);
    return claim;
  }
}
