import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import * as auth from "y-protocols/auth";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import type { RoomMessage, SessionId } from "../../../src/core/events.ts";
import type { RightsReason } from "../../../src/protocol/messages.ts";
import { yWebsocket } from "../../../src/dialects/y-websocket.ts";
import { Random } from "../../support/random.ts";
import { TestRoom } from "../../support/test-room.ts";

const SYNC = 0;
const AWARENESS = 1;
const AUTH = 2;
const QUERY_AWARENESS = 3;
const BYTES = Uint8Array.of(1, 2, 3);

/** A frame as y-websocket's provider writes it. */
function frame(type: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, type);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

function document(text: string): Y.Doc {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, text);
  return doc;
}

/** The one frame of a message. */
function sent(message: RoomMessage): Uint8Array {
  const [only, ...rest] = yWebsocket.encode([message]);
  if (only === undefined || typeof only === "string" || rest.length > 0) throw new Error("not one binary frame");
  return only;
}

describe("the y-websocket dialect", () => {
  test("[DI2] what its provider sends is understood", () => {
    const doc = document("hello");
    const update = Y.encodeStateAsUpdate(doc);
    const frames = [
      frame(SYNC, (encoder) => sync.writeSyncStep1(encoder, doc)),
      frame(SYNC, (encoder) => sync.writeSyncStep2(encoder, doc)),
      frame(SYNC, (encoder) => sync.writeUpdate(encoder, update)),
      frame(AWARENESS, (encoder) => encoding.writeVarUint8Array(encoder, BYTES)),
      frame(QUERY_AWARENESS, () => undefined),
    ];
    const events = frames.map((each) => {
      const decoded = yWebsocket.decode(each);
      return decoded.ok ? decoded.value[0] : decoded.error;
    });
    expect(events).toEqual([
      { type: "sync-step-1", stateVector: Y.encodeStateVector(doc) },
      { type: "sync-step-2", update },
      { type: "update", update },
      { type: "awareness", update: BYTES },
      { type: "query-awareness" },
    ]);
  });

  test("[DI2] what is sent to it, y-protocols reads", () => {
    const doc = document("hello");
    const update = Y.encodeStateAsUpdate(doc);
    const reader = new Y.Doc();
    const read = (message: RoomMessage): Uint8Array => {
      const decoder = decoding.createDecoder(sent(message));
      const reply = encoding.createEncoder();
      expect(decoding.readVarUint(decoder)).toBe(SYNC);
      sync.readSyncMessage(decoder, reply, reader, "test", (error) => {
        throw error;
      });
      return encoding.toUint8Array(reply);
    };
    const answer = read({ type: "sync-step-1", stateVector: Uint8Array.of(0) });
    expect(answer[0]).toBe(sync.messageYjsSyncStep2);
    expect(read({ type: "update", seq: 1, update })).toEqual(new Uint8Array(0));
    expect(read({ type: "sync-step-2", seq: 1, update })).toEqual(new Uint8Array(0));
    expect(reader.getText("t").toString()).toBe("hello");
  });

  test("[DI3] each message is a frame of its own, as its clients read only the first", () => {
    const update: RoomMessage = { type: "update", seq: 1, update: BYTES };
    const awareness: RoomMessage = { type: "awareness", update: BYTES };
    // SAFETY: ids are whatever the shell says.
    const session = "s1" as SessionId;
    const frames = yWebsocket.encode([
      { type: "welcome", session, user: "u", scopes: [], epoch: 1 },
      update,
      { type: "ack", number: 3 },
      awareness,
    ]);
    expect(frames).toEqual([sent(update), sent(awareness)]);
  });

  test("[DI10] its own updates come back once they are a row, also where it types alone", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: yWebsocket });
    const update = Y.encodeStateAsUpdate(document("hello"));
    room.receive("ann", { type: "update", update });
    expect(room.heard("ann")).toEqual([]);
    room.flush();
    expect(room.heard("ann")).toEqual([{ type: "update", seq: 1, update }]);
  });

  test("[DI4] what is not of the grammar is an error with a reason, whatever the bytes", () => {
    const whole = frame(SYNC, (encoder) => sync.writeUpdate(encoder, Y.encodeStateAsUpdate(document("hello"))));
    const random = new Random(2);
    for (let time = 0; time < 20_000; time += 1) {
      const decoded = yWebsocket.decode(random.mutate(whole));
      if (!decoded.ok) expect(decoded.error.reason).not.toBe("");
    }
    for (const each of ["text", new Uint8Array(0), Uint8Array.of(9), Uint8Array.of(0, 7, 0), Uint8Array.of(0, 2, 9)]) {
      expect(yWebsocket.decode(each).ok).toBe(false);
    }
  });

  test("[DI5] a frame has at most 1,000 messages", () => {
    const queries = (count: number): Uint8Array => new Uint8Array(count).fill(QUERY_AWARENESS);
    expect(yWebsocket.decode(queries(1_000)).ok).toBe(true);
    expect(yWebsocket.decode(queries(1_001)).ok).toBe(false);
  });

  const denial = (message: RoomMessage): string => {
    const decoder = decoding.createDecoder(sent(message));
    expect(decoding.readVarUint(decoder)).toBe(AUTH);
    const reasons: string[] = [];
    auth.readAuthMessage(decoder, new Y.Doc(), (_doc, reason) => reasons.push(reason));
    return reasons.join();
  };

  test("[DI8] a refusal is the auth message that its clients show and survive", () => {
    expect(denial({ type: "refused", number: undefined, reason: "read-only" })).toBe("read-only");
  });

  test("[DI8] so is the right to write where it is taken away, with the reason; to have it back needs no word", () => {
    const rights = (reason: RightsReason, ...scopes: readonly string[]): RoomMessage => ({
      ...{ type: "rights", rights: { reason, scopes } },
    });
    const reasons: readonly RightsReason[] = ["token-expired", "locked", "token-renewed", "unlocked"];
    expect(reasons.map((reason) => denial(rights(reason, "read")))).toEqual([
      ...["the token has expired", "the document is locked", "read-only", "read-only"],
    ]);
    expect(yWebsocket.encode([rights("unlocked", "read", "write"), { type: "token-wanted", seconds: 30 }])).toEqual([]);
  });
});
