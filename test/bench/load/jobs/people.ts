/**
 * A room in which everybody moves at the rate they are told, while people come and go: how late moves are, what each costs the server,
 * and how soon everybody has the right counts.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import type { RoomSize } from "../../../../src/protocol/presence-messages.ts";
import { cpuMs } from "../../process-stats.ts";
import { FrameCache } from "../frame-cache.ts";
import { Histogram } from "../histogram.ts";
import { type LoadAddress, joinMany } from "../load-client.ts";
import { countOwnCpu } from "../own-cpu.ts";
import { BYE, type Said, Visitor, saidIn } from "../visitor.ts";

export type PeopleParams = {
  readonly address: LoadAddress;
  readonly people: number;
  /** How many of them move, or raise an event where nobody's cursor is shown; all when absent. */
  readonly movers?: number;
  /** Moves of each where the server sets no pace. */
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** After the measured time, one after the other, while everybody moves on. Only for servers that count. */
  readonly changes: readonly Change[];
  /** A change that not everybody has heard of by then is an error; 15 s. */
  readonly changeMs?: number;
  readonly serverPid: number;
};

/** So many come, or with a goodbye leave; the room is then of this size. */
export type Change = { readonly join?: number; readonly leave?: number; readonly size: RoomSize };

export type PeopleResult = {
  /** Of all moves that somebody heard, or that a newer one overtook; in a room that shows everybody of all (move, receiver) pairs. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Moves, events and counts that arrived, each counted once for each who heard it. */
  readonly delivered: number;
  readonly moves: number;
  /** Arrived within a second, of what everybody should have heard of everybody. */
  readonly inTimeShare: number;
  readonly frames: number;
  readonly bytes: number;
  readonly serverCpuMs: number;
  readonly loadCpuShare: number;
  readonly changes: readonly Changed[];
};

/** From the last who came or left until everybody in the room had the right counts, and had been told the size. */
export type Changed = { readonly countsMs: number; readonly sizeMs: number };

const IN_TIME_MS = 1_000;
const TICK_MS = 2;
const CHANGE_MS = 15_000;

export async function people(params: PeopleParams): Promise<PeopleResult> {
  const run = new PeopleRun(params);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class PeopleRun {
  readonly #params: PeopleParams;
  #visitors: Visitor[] = [];
  readonly #byKey = new Map<number, Visitor>();
  readonly #read = new FrameCache<readonly Said[]>();
  readonly #latencies = new Histogram();
  /** Moves sent inside this time count. */
  #fromMs = Infinity;
  #toMs = Infinity;
  #delivered = 0;
  #inTime = 0;
  #made = 0;
  /** What arrives now is what the measured CPU was for. */
  #isMeasuring = false;

  constructor(params: PeopleParams) {
    this.#params = params;
  }

  async run(): Promise<PeopleResult> {
    const { people: count, warmUpMs, measureMs, serverPid, changes } = this.#params;
    await this.#join(count);
    const end = new AbortController();
    const moving = this.#moveAll(end.signal);
    await pause(warmUpMs);
    const before = this.#traffic();
    const cpuBeforeMs = cpuMs(serverPid);
    const loadCpu = countOwnCpu();
    this.#isMeasuring = true;
    this.#fromMs = performance.now();
    await pause(measureMs);
    this.#toMs = performance.now();
    this.#isMeasuring = false;
    const serverCpuMs = cpuMs(serverPid) - cpuBeforeMs;
    const loadCpuShare = loadCpu();
    const after = this.#traffic();
    // The last of the measured moves are under way.
    await pause(IN_TIME_MS);
    const changed: Changed[] = [];
    for (const change of changes) changed.push(await this.#change(change));
    end.abort();
    await moving;
    return {
      p50Ms: this.#latencies.percentile(0.5),
      p99Ms: this.#latencies.percentile(0.99),
      delivered: this.#delivered,
      moves: this.#made,
      inTimeShare: this.#inTime / (this.#made * (count - 1)),
      frames: after.frames - before.frames,
      bytes: after.bytes - before.bytes,
      serverCpuMs,
      loadCpuShare,
      changes: changed,
    };
  }

  stop(): void {
    for (const { client } of this.#visitors) client.socket.terminate();
  }

  async #join(count: number): Promise<void> {
    const { address, perSecond, movers = Infinity } = this.#params;
    const first = this.#visitors.length;
    await joinMany(count, async (index) => {
      const number = first + index;
      const visitor = new Visitor(address, {
        index: number,
        perSecond: number < movers ? perSecond : 0,
        isMover: number < movers,
        onFrame: (frame, heardBy) => this.#heard(frame, heardBy),
      });
      this.#visitors.push(visitor);
      await visitor.client.whenSynced();
      this.#byKey.set(visitor.key, visitor);
      return visitor.client;
    });
  }

  /** Each at its own phase, as real ones are. */
  async #moveAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nowMs = performance.now();
      for (const visitor of this.#visitors) if (visitor.moveIfDue(nowMs) && this.#isMeasured(nowMs)) this.#made += 1;
      await pause(TICK_MS);
    }
  }

  #heard(frame: Uint8Array, visitor: Visitor): void {
    const nowMs = performance.now();
    for (const said of this.#read.get(frame, () => saidIn(frame, visitor.client))) {
      if (said.type !== "move") visitor.take(said);
      if (said.type === "pace") continue;
      if (this.#isMeasuring) this.#delivered += 1;
      if (said.type === "move") this.#count(said, visitor, nowMs);
    }
  }

  /** What a newer move replaced has come as late as that one, where everybody is shown all the time. */
  #count({ key, number }: Extract<Said, { type: "move" }>, visitor: Visitor, nowMs: number): void {
    const sender = this.#byKey.get(key);
    if (sender === undefined || sender === visitor) return;
    const had = visitor.size === "full" ? visitor.had(key) : number - 1;
    for (let each = had; each < number; each += 1) {
      const sentMs = sender.sentMs[each];
      if (sentMs === undefined || !this.#isMeasured(sentMs)) continue;
      this.#latencies.add(nowMs - sentMs);
      if (nowMs - sentMs <= IN_TIME_MS) this.#inTime += 1;
    }
    visitor.note(key, number);
  }

  #isMeasured(sentMs: number): boolean {
    return sentMs >= this.#fromMs && sentMs <= this.#toMs;
  }

  async #change({ join = 0, leave = 0, size }: Change): Promise<Changed> {
    const { changeMs = CHANGE_MS } = this.#params;
    await this.#join(join);
    const gone = this.#visitors.splice(this.#visitors.length - leave, leave);
    for (const { client } of gone) client.send(BYE);
    const startMs = performance.now();
    const count = this.#visitors.length;
    let countsMs: number | undefined;
    let sizeMs: number | undefined;
    while (countsMs === undefined || sizeMs === undefined) {
      const nowMs = performance.now() - startMs;
      if (nowMs > changeMs) throw new Error(`after ${changeMs} ms not everybody knows of ${count} people, ${size}`);
      if (this.#visitors.every(({ people: told, connections }) => told === count && connections === count))
        countsMs ??= nowMs;
      if (this.#visitors.every((visitor) => visitor.size === size)) sizeMs ??= nowMs;
      await pause(TICK_MS);
    }
    const closed = this.#visitors.find(({ client }) => client.closeReason !== undefined);
    if (closed !== undefined) throw new Error(`a socket was closed: ${closed.client.closeReason}`);
    return { countsMs, sizeMs };
  }

  #traffic(): { readonly frames: number; readonly bytes: number } {
    let frames = 0;
    let bytes = 0;
    for (const { client } of this.#visitors) {
      frames += client.framesReceived;
      bytes += client.bytesReceived;
    }
    return { frames, bytes };
  }
}
