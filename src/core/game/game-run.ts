/**
 * One game in one room, from its start to its end or the next sleep.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import type { SessionId } from "../events.ts";
import { type Containment, textOf } from "./contain.ts";
import { Departures } from "./departures.ts";
import type { EngineOptions, GameCounts, GameHealth, GameKind, LiveSession, SeatFacts } from "./engine-options.ts";
import type { GameEvent, GameMessage } from "./events.ts";
import { Flusher } from "./flusher.ts";
import { healthOf } from "./health.ts";
import { RoomHost } from "./host.ts";
import { Inputs } from "./inputs.ts";
import { Intake } from "./intake.ts";
import { Joining } from "./joining.ts";
import { type SavedState, listingOf, readSaved } from "./keeper.ts";
import { Outgoing } from "./outgoing.ts";
import type { GameParts, Moment } from "./parts.ts";
import type { GameCloseReason, GameMeta, Listing, Plain } from "./ports.ts";
import { RoomFacts } from "./room-facts.ts";
import { Seats } from "./seats.ts";
import { Shapes } from "./shapes.ts";
import { TickClock } from "./tick-clock.ts";
import { Timers } from "./timers.ts";

export type RunStart = {
  readonly options: EngineOptions;
  readonly kind: GameKind;
  readonly meta: GameMeta;
  readonly isNew: boolean;
  /** Goes on over restarts. */
  readonly contain: Containment;
  readonly counts: GameCounts;
  readonly nowMs: number;
};

export class GameRun {
  readonly #parts: GameParts;
  readonly #departures: Departures;
  readonly #intake: Intake;
  readonly joining: Joining;
  readonly flusher: Flusher;

  private constructor(parts: GameParts) {
    this.#parts = parts;
    this.#departures = new Departures(parts);
    this.#intake = new Intake(parts, this.#departures);
    this.joining = new Joining(parts, this.#departures);
    this.flusher = new Flusher(parts);
  }

  /** A room that was not there. What its game throws is why it is not made. */
  static create(start: RunStart, createOptions: Plain): Result<GameRun, string> {
    const made = GameRun.#make(start, undefined);
    if (!made.ok) return made;
    const { logic, contain, moment } = made.value.#parts;
    moment.isUnsaved = true;
    const created = contain.run("onCreate", () => logic.onCreate(createOptions));
    if (!created.ok) return err(textOf(created.error));
    return moment.isEnding ? err("the game ended the room") : made;
  }

  /** A room from its rows. `live`: sockets that were open all the while. */
  static load(start: RunStart, live: readonly LiveSession[]): Result<GameRun, string> {
    const stored = start.options.store.state();
    const saved = readSaved(stored);
    if (saved === undefined) return err("its state is not there");
    const made = GameRun.#make(start, saved);
    if (!made.ok) return made;
    made.value.#seat(saved, live);
    return made;
  }

  get parts(): GameParts {
    return this.#parts;
  }

  /** What was due before comes before what happens now. */
  enter(nowMs: number): void {
    const { moment, timers, contain, logic } = this.#parts;
    // A clock that goes back makes nothing happen twice.
    moment.nowMs = Math.max(moment.nowMs, nowMs);
    // Time that nobody played in is not caught up with.
    if (!this.wantsTicks(moment.nowMs)) this.#parts.clock.pause();
    if (moment.isEnding) return;
    this.#departures.expire();
    this.#departures.dropSilent();
    for (;;) {
      const name = moment.isEnding ? undefined : timers.takeDue(moment.nowMs);
      if (name === undefined) return;
      contain.run("onTimer", () => logic.onTimer(name));
    }
  }

  receive(session: SessionId, events: readonly GameEvent[]): void {
    const seated = this.#parts.seats.get(session);
    if (seated !== undefined) for (const event of events) this.#intake.take(seated, event);
  }

  /** A socket closed. */
  close(session: SessionId): void {
    const seated = this.#parts.seats.get(session);
    if (seated === undefined || this.#parts.moment.isEnding) return;
    this.#departures.drop(seated);
  }

  /** Its socket is closed by the room. */
  disconnect(session: SessionId, reason: GameCloseReason, detail: string): void {
    const seated = this.#parts.seats.get(session);
    if (seated?.link !== undefined) this.#departures.disconnect(seated, reason, detail);
  }

  kick(isMeant: (seat: SeatFacts) => boolean, reason: string): number {
    return this.#departures.kickAll(isMeant, reason);
  }

  /** True for a room that ends with this flush: the game hears of it, and all sockets are closed. */
  prepareEnd(): boolean {
    const { moment, contain, logic, seats } = this.#parts;
    if (!moment.isEnding) return false;
    contain.run("onDispose", () => logic.onDispose());
    for (const { session, link } of seats.all()) {
      if (link !== undefined) moment.closings.push({ session, link, reason: "disposed", detail: "" });
    }
    return true;
  }

  /** All was taken back: everybody is told so at once, and with the next flush what holds. */
  startOver(message: GameMessage): void {
    const { options, seats, moment } = this.#parts;
    for (const { link } of seats.all()) if (link?.isReady === true) link.wantsState = true;
    moment.isUrgent = true;
    options.peers.sendToAll(
      this.live().map(({ session }) => session),
      [message],
    );
  }

  wantsTicks(nowMs: number): boolean {
    const { clock, seats, moment } = this.#parts;
    if (!clock.wants(nowMs) || moment.isEnding) return false;
    for (const { link, isSpectator } of seats.all()) if (link !== undefined && !isSpectator) return true;
    return false;
  }

  tickDueMs(nowMs: number): number | undefined {
    return this.wantsTicks(nowMs) ? this.#parts.clock.dueMs(nowMs) : undefined;
  }

  tick(): void {
    const { clock, moment } = this.#parts;
    if (!this.wantsTicks(moment.nowMs)) return;
    for (let steps = clock.takeSteps(moment.nowMs); steps > 0 && !moment.isEnding; steps -= 1) this.#step();
  }

  nextDueMs(): number | undefined {
    const { seats, timers } = this.#parts;
    const dueMs = Math.min(seats.dueMs, timers.dueMs);
    return dueMs === Infinity ? undefined : dueMs;
  }

  /** Undefined for a room that ends. */
  listing(): Listing | undefined {
    return this.#parts.moment.isEnding ? undefined : listingOf(this.#parts);
  }

  /** The sockets of those who sit here. */
  live(): readonly LiveSession[] {
    return [...this.#parts.seats.all()].flatMap(({ session, link }) =>
      link === undefined ? [] : [{ session, eventsPerSecond: link.eventsPerSecond }],
    );
  }

  health(nowMs: number): GameHealth {
    return healthOf(this.#parts, this.wantsTicks(nowMs));
  }

  #step(): void {
    const { seats, inputs, contain, logic, clock } = this.#parts;
    for (const seated of seats.all()) {
      for (const { input, sampledMs } of inputs.takeStep(seated.session)) {
        if (seated.link !== undefined)
          contain.run("onInput", () => logic.onInput(seated, input, logic.wantsStamps ? sampledMs : undefined));
      }
    }
    clock.noteStep(contain.run("onTick", () => logic.onTick(clock.stepMs)).ok);
  }

  static #make(start: RunStart, saved: SavedState | undefined): Result<GameRun, string> {
    const { options, kind, meta, isNew, contain, counts, nowMs } = start;
    const moment: Moment = { nowMs, isUrgent: isNew, isUnsaved: false, isEnding: false, closings: [] };
    const outgoing = new Outgoing();
    const seats = new Seats({
      tell: (session, message) => {
        if (seats.get(session)?.link !== undefined) outgoing.tell(session, message);
      },
      kick: (session, reason) => run.#departures.kick(session, reason),
    });
    const facts = new RoomFacts(meta, isNew);
    const timers = new Timers(isNew ? new Map() : options.store.timers());
    const opened = contain.run("start", () => {
      const { logic, openState } = kind.start();
      logic.attach(
        new RoomHost({ roomId: options.roomId, clock: logic.clock, seats, timers, facts, outgoing, moment }),
      );
      return { logic, codec: openState(saved?.state, migrationOf(kind, meta.version)) };
    });
    if (!opened.ok) return err(textOf(opened.error));
    const { logic, codec } = opened.value;
    const clock = new TickClock(logic.clock, logic.idleMs);
    const shared = { options, kind, seats, timers, facts, outgoing, contain, counts, moment };
    const shapes = new Shapes(codec, saved?.outdated ?? []);
    const run = new GameRun({ ...shared, logic, codec, clock, shapes, inputs: new Inputs() });
    return ok(run);
  }

  /** Everybody sits where they sat; whose socket is gone is dropped now. */
  #seat(saved: SavedState, live: readonly LiveSession[]): void {
    const { options, seats, contain, logic, moment, inputs, facts, kind, shapes } = this.#parts;
    const isMigrated = facts.meta.version !== kind.version;
    const isChanged = saved.shape === undefined ? isMigrated : saved.shape !== shapes.current;
    if (isChanged || isMigrated) moment.isUnsaved = true;
    const links = new Map(live.map((one) => [one.session, one]));
    const lastInputs = new Map(saved.inputs);
    for (const seat of options.store.seats()) {
      const seated = seats.load(seat);
      if (isChanged && seated.state !== "held") shapes.note(seat.session);
      // Patches would tell it nothing that is true: its shell sends it away.
      if (shapes.isOutdated(seat.session)) continue;
      const socket = links.get(seat.session);
      if (seated.state !== "taken" || socket === undefined) continue;
      const link = seated.connect(socket.eventsPerSecond, moment.nowMs);
      link.isReady = seated.nextTokenHash === "";
      link.toldInput = lastInputs.get(seat.session) ?? 0;
      inputs.begin(seat.session, link.toldInput);
    }
    this.flusher.noteStored();
    if (isMigrated) facts.change({ version: kind.version });
    contain.run("onRestore", () => logic.onRestore());
    for (const seated of seats.all()) if (seated.link === undefined) this.#departures.drop(seated);
  }
}

function migrationOf({ migrate, version }: GameKind, from: number): ((data: Plain) => Plain) | undefined {
  if (from === version) return undefined;
  if (migrate === undefined)
    throw new Error(`version ${from} of the game wrote this room, and version ${version} cannot read it`);
  return (data) => migrate(data, from);
}
