/**
 * A crowd that plays: how evenly states come, how soon an input is in one, how soon others hear what somebody says.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { CODE } from "../../../../src/dialects/colyseus-codes.ts";
import { cpuMs } from "../../process-stats.ts";
import { FrameCache } from "../frame-cache.ts";
import { GAME_ACTS, type GameAct, whoSaid } from "../game-acts.ts";
import { GameClient, codeOf, inputsIn, readMessage, timingOf } from "../game-client.ts";
import { type Ticks, ticksBetween, ticksOf } from "../game-health.ts";
import { Histogram } from "../histogram.ts";
import { countOwnCpu } from "../own-cpu.ts";

export type GameLoadParams = {
  /** Address of the server. */
  readonly url: string;
  readonly token?: string;
  readonly game: string;
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Of a server of this machine. */
  readonly serverPid?: number;
};

/** A spread is undefined where the game has no such thing, or none arrived. */
export type Spread = { readonly p50Ms: number; readonly p99Ms: number } | undefined;

export type GameLoadResult = {
  readonly rooms: number;
  readonly ping: Spread;
  /** From an input to the state that has it. */
  readonly acks: Spread;
  /** From what one says to each who hears it. */
  readonly heard: Spread;
  /** How far the time between two states of a client is from the game's step; `server`: by the time that is in them. */
  readonly jitter: Spread;
  readonly serverJitter: Spread;
  readonly sent: number;
  readonly frames: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Sockets that were closed. */
  readonly closed: number;
  /** Inputs that no state has acknowledged. */
  readonly unacknowledged: number;
  /** As the rooms tell it; undefined for who may not ask. */
  readonly ticks: Ticks | undefined;
  readonly serverCpuMs: number | undefined;
  readonly loadCpuShare: number;
};

type Player = {
  client: GameClient | undefined;
  readonly sentMs: number[];
  acked: number;
  stateMs: number;
  serverMs: number;
  pingMs: number;
};

const BUCKET_MS = 0.1;
const PING_EVERY_MS = 1_000;
const SETTLE_MS = 1_000;
const TICK_MS = 1;

export async function gameLoad(params: GameLoadParams): Promise<GameLoadResult> {
  const act = GAME_ACTS[params.game];
  if (act === undefined) throw new Error(`there is nobody here who plays ${params.game}`);
  const run = new GameLoadRun(params, act);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class GameLoadRun {
  readonly #params: GameLoadParams;
  readonly #act: GameAct;
  readonly #players: readonly Player[];
  readonly #read = new FrameCache<readonly string[]>();
  readonly #ping = new Histogram(BUCKET_MS);
  readonly #acks = new Histogram(BUCKET_MS);
  readonly #heard = new Histogram(BUCKET_MS);
  readonly #jitter = new Histogram(BUCKET_MS);
  readonly #serverJitter = new Histogram(BUCKET_MS);
  #isMeasuring = false;

  constructor(params: GameLoadParams, act: GameAct) {
    this.#params = params;
    this.#act = act;
    this.#players = Array.from({ length: params.clients }, () => ({
      ...{ client: undefined, sentMs: [], acked: 0 },
      ...{ stateMs: Number.NaN, serverMs: Number.NaN, pingMs: Number.NaN },
    }));
  }

  async run(): Promise<GameLoadResult> {
    const { warmUpMs, measureMs, serverPid } = this.#params;
    const cpu = () => (serverPid === undefined ? undefined : cpuMs(serverPid));
    for (const [index, player] of this.#players.entries()) await this.#join(player, index);
    const end = new AbortController();
    const playing = this.#playAll(end.signal);
    await pause(warmUpMs);
    const before = { ...this.#traffic(), ticks: await this.#ticks(), cpuMs: cpu() };
    const loadCpu = countOwnCpu();
    this.#isMeasuring = true;
    await pause(measureMs);
    this.#isMeasuring = false;
    const after = { ...this.#traffic(), cpuMs: cpu(), loadCpuShare: loadCpu(), ticks: await this.#ticks() };
    end.abort();
    await playing;
    await pause(SETTLE_MS);
    return {
      rooms: this.#rooms().length,
      ping: spreadOf(this.#ping),
      acks: spreadOf(this.#acks),
      heard: spreadOf(this.#heard),
      jitter: spreadOf(this.#jitter),
      serverJitter: spreadOf(this.#serverJitter),
      sent: after.sent - before.sent,
      frames: after.frames - before.frames,
      bytesIn: after.bytesIn - before.bytesIn,
      bytesOut: after.bytesOut - before.bytesOut,
      closed: this.#players.filter(({ client }) => client?.closeReason !== undefined).length,
      unacknowledged: this.#unacknowledged(),
      ticks: ticksBetween(before.ticks, after.ticks),
      serverCpuMs: before.cpuMs === undefined || after.cpuMs === undefined ? undefined : after.cpuMs - before.cpuMs,
      loadCpuShare: after.loadCpuShare,
    };
  }

  stop(): void {
    for (const { client } of this.#players) client?.socket.terminate();
  }

  async #join(player: Player, index: number): Promise<void> {
    const { url, token, game } = this.#params;
    player.client = await GameClient.join(
      {
        ...{ url, game, method: "joinOrCreate" },
        options: { name: `player ${index}`, ...this.#act.options },
        ...(token !== undefined && { token }),
      },
      { onFrame: (frame) => this.#hear(player, index, frame) },
    );
  }

  /** Each at its own phase; a late timer does not shift what follows. */
  async #playAll(signal: AbortSignal): Promise<void> {
    const intervalMs = 1_000 / this.#act.perSecond;
    const startMs = performance.now();
    const due = this.#players.map((_, index) => startMs + (index * intervalMs) / this.#players.length);
    const pings = this.#players.map((_, index) => startMs + (index * PING_EVERY_MS) / this.#players.length);
    while (!signal.aborted) {
      const nowMs = performance.now();
      for (const [index, player] of this.#players.entries()) {
        if (this.#act.frame !== undefined && (due[index] ?? 0) <= nowMs) {
          due[index] = (due[index] ?? nowMs) + intervalMs;
          this.#play(player, index, this.#act.frame);
        }
        if ((pings[index] ?? 0) > nowMs) continue;
        pings[index] = (pings[index] ?? nowMs) + PING_EVERY_MS;
        player.pingMs = performance.now();
        player.client?.ping();
      }
      await pause(TICK_MS);
    }
  }

  #play(player: Player, index: number, frame: NonNullable<GameAct["frame"]>): void {
    const number = player.sentMs.length;
    player.sentMs.push(performance.now());
    player.client?.send(frame(index, number));
  }

  #hear(player: Player, index: number, frame: Buffer): void {
    const nowMs = performance.now();
    const code = codeOf(frame);
    if (code === CODE.ping && this.#isMeasuring) this.#ping.add(nowMs - player.pingMs);
    if (code === CODE.state || code === CODE.patch) this.#hearState(player, index, frame, nowMs);
    if (code !== CODE.message || !this.#isMeasuring) return;
    for (const text of this.#read.get(frame, () => inputsIn(readMessage(frame)))) {
      const { player: sender, number } = whoSaid(text);
      if (sender !== index) this.#heard.add(nowMs - (this.#players[sender]?.sentMs[number] ?? nowMs));
    }
  }

  #hearState(player: Player, index: number, frame: Buffer, nowMs: number): void {
    const timing = timingOf(frame);
    if (this.#isMeasuring && this.#act.stepMs > 0 && Number.isFinite(player.stateMs)) {
      this.#jitter.add(Math.abs(nowMs - player.stateMs - this.#act.stepMs));
      // The same for all.
      if (index === 0 && timing !== undefined)
        this.#serverJitter.add(Math.abs(timing.serverMs - player.serverMs - this.#act.stepMs));
    }
    player.stateMs = nowMs;
    if (timing === undefined) return;
    player.serverMs = timing.serverMs;
    // Numbers count from 1.
    for (let number = player.acked; number < timing.lastInput; number += 1) {
      const sentMs = player.sentMs[number];
      if (this.#isMeasuring && sentMs !== undefined) this.#acks.add(nowMs - sentMs);
    }
    player.acked = timing.lastInput;
  }

  #unacknowledged(): number {
    if (this.#act.stepMs === 0) return 0;
    return this.#players.reduce((sum, { sentMs, acked }) => sum + sentMs.length - acked, 0);
  }

  #rooms(): readonly string[] {
    return [...new Set(this.#players.flatMap(({ client }) => client?.roomId ?? []))];
  }

  async #ticks(): Promise<Ticks | undefined> {
    return await ticksOf(this.#params.url, this.#params.token, this.#rooms());
  }

  #traffic(): { readonly sent: number; readonly frames: number; readonly bytesIn: number; readonly bytesOut: number } {
    const sum = { sent: 0, frames: 0, bytesIn: 0, bytesOut: 0 };
    for (const { client, sentMs } of this.#players) {
      sum.sent += sentMs.length;
      sum.frames += client?.framesReceived ?? 0;
      sum.bytesIn += client?.bytesReceived ?? 0;
      sum.bytesOut += client?.bytesSent ?? 0;
    }
    return sum;
  }
}

function spreadOf(histogram: Histogram): Spread {
  if (histogram.count === 0) return undefined;
  return { p50Ms: histogram.percentile(0.5), p99Ms: histogram.percentile(0.99) };
}
