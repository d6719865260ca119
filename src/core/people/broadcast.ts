/**
 * What a room tells its sockets, how much and how often: its size, its pace, its counts, and the flush that says it all.
 * Rules PP7–PP10, PP15, PP17–PP19 and PP27.
 * @module
 */
import type { ActorId, Pace, PresenceServerMessage, RoomSize } from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import type { Connection } from "./connection.ts";
import type { Differences } from "./difference.ts";
import { EventQueue } from "./event-queue.ts";
import { TOLD_BYTES } from "./fair-share.ts";
import { type Paces, flushHz, isNotable, paceMessage, pacesFor } from "./pace.ts";
import type { PeopleOptions } from "./ports.ts";
import { SIZE_BOUNDS, type SizeBounds, sizeFor } from "./room-size.ts";
import type { Roster, RosterCounts } from "./roster.ts";
import { SampledTelling } from "./sampled-telling.ts";
import { SPEAKERS } from "./speakers.ts";
import { type Messages, tellAll, tellCounts } from "./telling.ts";
import { type Audience, Told } from "./told.ts";

/** Rooms that are not full in detail say counts and tallies once in so long: counts are wrong for no longer. */
export const REPORT_MS = 1_000;
/** Dropped messages of a socket are reported to it once in so long. */
const DROPS_MS = 5_000;

const NO_DIFFERENCES: Differences = { changed: new Map(), left: [] };
const EVERYBODY: Audience = () => true;

export class Broadcast {
  readonly #options: PeopleOptions;
  readonly #bounds: SizeBounds;
  readonly #roster: Roster;
  readonly #told: Told;
  readonly #sampled: SampledTelling;
  readonly #events = new EventQueue();
  readonly #settled = new Map<SessionId, Connection>();
  readonly #newcomers = new Map<SessionId, Connection>();
  #size: RoomSize = "full";
  #paces: Paces | undefined;
  /** What everybody was told last. */
  #toldCounts: RosterCounts = { people: 0, connections: 0 };
  /** Some newcomer was told other counts. */
  #areCountsMixed = false;
  #reportedMs = -Infinity;
  /** What was told before a sleep is not known. */
  #needsReset = false;

  constructor(options: PeopleOptions, roster: Roster) {
    this.#options = options;
    this.#bounds = options.bounds ?? SIZE_BOUNDS;
    this.#roster = roster;
    this.#told = new Told(options.toldBytes ?? TOLD_BYTES);
    const { peers, speakers = SPEAKERS } = options;
    this.#sampled = new SampledTelling({ roster, peers, told: this.#told, speakers });
  }

  get size(): RoomSize {
    return this.#size;
  }

  /** Flushes a second. */
  get flushHz(): number {
    return flushHz(this.#size, this.#sockets, this.#options.framesPerSecond);
  }

  /** Somebody new: what it hears at once. Who is here follows with the next flush. */
  admit(connection: Connection): Messages {
    this.#paces ??= this.#currentPaces();
    const rates = this.#paces.other;
    connection.rates.setPace(rates.cursor);
    this.#areCountsMixed ||= this.#haveCountsChanged;
    // Where only counts are told, these are all there is to know.
    (this.#size === "count" ? this.#settled : this.#newcomers).set(connection.id, connection);
    return [paceMessage(this.#size, rates, 0), this.#countsMessage()];
  }

  /** Somebody who is somebody else from here on, and forgets everybody. */
  readmit(connection: Connection): void {
    if (this.#size !== "count" && this.#settled.delete(connection.id)) this.#newcomers.set(connection.id, connection);
  }

  /** Somebody who was here before a sleep. */
  restore(connection: Connection): void {
    this.#settled.set(connection.id, connection);
  }

  /** Everybody is back. In a room that tells everybody of everybody, that is what was told. */
  wake(): void {
    const { people } = this.#roster.counts();
    this.#size = sizeFor("full", people, this.#bounds);
    this.#needsReset = people > this.#bounds.fullAgain;
    this.#paces = this.#currentPaces();
    for (const { rates } of this.#settled.values()) rates.setPace(this.#paces.speaker.cursor);
    this.#told.remember(this.#roster.members());
    this.#roster.takeChanges();
    this.#toldCounts = this.#roster.counts();
  }

  drop(id: SessionId): void {
    this.#settled.delete(id);
    this.#newcomers.delete(id);
  }

  /** Somebody looks elsewhere, or follows somebody else. */
  noteView(): void {
    if (this.#size === "sampled") this.#sampled.noteChange();
  }

  /** False where it is dropped. */
  raise(actor: ActorId, name: string, json: string): boolean {
    return this.#events.add({ type: "event", actor, name, json }, this.#size);
  }

  /** Something can be told now. */
  hasPending(nowMs: number): boolean {
    if (this.#newcomers.size > 0 || this.#nextSize() !== this.#size) return true;
    if (this.#isReportWanted && nowMs >= this.#reportDueMs) return true;
    if (this.#size === "count") return false;
    if (this.#roster.hasChanges || !this.#events.isEmpty) return true;
    return nowMs >= Math.min(this.#sampled.dueMs, this.#told.dueMs);
  }

  /** When something can be told that must wait; Infinity when nothing does. */
  get dueMs(): number {
    const reportMs = this.#isReportWanted ? this.#reportDueMs : Infinity;
    return Math.min(reportMs, this.#sampled.dueMs, this.#told.dueMs);
  }

  /** One frame to each who has something to hear. */
  flush(nowMs: number): void {
    const size = this.#nextSize();
    const isReset = size !== this.#size || this.#needsReset;
    const isReport = isReset || size === "full" || nowMs >= this.#reportDueMs;
    const opening = this.#open(size, isReset);
    const differences = this.#takeDifferences(isReset, nowMs);
    const events = size === "count" && !isReport ? [] : this.#events.take(size, nowMs);
    const counts = isReset || (this.#haveCountsChanged && isReport) ? [this.#countsMessage()] : [];
    if (counts.length > 0 || (events.length > 0 && size === "count")) this.#reportedMs = nowMs;
    if (counts.length > 0) {
      this.#toldCounts = this.#roster.counts();
      this.#areCountsMixed = false;
    }
    const settled = [...this.#settled.values()];
    const newcomers = [...this.#newcomers.values()];
    for (const newcomer of newcomers) this.#settled.set(newcomer.id, newcomer);
    this.#newcomers.clear();
    const flush = { opening, isReset, differences, events, counts, settled, newcomers, nowMs };
    const { peers } = this.#options;
    if (size === "full") tellAll(flush, this.#told, { peers, roster: this.#roster });
    else if (size === "count") tellCounts(flush, peers);
    else this.#sampled.tell(flush, this.#paces ?? this.#currentPaces());
  }

  /** What one should know of its own messages that were dropped or refused, now and then. */
  dropReport(connection: Connection, nowMs: number): Messages {
    const { dropped, refused } = connection;
    const isNews = dropped > 0 || refused !== undefined;
    if (!isNews || nowMs - connection.reportedMs < DROPS_MS) return [];
    connection.dropped = 0;
    connection.refused = undefined;
    connection.reportedMs = nowMs;
    return this.#paceOf(connection, dropped, refused === undefined ? {} : { refused });
  }

  /** The question that it has to answer. */
  question(connection: Connection): Messages {
    return this.#paceOf(connection, 0, { ask: connection.reading.question });
  }

  #paceOf({ isSpeaker }: Connection, dropped: number, more: Pick<Pace, "refused" | "ask">): Messages {
    const { speaker, other } = this.#paces ?? this.#currentPaces();
    return [paceMessage(this.#size, isSpeaker ? speaker : other, dropped, more)];
  }

  get #sockets(): number {
    return this.#settled.size + this.#newcomers.size;
  }

  get #haveCountsChanged(): boolean {
    const { people, connections } = this.#roster.counts();
    return this.#areCountsMixed || people !== this.#toldCounts.people || connections !== this.#toldCounts.connections;
  }

  /** Counts, or where no events are passed on their tallies, wait to be told. */
  get #isReportWanted(): boolean {
    return this.#haveCountsChanged || (this.#size === "count" && !this.#events.isEmpty);
  }

  get #reportDueMs(): number {
    return this.#size === "full" ? -Infinity : this.#reportedMs + REPORT_MS;
  }

  #nextSize(): RoomSize {
    return sizeFor(this.#size, this.#roster.counts().people, this.#bounds);
  }

  #currentPaces(size = this.#size): Paces {
    return pacesFor(size, this.#sockets, this.#options.framesPerSecond);
  }

  #countsMessage(): PresenceServerMessage {
    return { type: "counts", ...this.#roster.counts() };
  }

  /** What comes before all else: another size, another pace. */
  #open(size: RoomSize, isReset: boolean): Messages {
    this.#size = size;
    this.#needsReset = false;
    const paces = this.#currentPaces(size);
    const isNews = isReset || this.#paces === undefined || isNotable(this.#paces, paces);
    if (!isNews) return [];
    this.#paces = paces;
    for (const { rates } of [...this.#settled.values(), ...this.#newcomers.values()]) rates.setPace(paces.other.cursor);
    const pace = paceMessage(size, paces.other, 0);
    return isReset ? [{ type: "reset" }, pace] : [pace];
  }

  #takeDifferences(isReset: boolean, nowMs: number): Differences {
    const changes = this.#roster.takeChanges();
    if (isReset || this.#size !== "sampled") this.#sampled.forget();
    if (this.#size === "count") this.#told.forget();
    else if (isReset) this.#told.reset(this.#roster.members());
    else {
      if (this.#size === "sampled" && changes.changed.size + changes.left.length > 0) this.#sampled.noteChange();
      const isShown = this.#size === "full" ? EVERYBODY : this.#sampled.audience(this.#settled.values());
      return this.#told.take(changes, isShown, nowMs);
    }
    return NO_DIFFERENCES;
  }
}
