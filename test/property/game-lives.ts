/**
 * Random lives in a game room, beside a model of its seats and its total.
 * @module
 */
import type { GameClient } from "../support/game-client.ts";
import { GameWorld } from "../support/game-world.ts";
import type { Random } from "../support/random.ts";
import type { TallyOptions } from "../support/tally-game.ts";

export const MAX_CLIENTS = 4;
export const MAX_SPECTATORS = 2;
const HOLD_MS = 15_000;
const GRACE_MS = 40_000;
const SAVE_MS = 1_000;

export type ModelSeat = {
  state: "held" | "taken" | "dropped";
  untilMs: number;
  readonly isSpectator: boolean;
  /** It has read a token. */
  isKnown: boolean;
  /** It has said so on this socket. */
  isReady: boolean;
};

export class GameLives {
  readonly world: GameWorld;
  readonly random: Random;
  readonly isTick: boolean;
  readonly seats = new Map<GameClient, ModelSeat>();
  total = 0;
  isLocked = false;
  /** Totals as they were, for what a crash may take back. */
  #totals: { readonly atMs: number; readonly total: number }[] = [];

  constructor(random: Random, clock: TallyOptions["clock"]) {
    this.random = random;
    this.isTick = typeof clock === "object";
    this.world = new GameWorld({
      ...(clock !== undefined && { clock }),
      maxClients: MAX_CLIENTS,
      maxSpectators: MAX_SPECTATORS,
      reconnectMs: GRACE_MS,
      autoDispose: false,
    });
  }

  /** How many seats there are. */
  count(isSpectator: boolean): number {
    return [...this.seats.values()].filter((seat) => seat.isSpectator === isSpectator).length;
  }

  reserve(): { readonly isOk: boolean; readonly isExpected: boolean } {
    const isSpectator = this.random.below(4) === 0;
    const client = this.world.client(this.random.pick(["anonymous", "alice", "bob"]));
    const isFree = this.count(isSpectator) < (isSpectator ? MAX_SPECTATORS : MAX_CLIENTS);
    const isOk = this.world.reserve(client, { isSpectator }).ok;
    const untilMs = this.world.nowMs + HOLD_MS;
    if (isOk) this.seats.set(client, { state: "held", untilMs, isSpectator, isKnown: false, isReady: false });
    return { isOk, isExpected: isFree && !this.isLocked };
  }

  /** The same session once more. */
  reserveAgain(): boolean {
    const client = this.#someone();
    return client !== undefined && this.world.reserve(client).ok;
  }

  /** Connects, or comes back, also while its earlier socket is open. False where that is refused and must not be. */
  open(): boolean {
    const client = this.#someone();
    const seat = client === undefined ? undefined : this.seats.get(client);
    if (client === undefined || seat === undefined) return true;
    // Who never heard of a token has none to show.
    if (seat.state !== "held" && client.token === "") return true;
    if (!this.world.open(client, {}, seat.state === "held" ? "" : client.token).ok) return false;
    // Who shows one has one.
    seat.isKnown ||= seat.state !== "held";
    seat.state = "taken";
    seat.untilMs = 0;
    seat.isReady = false;
    if (this.random.below(6) === 0) return true;
    this.world.say(client, { type: "ready" });
    seat.isKnown = true;
    seat.isReady = true;
    return true;
  }

  /** Whoever had a seat and lost it, or never had one. True where it is let in. */
  intrude(): boolean {
    const client = this.random.pick([...this.world.clients.values(), this.world.client()]);
    const seat = this.seats.get(client);
    if (seat === undefined) return this.world.open(client).ok;
    return seat.state !== "held" && this.world.open(client, {}, "guessed").ok;
  }

  message(): void {
    const client = this.#player();
    if (client === undefined) return;
    const by = this.random.below(12);
    this.world.message(client, "add", by);
    if (by >= 1 && by <= 10) this.#count(by);
  }

  nonsense(): void {
    const client = this.#player();
    if (client === undefined) return;
    this.world.message(client, this.random.pick(["nothing", "later", "reject"]), {});
    this.world.message(client, "break");
    this.#count(1);
  }

  lock(): void {
    const client = this.#player();
    if (client === undefined) return;
    this.isLocked = !this.isLocked && this.random.below(3) === 0;
    this.world.message(client, "lock", this.isLocked);
    this.world.message(client, "commit");
  }

  /** With its line, or with a goodbye. */
  leave(): void {
    const client = this.#connected();
    if (client === undefined) return;
    if (this.random.below(4) > 0) {
      this.world.drop(client);
      this.#drop(client);
      return;
    }
    this.world.say(client, { type: "leave" });
    this.seats.delete(client);
  }

  kick(): void {
    const [client, target] = [this.#player(), this.#connected()];
    if (client === undefined || target === undefined) return;
    this.world.message(client, "kick", target.session);
    this.seats.delete(target);
  }

  /** A close event of a socket that nobody has any more. */
  closeAgain(): void {
    const gone = [...this.world.clients.values()].filter(({ isOpen }) => !isOpen);
    if (gone.length === 0) return;
    this.world.engine.close(this.random.pick(gone).session, this.world.nowMs);
    this.world.settle();
  }

  wait(ms: number): void {
    this.world.wait(ms);
    this.#expire();
  }

  sleep(): void {
    if (!this.world.isAsleepable) return;
    this.world.sleep(this.random.below(4) === 0 ? this.random.below(60_000) : 20);
    this.#expire();
  }

  /** The least that storage must still have. */
  crash(): { readonly leastTotal: number; readonly mostTotal: number } {
    const { nowMs } = this.world;
    const sure = this.#totals.findLast(({ atMs }) => atMs <= nowMs - SAVE_MS - 50)?.total ?? 0;
    const seen = Math.max(0, ...[...this.world.clients.values()].map(({ state }) => Number(state?.["total"] ?? 0)));
    const leastTotal = this.isTick ? sure : seen;
    const mostTotal = this.total;
    this.world.crash();
    for (const [client, { state }] of this.seats) if (state === "taken") this.#drop(client);
    this.takeStored();
    return { leastTotal, mostTotal };
  }

  /** A state that cannot be said: all since the last flush is taken back. */
  spoil(): void {
    const client = this.#player();
    if (client === undefined) return;
    this.world.say(
      client,
      { type: "message", name: "spoil", payload: null },
      { type: "message", name: "commit", payload: null },
    );
    this.takeStored();
  }

  /** A disk that is full for a moment: everybody is to come again. */
  fail(): void {
    const client = this.#player();
    if (client === undefined) return;
    this.world.store.failures = 1;
    this.world.message(client, "commit");
    this.world.store.failures = 0;
    this.world.settle();
    for (const [one, { state }] of this.seats) if (state === "taken") this.#drop(one);
    this.takeStored();
  }

  /** What is stored is what is. */
  takeStored(): void {
    this.total = Number(this.world.stored()?.["total"] ?? 0);
    this.isLocked = this.world.store.meta()?.isLocked ?? false;
    this.#totals = [{ atMs: -Infinity, total: this.total }];
  }

  #count(by: number): void {
    this.total += by;
    this.#totals.push({ atMs: this.world.nowMs, total: this.total });
    if (this.#totals.length > 1_000) this.#totals.splice(0, 500);
  }

  #drop(client: GameClient): void {
    const seat = this.seats.get(client);
    if (seat === undefined) return;
    seat.state = "dropped";
    seat.untilMs = this.world.nowMs + (seat.isKnown ? GRACE_MS : HOLD_MS);
  }

  #expire(): void {
    for (const [client, { state, untilMs }] of this.seats) {
      if (state !== "taken" && untilMs <= this.world.nowMs) this.seats.delete(client);
    }
  }

  #someone(): GameClient | undefined {
    return this.seats.size === 0 ? undefined : this.random.pick([...this.seats.keys()]);
  }

  #connected(): GameClient | undefined {
    const clients = [...this.seats].filter(([, { state }]) => state === "taken").map(([client]) => client);
    return clients.length === 0 ? undefined : this.random.pick(clients);
  }

  #player(): GameClient | undefined {
    const clients = [...this.seats].filter(([, { state, isSpectator }]) => state === "taken" && !isSpectator);
    return clients.length === 0 ? undefined : this.random.pick(clients.map(([client]) => client));
  }
}
