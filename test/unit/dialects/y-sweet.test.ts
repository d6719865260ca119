import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import type { RoomMessage } from "../../../src/core/events.ts";
import { ySweet } from "../../../src/dialects/y-sweet.ts";
import { yWebsocket } from "../../../src/dialects/y-websocket.ts";
import { CLOSE_FRAMES, type CloseReason } from "../../../src/protocol/close-codes.ts";
import { Random } from "../../support/random.ts";

const SYNC_STATUS = 102;
const BYTES = Uint8Array.of(1, 2, 3);

/** What the client sends behind its `version`th edit. */
function statusFrame(version: number): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC_STATUS);
  const body = encoding.createEncoder();
  encoding.writeVarUint(body, version);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(body));
  return encoding.toUint8Array(encoder);
}

function updateFrame(): Uint8Array {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, "hello");
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0);
  sync.writeUpdate(encoder, Y.encodeStateAsUpdate(doc));
  return encoding.toUint8Array(encoder);
}

describe("the y-sweet dialect", () => {
  test.each([0, 5, 127, 128, 4_294_967_295])("[DI30] the mark of edit %i comes back byte for byte", (version) => {
    const frame = statusFrame(version);
    const decoded = ySweet.decode(frame);
    const [event] = decoded.ok ? decoded.value : [];
    if (event?.type !== "checkpoint") throw new Error("no mark was read");
    expect(ySweet.encode([event])).toEqual([frame]);
  });

  test("[DI30] all else is what y-websocket reads and says, one message a frame", () => {
    const frames = [updateFrame(), Uint8Array.of(3), Uint8Array.of(1, 3, ...BYTES), Uint8Array.of(0, 0, 1, 0)];
    for (const frame of frames) expect(ySweet.decode(frame)).toEqual(yWebsocket.decode(frame));
    const messages: readonly RoomMessage[] = [
      { type: "sync-step-2", seq: 1, update: BYTES },
      { type: "refused", number: 1, reason: "read-only" },
      { type: "awareness", update: BYTES },
      { type: "ack", number: 1 },
      { type: "acks", count: 1 },
      { type: "token-wanted", seconds: 30 },
    ];
    expect(ySweet.encode(messages)).toEqual(yWebsocket.encode(messages));
    const mark: RoomMessage = { type: "checkpoint", mark: Uint8Array.of(7) };
    expect(ySweet.append(ySweet.encode(messages), [mark])).toEqual(ySweet.encode([...messages, mark]));
    // SAFETY: the keys of a total table.
    for (const reason of Object.keys(CLOSE_FRAMES) as CloseReason[]) {
      expect(ySweet.closeFrame(reason)).toEqual(CLOSE_FRAMES[reason]);
    }
  });

  test("[DI30] its answer to who is there, which has the type of the question, is awareness", () => {
    expect(ySweet.decode(Uint8Array.of(3, 3, ...BYTES))).toEqual({
      ok: true,
      value: [{ type: "awareness", update: BYTES }],
    });
  });

  test("[DI31] a mark has at most 64 bytes, and nothing stands behind it", () => {
    const mark = (size: number) => ySweet.decode(Uint8Array.of(SYNC_STATUS, size, ...new Uint8Array(size)));
    expect([mark(64).ok, mark(65).ok]).toEqual([true, false]);
    expect(ySweet.decode(Uint8Array.of(...statusFrame(1), 0)).ok).toBe(false);
  });

  test("[DI31] what is not of the grammar is an error with a reason, whatever the bytes", () => {
    const random = new Random(102);
    for (const whole of [updateFrame(), statusFrame(300), Uint8Array.of(3, 3, ...BYTES)]) {
      for (let time = 0; time < 5_000; time += 1) {
        const decoded = ySweet.decode(random.mutate(whole));
        if (!decoded.ok) expect(decoded.error.reason).not.toBe("");
      }
    }
    const bad = ["text", new Uint8Array(0), Uint8Array.of(SYNC_STATUS), Uint8Array.of(SYNC_STATUS, 9, 1)];
    for (const each of [...bad, Uint8Array.of(3, 9), Uint8Array.of(103, 1, 0)]) {
      expect(ySweet.decode(each).ok).toBe(false);
    }
  });
});
