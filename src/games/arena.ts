/**
 * Tag in real time, for up to a hundred. Clients send what they push; the server moves them, one step an input, and decides who was
 * caught. A page predicts its own runner with the same step (arena-step.ts).
 * @module
 */
import { schema, t } from "@colyseus/schema";
import { z } from "zod";
import type { GameClock, Plain, Player } from "../core/game/ports.ts";
import { ARENA, FULL, type Push, STEP_HZ, startPlace, step, touch } from "./arena-step.ts";
import { Game } from "./game.ts";
import { personOf } from "./person.ts";

/** Of runners one is it, of so many each. */
const RUNNERS_PER_CHASER = 8;
/** Who was caught stands still first, so that the others get away. */
const FROZEN_STEPS = STEP_HZ;
const TAG_SCORE = 5;
/** Who is it and does nothing is it no longer. */
const IDLE_STEPS = 10 * STEP_HZ;

const Runner = schema(
  {
    name: t.string(),
    color: t.string(),
    /** Units of arena-step.ts. */
    x: t.uint16(),
    y: t.uint16(),
    dash: t.uint8(),
    frozen: t.uint8(),
    isIt: t.boolean(),
    isHere: t.boolean(),
    score: t.uint32(),
  },
  "Runner",
);

export const ArenaState = schema({ runners: t.map(Runner), width: t.uint16(), height: t.uint16() }, "ArenaState");
const ArenaPush = schema({ x: t.int8(), y: t.int8(), dash: t.boolean() }, "ArenaPush");
const PUSH = z.object({ x: z.number(), y: z.number(), dash: z.boolean() }).partial();

type Entry = readonly [session: string, runner: InstanceType<typeof Runner>];

export class Arena extends Game<InstanceType<typeof ArenaState>> {
  static override readonly clock: GameClock = { hz: STEP_HZ };
  override state = new ArenaState();
  override maxClients = 100;
  #steps = 0;
  /** Step of each one's last input. */
  readonly #active = new Map<string, number>();

  constructor() {
    super();
    this.defineInput(ArenaPush, { hz: STEP_HZ });
  }

  override onCreate(options: Plain): void {
    this.state.width = ARENA.width;
    this.state.height = ARENA.height;
    this.setMetadata({ host: personOf(options).name });
  }

  override onJoin({ sessionId, isSpectator }: Player, options: Plain): void {
    if (isSpectator) return;
    const place = startPlace(this.state.runners.size);
    const calm = { dash: 0, frozen: 0, isIt: false, isHere: true, score: 0 };
    this.state.runners.set(sessionId, new Runner({ ...personOf(options), ...place, ...calm }));
    this.#active.set(sessionId, this.#steps);
  }

  override onDrop({ sessionId }: Player): void {
    const runner = this.state.runners.get(sessionId);
    if (runner !== undefined) Object.assign(runner, { isHere: false, isIt: false });
  }

  override onReconnect({ sessionId }: Player): void {
    const runner = this.state.runners.get(sessionId);
    if (runner !== undefined) runner.isHere = true;
    this.#active.set(sessionId, this.#steps);
  }

  override onLeave({ sessionId }: Player): void {
    this.state.runners.delete(sessionId);
    this.#active.delete(sessionId);
  }

  override onInput({ sessionId }: Player, input: Plain): void {
    const runner = this.state.runners.get(sessionId);
    if (runner === undefined) return;
    const push = pushOf(input);
    if (push.x !== 0 || push.y !== 0) this.#active.set(sessionId, this.#steps);
    step(runner, push);
  }

  override onTick(): void {
    this.#steps += 1;
    const entries = [...this.state.runners.entries()].filter(([, { isHere }]) => isHere);
    this.#settleChasers(entries);
    for (const [, chaser] of entries) {
      if (!chaser.isIt || chaser.frozen > 0) continue;
      const caught = entries.find(([, { isIt, x, y }]) => !isIt && touch(chaser, { x, y }))?.[1];
      if (caught === undefined) continue;
      chaser.isIt = false;
      chaser.score += TAG_SCORE;
      Object.assign(caught, { isIt: true, frozen: FROZEN_STEPS, dash: 0 });
      this.broadcast("tag", { by: chaser.name, caught: caught.name });
    }
    if (this.#steps % STEP_HZ === 0) this.#reward(entries);
  }

  /** As many as there should be, and none who sleeps: the leader is it next. */
  #settleChasers(entries: readonly Entry[]): void {
    const wanted = entries.length < 2 ? 0 : Math.max(1, Math.floor(entries.length / RUNNERS_PER_CHASER));
    let chasers = 0;
    for (const [session, runner] of entries) {
      if (!runner.isIt) continue;
      const isKept = chasers < wanted && (this.#isAwake(session) || !this.#anyAwake(entries));
      if (isKept) chasers += 1;
      else runner.isIt = false;
    }
    if (chasers >= wanted) return;
    const byRank = entries
      .filter(([, { isIt }]) => !isIt)
      .toSorted(([a, one], [b, other]) => {
        const awake = Number(this.#isAwake(b)) - Number(this.#isAwake(a));
        return awake === 0 ? other.score - one.score : awake;
      });
    for (const [, runner] of byRank.slice(0, wanted - chasers)) {
      Object.assign(runner, { isIt: true, frozen: FROZEN_STEPS });
    }
  }

  #reward(entries: readonly Entry[]): void {
    if (entries.length < 2) return;
    for (const [session, runner] of entries) if (!runner.isIt && this.#isAwake(session)) runner.score += 1;
  }

  #isAwake(session: string): boolean {
    return this.#steps - (this.#active.get(session) ?? -Infinity) < IDLE_STEPS;
  }

  #anyAwake(entries: readonly Entry[]): boolean {
    return entries.some(([session]) => this.#isAwake(session));
  }
}

function pushOf(input: Plain): Push {
  const read = PUSH.safeParse(input);
  const { x = 0, y = 0, dash = false } = read.success ? read.data : {};
  return { x: Math.max(-FULL, Math.min(FULL, x)), y: Math.max(-FULL, Math.min(FULL, y)), dash };
}
