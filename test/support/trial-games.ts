/**
 * Games that the tests of rooms and lobbies play: one for each clock, and everything that a game may ask of its room.
 * @module
 */
import { schema, t } from "@colyseus/schema";
import { z } from "zod";
import type { Plain, Player } from "../../src/core/game/ports.ts";
import { Game, type GameClass, Rejected } from "../../src/games/game.ts";

const Counting = schema({ total: t.number(), scores: t.map("number"), notes: t.array("string") }, "Counting");

/** Everybody adds to one total. Runs only when something happens. */
class Counter extends Game<InstanceType<typeof Counting>> {
  static override readonly filterBy = ["mode"];
  override state = new Counting();
  override maxClients = 4;
  override maxSpectators = 2;

  constructor() {
    super();
    this.#play();
    this.#rule();
  }

  override onCreate(options: Plain): void {
    this.state.total = 0;
    if (fieldOf(options, "size") !== undefined) this.maxClients = Number(fieldOf(options, "size"));
    if (fieldOf(options, "isPrivate") === true) this.setPrivate(true);
    this.setMetadata({ mode: fieldOf(options, "mode") ?? "any" });
  }

  override onAuth(_user: { readonly userId: string }, options: Plain): boolean {
    if (fieldOf(options, "password") === "wrong") throw new Error("the password is wrong");
    return true;
  }

  override onJoin({ sessionId, isSpectator }: Player): void {
    if (!isSpectator) this.state.scores.set(sessionId, 0);
  }

  override onLeave({ sessionId }: Player): void {
    this.state.scores.delete(sessionId);
  }

  #play(): void {
    this.onMessage("add", z.number().int().min(1).max(10), ({ sessionId }, by) => {
      this.state.total += by;
      this.state.scores.set(sessionId, (this.state.scores.get(sessionId) ?? 0) + by);
    });
    this.onMessage("say", z.string(), (_player, text) => this.broadcast("said", text));
    this.onMessage("bytes", (player, bytes) => {
      if (bytes instanceof Uint8Array) player.sendBytes("bytes", bytes.toReversed());
    });
    this.onMessage("note", z.string(), (_player, note) => void this.state.notes.push(note));
    this.onRequest("total", z.unknown(), () => this.state.total);
    this.onRequest("refuse", z.unknown(), () => {
      throw new Rejected({ why: "not your turn" });
    });
    this.onRequest("break", z.unknown(), () => {
      throw new Error("the dice fell off the table");
    });
  }

  #rule(): void {
    this.onMessage("lock", () => this.lock());
    this.onMessage("unlock", () => this.unlock());
    this.onMessage("hide", z.boolean(), (_player, isHidden) => this.setPrivate(isHidden));
    this.onMessage("metadata", (_player, metadata) => {
      // SAFETY: a client of the tests sends what is plain.
      this.setMetadata(metadata as Plain);
    });
    this.onMessage("out", z.string(), (_player, sessionId) => this.players.get(sessionId)?.kick("out with you"));
    this.onMessage("ban", z.string(), (_player, userId) => this.ban(userId));
    this.onMessage("end", () => this.dispose());
  }
}

const Waiting = schema({ rounds: t.number() }, "Waiting");

/** Counts rounds by an alarm. */
class Rounds extends Game<InstanceType<typeof Waiting>> {
  static override readonly clock = "alarm" as const;
  override state = new Waiting();
  override autoDispose = false;

  constructor() {
    super();
    this.onMessage("start", z.number(), (_player, delayMs) => this.setTimer("round", delayMs));
  }

  override onCreate(): void {
    this.state.rounds = 0;
  }

  override onTimer(): void {
    this.state.rounds += 1;
  }
}

const Ticking = schema({ ticks: t.number(), moves: t.number() }, "Ticking");
const Move = schema({ by: t.number() }, "Move");

/** Twenty steps a second while somebody is active. */
class Sparks extends Game<InstanceType<typeof Ticking>> {
  static override readonly clock = { hz: 20 } as const;
  override state = new Ticking();
  override maxClients = 32;
  override idleMs = 1_500;

  constructor() {
    super();
    this.onMessage("go", () => undefined);
    this.defineInput(Move, { hz: 20 });
  }

  override onCreate(): void {
    this.state.ticks = 0;
    this.state.moves = 0;
  }

  override onInput(_player: Player, input: Plain): void {
    this.state.moves += Number(fieldOf(input, "by") ?? 0);
  }

  override onTick(): void {
    this.state.ticks += 1;
  }
}

function fieldOf(value: Plain, name: string): Plain | undefined {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

export const TRIAL_GAMES: ReadonlyMap<string, GameClass> = new Map<string, GameClass>([
  ["counter", Counter],
  ["rounds", Rounds],
  ["sparks", Sparks],
]);
