/**
 * Says what a flush has to say, after it is written: to each its token, the state or what has changed of it, then messages in order.
 * Rules GM51 and GM52 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { GameMessage, Timing } from "./events.ts";
import type { GameParts } from "./parts.ts";
import { type Link, type Seated, keepWaiting } from "./seated.ts";

/** What was encoded for this flush. */
export type Encoded = {
  /** States and acks of inputs go out now. */
  readonly isPatching: boolean;
  readonly states: ReadonlyMap<SessionId, Uint8Array>;
  readonly patches: ReadonlyMap<SessionId, Uint8Array>;
};

const NOTHING = new Uint8Array(0);
const NONE: ReadonlyMap<SessionId, Uint8Array> = new Map();

export class Delivery {
  readonly #parts: GameParts;
  /** Who hears the same, by what it is of the state. */
  readonly #groups = new Map<Uint8Array, Seated[]>();

  constructor(parts: GameParts) {
    this.#parts = parts;
  }

  /** Whole states for those who need one, and changes for all others who are ready. Throws where the state does not encode. */
  encode(isPatching: boolean): Encoded {
    const { codec, seats } = this.#parts;
    if (!(isPatching && codec.hasChanges) && !this.#isStateWanted()) return { isPatching, states: NONE, patches: NONE };
    const states = new Map<SessionId, Uint8Array>();
    const hasChanges = isPatching && codec.hasChanges;
    const ready = [...seats.all()].filter(({ link }) => link?.isReady === true);
    const current = ready.filter(({ link }) => link?.needsState === false).map(({ session }) => session);
    // Before whole states are encoded: what is in them is no change any more.
    const patches = hasChanges ? codec.takePatches(current) : new Map<SessionId, Uint8Array>();
    for (const { session, link } of ready) {
      if (link?.wantsState === true || (hasChanges && link?.needsState === true))
        states.set(session, codec.full(session));
    }
    return { isPatching, states, patches };
  }

  deliver(encoded: Encoded): void {
    const { seats, outgoing, moment, inputs } = this.#parts;
    for (const seated of seats.all()) if (seated.link !== undefined) this.#tell(seated, seated.link, encoded);
    this.#tellGroups();
    const { closings } = moment;
    moment.closings = [];
    for (const { session, link, reason, detail } of closings) {
      // Who still sits here has heard it above.
      const isGone = seats.get(session)?.link !== link;
      if (link.isReady && isGone) this.#send(session, link, outgoing.of(session, link.hearsFrom));
      this.#parts.options.peers.close(session, reason, detail);
    }
    outgoing.clear();
    if (encoded.isPatching) inputs.hasNews = false;
  }

  #isStateWanted(): boolean {
    for (const { link } of this.#parts.seats.all()) if (link?.isReady === true && link.wantsState) return true;
    return false;
  }

  #tell(seated: Seated, link: Link, encoded: Encoded): void {
    const { outgoing, counts } = this.#parts;
    const { session } = seated;
    if (link.handshake !== undefined) this.#send(session, link, [link.handshake]);
    link.handshake = undefined;
    const own =
      outgoing.hearsShared(session) && link.hearsFrom === 0 ? undefined : outgoing.of(session, link.hearsFrom);
    link.hearsFrom = 0;
    if (!link.isReady) {
      counts.droppedMessages += keepWaiting(link, own ?? outgoing.shared);
      return;
    }
    const body = encoded.states.get(session);
    if (body === undefined) return this.#tellChanges(seated, link, encoded, own);
    const state: GameMessage = { type: "state", body, ...this.#timing(session, link) };
    const { waiting } = link;
    link.waiting = [];
    link.needsState = false;
    link.wantsState = false;
    this.#send(session, link, [state, ...waiting, ...(own ?? outgoing.shared)]);
  }

  /** `own` where it hears something else than all. */
  #tellChanges(seated: Seated, link: Link, encoded: Encoded, own: readonly GameMessage[] | undefined): void {
    const { inputs, logic } = this.#parts;
    const { session } = seated;
    const isAckDue = logic.takesInputs && encoded.isPatching && inputs.lastUsed(session) !== link.toldInput;
    const body = encoded.patches.get(session) ?? (isAckDue ? NOTHING : undefined);
    const isShared = own === undefined && (body === undefined || !logic.takesInputs);
    if (isShared) return this.#group(body ?? NOTHING, seated);
    const patch: GameMessage[] = body === undefined ? [] : [{ type: "patch", body, ...this.#timing(session, link) }];
    if (own === undefined) {
      this.#send(session, link, patch);
      return this.#group(NOTHING, seated);
    }
    this.#send(session, link, [...patch, ...own]);
  }

  #group(body: Uint8Array, seated: Seated): void {
    const group = this.#groups.get(body);
    if (group === undefined) this.#groups.set(body, [seated]);
    else group.push(seated);
  }

  #tellGroups(): void {
    const { outgoing, options, contain } = this.#parts;
    for (const [body, group] of this.#groups) {
      const patch: readonly GameMessage[] = body === NOTHING ? [] : [{ type: "patch", body }];
      const messages = [...patch, ...outgoing.shared];
      if (messages.length === 0) continue;
      try {
        options.peers.sendToAll(
          group.map(({ session }) => session),
          messages,
        );
      } catch (error) {
        contain.count("send", error);
        for (const { link } of group) if (link !== undefined) this.#missed(link);
      }
    }
    this.#groups.clear();
  }

  #timing(session: SessionId, link: Link): { readonly timing?: Timing } {
    const { logic, inputs, moment, facts } = this.#parts;
    if (!logic.takesInputs) return {};
    const lastInput = inputs.lastUsed(session);
    link.toldInput = lastInput;
    return { timing: { serverMs: (moment.nowMs - facts.meta.createdMs) >>> 0, lastInput } };
  }

  /** What a game says may be nothing that can be encoded. */
  #send(session: SessionId, link: Link, messages: readonly GameMessage[]): void {
    if (messages.length === 0) return;
    try {
      this.#parts.options.peers.send(session, messages);
    } catch (error) {
      this.#parts.contain.count("send", error);
      this.#missed(link);
    }
  }

  /** A change may be lost with the rest: it gets all of it. */
  #missed(link: Link): void {
    link.needsState = true;
    link.wantsState = true;
    this.#parts.moment.isUrgent = true;
  }
}
