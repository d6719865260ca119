/**
 * What came in since the last flush goes out as one frame: updates are not merged, of each socket's presence only the newest
 * frame goes out. It flushes when Roost does, by the same rule.
 *
 * batch := 0x7f • varUint(count) • count × varUint8Array(frame), each frame as it came in
 * @module
 */
import { DurableObject } from "cloudflare:workers";
import * as encoding from "lib0/encoding";
import { flushGapMs } from "../../../../src/core/schedule.ts";
import { FlushPacer, type PacedRoom } from "../../../../src/rooms/flush-pacer.ts";
import type { Env } from "./route.ts";
import { Sockets } from "./sockets.ts";

const BATCH = 0x7f;
const SYNC = 0;
const SYNC_UPDATE = 2;
const AWARENESS = 1;
/** What one object can send, with room to spare; Roost's default too. */
const FRAMES_PER_SECOND = 16_000;

export type Rows = {
  readonly append: (row: Uint8Array) => void;
  /** Resolves when all rows are durable. */
  readonly durable: () => Promise<void>;
};

export class Batching extends DurableObject<Env> {
  readonly #sockets = new Sockets(this.ctx);
  readonly #presence = new Map<WebSocket, Uint8Array>();
  readonly #senders = new Set<WebSocket>();
  readonly #pacer: FlushPacer;
  readonly #rows: Rows | undefined;
  #updates: Uint8Array[] = [];

  /** With `rows` the updates of each flush are one row, written before anybody is sent them. */
  constructor(ctx: DurableObjectState, env: Env, rows?: Rows) {
    super(ctx, env);
    this.#rows = rows;
    const room: PacedRoom = {
      gapMs: (recent) => flushGapMs({ sockets: this.#sockets.count, framesPerSecond: FRAMES_PER_SECOND, ...recent }),
      hasPending: () => this.#updates.length + this.#presence.size > 0,
      flush: this.#flush,
    };
    const failed = (error: unknown): never => {
      throw error;
    };
    const updates = (): number => this.#updates.length;
    this.#pacer = new FlushPacer(
      rows === undefined ? room : { ...room, commits: { updates, durable: rows.durable, failed } },
    );
  }

  override fetch(): Response {
    return this.#sockets.accept().response;
  }

  override webSocketMessage(sender: WebSocket, message: ArrayBuffer | string): void {
    if (typeof message === "string") return;
    const frame = new Uint8Array(message);
    if (frame[0] === AWARENESS) this.#presence.set(sender, frame);
    else if (frame[0] === SYNC && frame[1] === SYNC_UPDATE) this.#updates.push(frame);
    else return;
    this.#senders.add(sender);
    this.#pacer.request();
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#presence.delete(socket);
    this.#senders.delete(socket);
    this.#sockets.close(socket, code);
  }

  readonly #flush = (): void => {
    if (this.#rows !== undefined && this.#updates.length > 0) {
      this.#rows.append(encodeBatch(this.#updates));
      this.#pacer.noteRow();
    }
    const frames = [...this.#updates, ...this.#presence.values()];
    // Whoever sent all of it has all of it.
    const [sender] = this.#senders;
    this.#sockets.sendToOthers(encodeBatch(frames), this.#senders.size === 1 ? sender : undefined);
    this.#updates = [];
    this.#presence.clear();
    this.#senders.clear();
  };
}

function encodeBatch(frames: readonly Uint8Array[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeUint8(encoder, BATCH);
  encoding.writeVarUint(encoder, frames.length);
  for (const frame of frames) encoding.writeVarUint8Array(encoder, frame);
  return encoding.toUint8Array(encoder);
}
