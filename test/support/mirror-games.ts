/**
 * Games that say after each change what their state is, for clients to compare with what they have decoded.
 * @module
 */
import { schema, t } from "@colyseus/schema";
import { z } from "zod";
import type { GameClock, Plain, Player } from "../../src/core/game/ports.ts";
import { Game, type GameClass } from "../../src/games/game.ts";
import { ToyBox, play } from "../property/colyseus-toys.ts";
import { type Truth, pictureText } from "./mirror-picture.ts";
import { Random } from "./random.ts";

/** `pushed` is what players pushed: random play leaves it alone. */
export const MirrorBox = ToyBox.extend({ turn: t.uint32(), pushed: t.float64() }, "MirrorBox");

/** Anybody has random play made on the state. */
class Mirror extends Game<InstanceType<typeof MirrorBox>> {
  override state = new MirrorBox();
  override maxClients = 8;
  override patchMs = 0;

  constructor() {
    super();
    this.onMessage("play", z.object({ seed: z.number().int(), steps: z.number().int() }), (_player, { seed, steps }) =>
      this.#play(seed, steps),
    );
    this.onRequest("turn", z.unknown(), () => this.state.turn);
    this.onMessage("break", z.unknown(), () => {
      this.state.u8 = 9;
      this.#tell();
      throw new Error("in the middle of a turn");
    });
  }

  override onCreate(): void {
    this.state.turn = 0;
  }

  override onJoin({ sessionId }: Player): void {
    this.#note(sessionId, 1);
  }

  override onDrop({ sessionId }: Player): void {
    this.#note(sessionId, -1);
  }

  override onReconnect({ sessionId }: Player): void {
    this.#note(sessionId, 2);
  }

  override onLeave({ sessionId }: Player): void {
    this.state.scores.delete(sessionId);
    this.#tell();
  }

  #play(seed: number, steps: number): void {
    const random = new Random(seed);
    for (let step = 0; step < steps; step += 1) play(this.state, random);
    this.#tell();
  }

  #note(session: string, score: number): void {
    this.state.scores.set(session, score);
    this.#tell();
  }

  #tell(): void {
    this.state.turn += 1;
    tellTruth(this.state, (truth) => this.broadcast("truth", truth));
  }
}

const MirrorPush = schema({ seed: t.uint32(), x: t.float64() }, "MirrorPush");

/** Twenty times a second something changes; what players push is a part of it. */
class MirrorTick extends Game<InstanceType<typeof MirrorBox>> {
  static override readonly clock: GameClock = { hz: 20 };
  override state = new MirrorBox();
  override maxClients = 8;
  override idleMs = 2_000;
  /** A word about a state comes with that state. */
  override patchMs = 0;
  readonly #random = new Random(1);

  constructor() {
    super();
    this.defineInput(MirrorPush, { hz: 20 });
    this.onMessage("go", () => undefined);
    this.onMessage("break", () => {
      throw new Error("in the middle of a tick");
    });
    this.onRequest("turn", z.unknown(), () => this.state.turn);
  }

  override onCreate(): void {
    this.state.turn = 0;
    this.state.pushed = 0;
  }

  override onInput(_player: Player, input: Plain): void {
    const { seed, x } = Pushed.parse(input);
    this.state.u32 = seed;
    if (Number.isFinite(x)) this.state.pushed += Math.max(-1, Math.min(1, x));
  }

  override onTick(): void {
    for (let step = 0; step < 2; step += 1) play(this.state, this.#random);
    this.state.turn += 1;
    tellTruth(this.state, (truth) => this.broadcast("truth", truth));
  }
}

const Pushed = z.object({ seed: z.number(), x: z.number().or(z.nan()) }).catch({ seed: 0, x: 0 });

const ShapeOne = schema({ moves: t.uint16(), words: t.array("string") }, "Shape");
const ShapeTwo = schema({ title: t.string(), moves: t.uint32(), words: t.map("string") }, "Shape");

/** As it was first. */
class FirstShape extends Game<InstanceType<typeof ShapeOne>> {
  static override readonly filterBy = ["mode"];
  override state = new ShapeOne();

  constructor() {
    super();
    this.onMessage("word", z.string(), (_player, word) => {
      this.state.moves += 1;
      this.state.words.push(word);
    });
  }

  override onCreate(): void {
    this.state.moves = 0;
  }
}

/** A list became a map, a field came before the others, another is wider. */
class SecondShape extends Game<InstanceType<typeof ShapeTwo>> {
  static override readonly version: number = 2;
  static override readonly filterBy = ["mode"];
  static override readonly migrate = (data: Plain): Plain => {
    const { moves, words } = Saved.parse(data);
    return { title: "migrated", moves, words: Object.fromEntries(words.map((word, at) => [`w${at}`, word])) };
  };
  override state = new ShapeTwo();

  constructor() {
    super();
    this.onMessage("word", z.string(), (_player, word) => {
      this.state.words.set(`w${this.state.words.size}`, word);
      this.state.moves += 1;
    });
  }

  override onCreate(): void {
    this.state.title = "new";
    this.state.moves = 0;
  }
}

/** Nobody thought of what was stored. */
class ThirdShape extends SecondShape {
  static override readonly version = 3;
}
Object.defineProperty(ThirdShape, "migrate", { value: undefined });

const Saved = z.object({ moves: z.number(), words: z.array(z.string()) });

function tellTruth(state: InstanceType<typeof MirrorBox>, broadcast: (truth: Truth) => void): void {
  broadcast({ turn: state.turn, picture: pictureText(state) });
}

export const MIRROR_GAMES: ReadonlyMap<string, GameClass> = new Map<string, GameClass>([
  ["mirror", Mirror],
  ["mirror-tick", MirrorTick],
  ["shape", FirstShape],
]);

/** What a deploy may bring instead. */
export const SHAPES: ReadonlyMap<number, GameClass> = new Map<number, GameClass>([
  [1, FirstShape],
  [2, SecondShape],
  [3, ThirdShape],
]);
