/**
 * The example game of the engine's tests: everybody adds to one total. It writes down what its room asks of it.
 * @module
 */
import { schema, t } from "@colyseus/schema";
import { z } from "zod";
import type { GameKind } from "../../src/core/game/engine-options.ts";
import type { GameClock, Plain, Player } from "../../src/core/game/ports.ts";
import { Game, Rejected } from "../../src/games/game.ts";
import { type Fields, PlainGameState } from "./plain-game-state.ts";

const TallyState = schema(
  { total: t.number(), ticks: t.number(), scores: t.map("number"), names: t.array("string") },
  "Tally",
);
const Step = schema({ by: t.number() }, "Step");

export type TallyOptions = {
  readonly clock?: GameClock;
  readonly version?: number;
  readonly migrate?: GameKind["migrate"];
  readonly maxClients?: number;
  readonly maxSpectators?: number;
  readonly reconnectMs?: number;
  readonly autoDispose?: boolean;
  readonly patchMs?: number;
  readonly takesInputs?: boolean;
  readonly wantsStamps?: boolean;
  /** Hooks that throw. */
  readonly throws?: ReadonlySet<string>;
  /** It takes messages of any name, and fails. */
  readonly takesAnything?: boolean;
  /** Methods that answer with a promise, which fails. */
  readonly late?: readonly string[];
  /** What {@link Tally} was asked, in order. */
  readonly journal?: string[];
  /** What its codec was told of sessions. */
  readonly codecCalls?: string[];
};

export class Tally extends Game<InstanceType<typeof TallyState>> {
  override state = new TallyState();
  readonly #options: TallyOptions;

  constructor(options: TallyOptions) {
    super();
    this.#options = options;
    this.maxClients = options.maxClients ?? 4;
    this.maxSpectators = options.maxSpectators ?? 2;
    this.reconnectMs = options.reconnectMs ?? 60_000;
    this.autoDispose = options.autoDispose ?? true;
    this.patchMs = options.patchMs ?? 50;
    if (options.takesInputs === true) this.defineInput(Step, { hz: 20, stamps: options.wantsStamps === true });
    for (const hook of options.late ?? [])
      Reflect.set(this, hook, async () => await Promise.reject(new Error("too late")));
    if (options.takesAnything === true) {
      this.onMessage("*", (_player, _payload, name) => {
        throw new Error(`what is ${name}?`);
      });
    }
    this.#playing();
    this.#ruling();
  }

  override get clock(): GameClock {
    return this.#options.clock ?? "event";
  }

  override onCreate(options: Plain): void {
    this.#note("create", JSON.stringify(options));
    this.state.total = 0;
    this.state.ticks = 0;
  }

  override onRestore(): void {
    this.#note("restore");
  }

  override onAuth({ userId }: { readonly userId: string }, options: Plain): boolean {
    this.#note("auth", userId);
    if (options === "the last one") this.lock();
    return options !== "wrong password";
  }

  override onJoin(player: Player, options: Plain): void {
    this.#note("join", player.sessionId, JSON.stringify(options));
    this.state.scores.set(player.sessionId, 0);
    player.send("hello", player.userId);
    if (options === "out") player.kick("not you");
  }

  override onDrop({ sessionId }: Player): void {
    this.#note("drop", sessionId);
  }

  override onReconnect({ sessionId }: Player): void {
    this.#note("reconnect", sessionId);
  }

  override onLeave({ sessionId }: Player, isConsented: boolean): void {
    this.#note("leave", sessionId, isConsented ? "consented" : "lost");
    this.state.scores.delete(sessionId);
  }

  override onInput({ sessionId }: Player, input: Plain, sampledMs?: number): void {
    this.#note("input", sessionId, ...(sampledMs === undefined ? [] : [`of ${sampledMs}`]));
    const by = typeof input === "object" && input !== null && "by" in input ? input.by : 0;
    this.#add(sessionId, Number(by));
  }

  override onTick(): void {
    this.state.ticks += 1;
    this.#note("tick");
  }

  override onTimer(name: string): void {
    this.#note("timer", name);
    this.state.names.push(name);
  }

  override onDispose(): void {
    this.#note("dispose");
  }

  fields(): Fields {
    const { total, ticks, scores, names } = this.state;
    // What a codec does with a number that is none.
    if (Number.isNaN(total)) throw new TypeError("total is no number");
    return { total, ticks, scores: Object.fromEntries(scores.entries()), names: [...names] };
  }

  load(saved: Plain): void {
    const state = new TallyState();
    // SAFETY: `fields` wrote it.
    const { total, ticks, scores, names } = saved as { total: number; ticks: number; scores: object; names: string[] };
    Object.assign(state, { total, ticks });
    for (const [name, score] of Object.entries(scores)) state.scores.set(name, Number(score));
    state.names.push(...names);
    this.bindState(state, () => ({ add: () => true, remove: () => true }));
  }

  #playing(): void {
    this.onMessage("add", z.number().int().min(1).max(10), ({ sessionId }, by) => this.#add(sessionId, by));
    this.onMessage("say", (player, text) => this.broadcast("said", text, player));
    this.onMessage("collect", (_, text) => this.gather("collected", text));
    this.onMessage("shout", (_, text) => this.broadcast("said", text));
    this.onMessage("note", (player, data) => {
      // SAFETY: the tests of what is no plain data need that.
      player.data = data as Plain;
    });
    this.onMessage("name", z.string(), (_, name) => void this.state.names.push(name));
    this.onMessage("blob", (player, bytes) => {
      if (bytes instanceof Uint8Array) player.sendBytes("blob", bytes);
    });
    this.onRequest("total", z.undefined(), () => this.state.total);
    this.onMessage("reject", () => {
      throw new Rejected({ why: "not your turn" });
    });
    this.onMessage("break", () => {
      this.state.total += 1;
      throw new Error("the dice fell off the table");
    });
    this.onMessage("later", async () => await Promise.resolve(1));
    this.onMessage("spoil", () => (this.state.total = Number.NaN));
  }

  #ruling(): void {
    this.onMessage("kick", z.string(), (_, session) => this.players.get(session)?.kick("go"));
    this.onMessage("ban", z.string(), (_, user) => this.ban(user));
    this.onMessage("lock", z.boolean(), (_, isLocked) => (isLocked ? this.lock() : this.unlock()));
    this.onMessage("hide", () => this.setPrivate(true));
    this.onMessage("describe", (_, metadata) => this.setMetadata(String(metadata)));
    this.onMessage("timer", z.object({ name: z.string(), ms: z.number() }), (_, { name, ms }) =>
      this.setTimer(name, ms),
    );
    this.onMessage("no-timer", z.string(), (_, name) => this.clearTimer(name));
    this.onMessage("commit", () => this.commit());
    this.onMessage("end", () => this.dispose());
  }

  #add(session: string, by: number): void {
    this.state.total += by;
    this.state.scores.set(session, (this.state.scores.get(session) ?? 0) + by);
  }

  #note(hook: string, ...details: readonly string[]): void {
    this.#options.journal?.push([hook, ...details].join(" "));
    if (this.#options.throws?.has(hook) === true) throw new Error(`${hook} is broken`);
  }
}

export function tallyKind(options: TallyOptions): GameKind {
  return {
    name: "tally",
    version: options.version ?? 1,
    migrate: options.migrate,
    start: () => {
      const game = new Tally(options);
      return {
        logic: game,
        openState: (saved, migrate) => {
          if (saved !== undefined) game.load(migrate === undefined ? saved : migrate(saved));
          return new PlainGameState(() => game.fields(), options.codecCalls);
        },
      };
    },
  };
}
