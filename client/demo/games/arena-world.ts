/**
 * The arena as this page sees it: its own runner where the inputs that are under way will have brought it, the others a moment ago.
 * @module
 */
import { type InputHandle, Predict } from "@colyseus/sdk";
import type { ArenaState } from "../../../src/games/arena.ts";
import { type Push, isDashing, step } from "../../../src/games/arena-step.ts";
import type { GameRoom } from "./game-session.ts";

type State = InstanceType<typeof ArenaState>;
type Runner = NonNullable<ReturnType<State["runners"]["get"]>>;

export type Drawn = {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly color: string;
  readonly isIt: boolean;
  readonly isOwn: boolean;
  readonly isHere: boolean;
  readonly isFrozen: boolean;
  readonly isDashing: boolean;
};

/** What the step reads and writes; the rest is the server's alone. */
const FIELDS = ["x", "y", "dash", "frozen", "isIt"] as const;
/** Behind the server's last word by two patches: what came is what is drawn between. */
const DELAY_MS = 100;
/** Further than any step: a new place, not a run. */
const JUMP = 2_400;
/** A person corrected by the server is not thrown about. */
const SMOOTH_MS = 80;
/** Steps without a wish after which nothing is sent: a room where nobody runs may sleep. */
const CALM_STEPS = 10;

/** The input as it is sent: its fields are set, then it goes. */
type Wish = { -readonly [Field in keyof Push]: Push[Field] };
type Predictor = ReturnType<typeof Predict.get<GameRoom<State>>>;

export class ArenaWorld {
  readonly #room: GameRoom<State>;
  readonly #input: InputHandle<Wish> | undefined;
  #predict: Predictor | undefined;
  #runners: State["runners"] | undefined;
  #own: Runner | undefined;
  #calmSteps = 0;

  constructor(room: GameRoom<State>, watches: boolean) {
    this.#room = room;
    this.#input = watches ? undefined : room.input<Wish>({ mode: "reliable" });
    room.onStateChange(() => this.#follow());
    this.#follow();
  }

  get state(): State {
    return this.#room.state;
  }

  /** Sends what is due at `nowMs` of the page's frames. */
  advance(nowMs: number, push: Push): void {
    const due = this.#predict?.tick(nowMs) ?? 0;
    for (let sent = 0; sent < due; sent += 1) this.#send(push);
  }

  drawn(): readonly Drawn[] {
    const predict = this.#predict;
    if (predict === undefined) return [];
    return [...this.state.runners.entries()].map(([id, runner]) => ({
      id,
      x: predict.value(runner, "x"),
      y: predict.value(runner, "y"),
      name: runner.name,
      color: runner.color,
      isIt: runner.isIt,
      isOwn: id === this.#room.sessionId,
      isHere: runner.isHere,
      isFrozen: runner.frozen > 0,
      isDashing: isDashing(runner),
    }));
  }

  #send(push: Push): void {
    const own = this.#own;
    if (this.#input === undefined || own === undefined || !this.#room.connection.isOpen) return;
    const isCalm = push.x === 0 && push.y === 0 && !push.dash && own.frozen === 0 && own.dash === 0;
    this.#calmSteps = isCalm ? this.#calmSteps + 1 : 0;
    if (this.#calmSteps > CALM_STEPS) return;
    Object.assign(this.#input.data, push);
    this.#input.send();
  }

  /** After a state that brought other objects, prediction begins anew on those. */
  #follow(): void {
    const { runners } = this.#room.state;
    const own = runners.get(this.#room.sessionId);
    if (runners === this.#runners && own === this.#own) return;
    this.#predict?.dispose();
    this.#runners = runners;
    this.#own = own;
    const predict = Predict.get(this.#room, { mode: "lerp", delay: DELAY_MS, snap: JUMP });
    predict.attachAll("runners", { fields: ["x", "y"], mode: "lerp", snap: JUMP });
    if (own !== undefined && this.#input !== undefined) {
      predict.reconciler(own, {
        input: this.#input,
        fields: FIELDS,
        smoothMs: SMOOTH_MS,
        step: (_context, body, wish) => step(body, wish),
      });
    }
    this.#predict = predict;
  }
}
