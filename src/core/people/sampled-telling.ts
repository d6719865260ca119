/**
 * One flush to the sockets of a room that shows each of them a sample: the same bytes for all who look at one zone, and
 * a few own ones for who has moved on, follows somebody, or is shown from now on. Rules PP16 and PP27.
 * @module
 */
import type { ActorId, PresenceServerMessage } from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import type { Connection } from "./connection.ts";
import { bytesOf, personOf } from "./difference.ts";
import { type Paces, paceMessage } from "./pace.ts";
import type { PresencePeers } from "./ports.ts";
import type { Roster } from "./roster.ts";
import { RESAMPLE_MS, type Sample, admitSpeakers, chooseSpeakers } from "./speakers.ts";
import { type Flush, type Messages, idsOf } from "./telling.ts";
import type { Audience, Told } from "./told.ts";
import type { Zone } from "./zones.ts";

type SampledRoom = {
  readonly roster: Roster;
  readonly peers: PresencePeers;
  readonly told: Told;
  readonly speakers: number;
};

const NOBODY: Sample = new Set();

export class SampledTelling {
  readonly #room: SampledRoom;
  #samples = new Map<Zone, Sample>();
  #sampledMs = -Infinity;
  #isStale = false;

  constructor(room: SampledRoom) {
    this.#room = room;
  }

  /** Others may have to be shown than are. */
  noteChange(): void {
    this.#isStale = true;
  }

  /** When samples are chosen again; Infinity while nothing changes. */
  get dueMs(): number {
    return this.#isStale ? this.#sampledMs + RESAMPLE_MS : Infinity;
  }

  forget(): void {
    this.#samples = new Map();
    this.#isStale = false;
  }

  /** Whom one of these is shown. */
  audience(connections: Iterable<Connection>): Audience {
    const shown = this.#speaking(connections);
    return (actor) => shown.has(actor);
  }

  tell(flush: Flush, paces: Paces): void {
    const { isReset, settled, newcomers, nowMs } = flush;
    if (isReset) {
      this.#samples = new Map();
      for (const connection of settled) connection.toldZone = undefined;
    }
    const known = isReset ? [] : settled;
    const fresh = isReset ? [...settled, ...newcomers] : newcomers;
    const isDue = isReset || nowMs >= this.dueMs;
    const before = this.#samples;
    this.#samples = this.#choose({ known, fresh, isDue, left: new Set(flush.differences.left), nowMs });
    const own = new Map<SessionId, PresenceServerMessage[]>();
    const groups = [...Map.groupBy(known, ({ toldZone, zone }) => toldZone ?? zone)].map(([zone, group]) => ({
      group,
      messages: this.#changes(flush, before.get(zone) ?? NOBODY, this.#sample(zone)),
    }));
    for (const [zone, group] of Map.groupBy(fresh, ({ zone: at }) => at)) {
      const messages = [
        ...flush.opening,
        ...this.#persons(this.#sample(zone)),
        ...(isReset ? flush.events : []),
        ...flush.counts,
      ];
      groups.push({ group, messages });
      for (const connection of group) Object.assign(connection, { toldZone: zone, toldExtra: 0, isSpeaker: false });
    }
    if (isDue) this.#moveOn(known, own);
    this.#follow([...known, ...fresh], flush, own);
    this.#pace([...known, ...fresh], flush, paces, own);
    for (const { group, messages } of groups) this.#send(group, messages, own);
  }

  #sample(zone: Zone): Sample {
    return this.#samples.get(zone) ?? NOBODY;
  }

  /** Whom each zone is shown from here on. */
  #choose(flush: {
    readonly known: readonly Connection[];
    readonly fresh: readonly Connection[];
    readonly isDue: boolean;
    readonly left: ReadonlySet<ActorId>;
    readonly nowMs: number;
  }): Map<Zone, Sample> {
    const { known, fresh, isDue, left, nowMs } = flush;
    const everybody = [...known, ...fresh];
    const zones = new Set(everybody.map(({ toldZone, zone }) => toldZone ?? zone));
    if (isDue) for (const { zone } of known) zones.add(zone);
    const samples = new Map<Zone, Sample>();
    let isWhole = true;
    for (const zone of zones) {
      const current = this.#samples.get(zone);
      if (current !== undefined && !isDue) {
        samples.set(zone, left.size === 0 ? current : without(current, left));
        continue;
      }
      const followers = countFollowers(everybody, zone);
      const { roster, speakers } = this.#room;
      const choice = { zone, current: current ?? NOBODY, followers, speakers, nowMs };
      const chosen = chooseSpeakers(roster.members(), choice);
      // Who looks at a zone first is told all of it.
      const admitted = current === undefined ? chosen : this.#admit(chosen, without(current, left));
      isWhole &&= admitted === chosen;
      samples.set(zone, admitted);
    }
    if (isDue) {
      this.#sampledMs = nowMs;
      this.#isStale = !isWhole;
    }
    return samples;
  }

  /** The same set where all may come. */
  #admit(chosen: Sample, current: Sample): Sample {
    const admitted = admitSpeakers(chosen, current, (actor) => bytesOf(this.#person(actor)));
    return [...chosen].every((actor) => admitted.has(actor)) ? chosen : admitted;
  }

  #changes({ opening, differences, events, counts }: Flush, before: Sample, after: Sample): Messages {
    const messages = [...opening];
    for (const actor of after) {
      if (!before.has(actor)) messages.push(...this.#person(actor));
      else messages.push(...(differences.changed.get(actor) ?? []));
    }
    messages.push(...events);
    for (const actor of before) if (!after.has(actor)) messages.push({ type: "left", actor });
    return [...messages, ...counts];
  }

  /** Who looks at another zone than before is told the difference; the same for all who went the same way. */
  #moveOn(known: readonly Connection[], own: Map<SessionId, PresenceServerMessage[]>): void {
    const ways = new Map<string, Messages>();
    for (const connection of known) {
      const { toldZone, zone } = connection;
      if (toldZone === zone || toldZone === undefined) continue;
      const way = `${toldZone} ${zone}`;
      const [from, to] = [this.#sample(toldZone), this.#sample(zone)];
      const left = [...without(from, to)].map((actor) => ({ type: "left", actor }) as const);
      const messages = ways.get(way) ?? [...left, ...this.#persons(without(to, from))];
      ways.set(way, messages);
      own.set(connection.id, [...messages]);
      connection.toldZone = zone;
    }
  }

  /** Whom one follows is shown in any case. */
  #follow(connections: readonly Connection[], flush: Flush, own: Map<SessionId, PresenceServerMessage[]>): void {
    const { views } = this.#room.told;
    for (const connection of connections) {
      const { id, follows, actor, toldZone, toldExtra: before } = connection;
      if (follows === 0 && before === 0) continue;
      const sample = this.#sample(toldZone ?? connection.zone);
      const isBeyond = follows !== actor && views.has(follows) && !sample.has(follows);
      const after = isBeyond ? follows : 0;
      // Who was shown in the zone it comes from stays shown.
      const messages = (own.get(id) ?? []).filter((message) => message.type !== "left" || message.actor !== after);
      // It may have come into the zone that is left just now: then its leave is said already.
      const isGone = before !== 0 && before !== after && !sample.has(before);
      if (isGone && !messages.some((message) => isLeaveOf(message, before)))
        messages.push({ type: "left", actor: before });
      if (after !== 0 && after === before) messages.push(...(flush.differences.changed.get(after) ?? []));
      else if (after !== 0) messages.push(...this.#person(after));
      connection.toldExtra = after;
      own.set(id, messages);
    }
  }

  /** Those who are shown send more often than those who are not. */
  #pace(
    connections: readonly Connection[],
    flush: Flush,
    paces: Paces,
    own: Map<SessionId, PresenceServerMessage[]>,
  ): void {
    const speaking = this.#speaking(connections);
    const isNews = flush.opening.some(({ type }) => type === "pace");
    for (const connection of connections) {
      const isSpeaker = speaking.has(connection.actor);
      if (isSpeaker === connection.isSpeaker && !(isSpeaker && isNews)) continue;
      connection.isSpeaker = isSpeaker;
      const rates = isSpeaker ? paces.speaker : paces.other;
      connection.rates.setPace(rates.cursor);
      own.set(connection.id, [...(own.get(connection.id) ?? []), paceMessage("sampled", rates, 0)]);
    }
  }

  #speaking(connections: Iterable<Connection>): ReadonlySet<ActorId> {
    const speaking = new Set<ActorId>();
    for (const sample of this.#samples.values()) for (const actor of sample) speaking.add(actor);
    for (const { toldExtra } of connections) if (toldExtra !== 0) speaking.add(toldExtra);
    return speaking;
  }

  #send(group: readonly Connection[], messages: Messages, own: ReadonlyMap<SessionId, Messages>): void {
    const { peers } = this.#room;
    if (messages.length > 0) return peers.sendToAll(idsOf(group), messages, own);
    for (const { id } of group) {
      const alone = own.get(id) ?? [];
      if (alone.length > 0) peers.send(id, alone);
    }
  }

  #persons(actors: Iterable<ActorId>): Messages {
    return [...actors].flatMap((actor) => this.#person(actor));
  }

  #person(actor: ActorId): Messages {
    const view = this.#room.told.views.get(actor);
    return view === undefined ? [] : [personOf(actor, view)];
  }
}

function isLeaveOf(message: PresenceServerMessage, actor: ActorId): boolean {
  return message.type === "left" && message.actor === actor;
}

function countFollowers(connections: readonly Connection[], zone: Zone): ReadonlyMap<ActorId, number> {
  const followers = new Map<ActorId, number>();
  for (const { follows, zone: looksAt } of connections) {
    if (follows !== 0 && looksAt === zone) followers.set(follows, (followers.get(follows) ?? 0) + 1);
  }
  return followers;
}

function without(sample: Sample, others: Sample): Sample {
  return new Set([...sample].filter((actor) => !others.has(actor)));
}
