/**
 * What batching alone gives: what came in since the last flush goes out as one frame. Nothing is stored, updates are not
 * merged; of each socket's presence only the newest frame goes out. It flushes when Roost does, by the same rule.
 *
 * batch := 0x7f • varUint(count) • count × varUint8Array(frame), each frame as it came in
 * @module
 */
import { DurableObject } from "cloudflare:workers";
import * as encoding from "lib0/encoding";
import { flushDelayMs, flushGapMs } from "../../../../src/core/schedule.ts";
import type { Env } from "./route.ts";
import { Sockets } from "./sockets.ts";

export { worker as default } from "./route.ts";

const BATCH = 0x7f;
const SYNC = 0;
const SYNC_UPDATE = 2;
const AWARENESS = 1;
/** What one object can send, with room to spare; Roost's default too. */
const FRAMES_PER_SECOND = 16_000;

export class Document extends DurableObject<Env> {
  readonly #sockets = new Sockets(this.ctx);
  readonly #presence = new Map<WebSocket, Uint8Array>();
  readonly #senders = new Set<WebSocket>();
  #updates: Uint8Array[] = [];
  #dueMs = 0;
  #isTimed = false;

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
    this.#flushWhenDue();
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#presence.delete(socket);
    this.#senders.delete(socket);
    this.#sockets.close(socket, code);
  }

  #flushWhenDue(): void {
    if (this.#isTimed) return;
    const waitMs = flushDelayMs({ dueMs: this.#dueMs, isCommitting: false }, Date.now()) ?? 0;
    if (waitMs === 0) return this.#flush();
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      this.#flush();
    }, waitMs);
  }

  #flush(): void {
    const frames = [...this.#updates, ...this.#presence.values()];
    if (frames.length === 0) return;
    // Whoever sent all of it has all of it.
    const [sender] = this.#senders;
    this.#sockets.sendToOthers(encodeBatch(frames), this.#senders.size === 1 ? sender : undefined);
    this.#updates = [];
    this.#presence.clear();
    this.#senders.clear();
    const load = { sockets: this.#sockets.count, framesPerSecond: FRAMES_PER_SECOND, commitMs: 0, updates: 0 };
    this.#dueMs = Date.now() + flushGapMs(load);
  }
}

function encodeBatch(frames: readonly Uint8Array[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeUint8(encoder, BATCH);
  encoding.writeVarUint(encoder, frames.length);
  for (const frame of frames) encoding.writeVarUint8Array(encoder, frame);
  return encoding.toUint8Array(encoder);
}
