/**
 * Everybody in a room as they were told of last. Where that is more than a room tells, faces, states and typing marks wait, and the
 * last of each is told; cursors and statuses do not. Rules PP4 and PP27.
 * @module
 */
import type { Rate } from "../../protocol/limits.ts";
import type { ActorId, PresenceServerMessage } from "../../protocol/presence-messages.ts";
import { type Differences, bytesOf, difference, isHeavier, personOf, withoutHeavy } from "./difference.ts";
import { FairShare } from "./fair-share.ts";
import type { Member, PersonView, RosterChanges } from "./roster.ts";

/** Whom some listener hears of: what nobody hears costs nothing. */
export type Audience = (actor: ActorId) => boolean;

export class Told {
  readonly #share: FairShare;
  #views = new Map<ActorId, PersonView>();
  #waiting = new Map<ActorId, Member>();

  constructor(rate: Rate) {
    this.#share = new FairShare(rate);
  }

  get views(): ReadonlyMap<ActorId, PersonView> {
    return this.#views;
  }

  /** When something that waits can be told; Infinity when nothing does. */
  get dueMs(): number {
    return this.#waiting.size === 0 ? Infinity : this.#share.dueMs;
  }

  /** As if everybody had been told of everybody. */
  reset(members: Iterable<Member>): void {
    this.forget();
    this.remember(members);
  }

  /** As if everybody had been told of all but those who wait. */
  remember(members: Iterable<Member>): void {
    for (const member of members) if (!this.#waiting.has(member.actor)) this.#views.set(member.actor, member.view());
  }

  forget(): void {
    this.#views = new Map();
    this.#waiting = new Map();
    this.#share.clear();
  }

  /** What there is to tell now, which counts as told from here on. */
  take({ changed, left }: RosterChanges, isShown: Audience, nowMs: number): Differences {
    for (const actor of left) this.#waiting.delete(actor);
    const members = this.#waiting;
    for (const member of changed) members.set(member.actor, member);
    const heavy = this.#weigh(members, isShown, nowMs);
    const told = this.#share.choose(heavy, this.#views.size, nowMs);
    this.#waiting = new Map();
    const differences = new Map<ActorId, readonly PresenceServerMessage[]>();
    for (const [actor, member] of members) {
      const mustWait = heavy.has(actor) && !told.has(actor);
      if (mustWait) this.#waiting.set(actor, member);
      const before = this.#views.get(actor);
      const after = mustWait ? withoutHeavy(before, member.view()) : member.view();
      // Nobody has heard of it yet.
      if (after === undefined) continue;
      const messages = difference(actor, before, after);
      this.#views.set(actor, after);
      if (messages.length > 0) differences.set(actor, messages);
    }
    return { changed: differences, left: left.filter((actor) => this.#views.delete(actor)) };
  }

  /** Everybody as they were told of, from the start. */
  everybody(): readonly PresenceServerMessage[] {
    return [...this.#views].map(([actor, view]) => personOf(actor, view));
  }

  /** Who says something that may have to wait, and how much; that is not known while nothing may be told. */
  #weigh(members: ReadonlyMap<ActorId, Member>, isShown: Audience, nowMs: number): ReadonlyMap<ActorId, number> {
    const heavy = new Map<ActorId, number>();
    const isOpen = this.#share.isOpen(nowMs);
    for (const [actor, member] of members) {
      const [before, after] = [this.#views.get(actor), member.view()];
      if (!isShown(actor) || !isHeavier(before, after)) continue;
      heavy.set(actor, isOpen ? bytesOf(difference(actor, before, after)) : 0);
    }
    return heavy;
  }
}
