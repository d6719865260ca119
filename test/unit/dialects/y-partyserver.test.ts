import { describe, expect, test } from "vitest";
import type { RoomMessage } from "../../../src/core/events.ts";
import { yPartyserver } from "../../../src/dialects/y-partyserver.ts";
import { yWebsocket } from "../../../src/dialects/y-websocket.ts";
import { Random } from "../../support/random.ts";

const BYTES = Uint8Array.of(1, 2, 3);
const STEP_1 = Uint8Array.of(0, 0, 1, 0);

describe("the y-partyserver dialect", () => {
  test("[DI9] text with the prefix is an application's message, both ways", () => {
    expect(yPartyserver.decode('__YPS:{"say":"hi"}')).toEqual({
      ok: true,
      value: [{ type: "custom", payload: '{"say":"hi"}' }],
    });
    expect(yPartyserver.encode([{ type: "custom", payload: "hi" }])).toEqual(["__YPS:hi"]);
    expect(yPartyserver.decode("__YPS:")).toEqual({ ok: true, value: [{ type: "custom", payload: "" }] });
  });

  test("[DI9] any other text is an error with a reason", () => {
    for (const text of ["", "__YPS", "ping", " __YPS:hi"]) {
      expect(yPartyserver.decode(text)).toMatchObject({ ok: false, error: { tag: "bad-frame" } });
    }
  });

  test("[DI9] binary frames are those of y-websocket, both ways", () => {
    const messages: readonly RoomMessage[] = [
      { type: "sync-step-1", stateVector: BYTES },
      { type: "sync-step-2", seq: 1, update: BYTES },
      { type: "update", seq: 2, update: BYTES },
      { type: "awareness", update: BYTES },
      { type: "refused", number: undefined, reason: "read-only" },
      { type: "ack", number: 1 },
    ];
    expect(yPartyserver.encode(messages)).toEqual(yWebsocket.encode(messages));
    expect(yPartyserver.decode(STEP_1)).toEqual(yWebsocket.decode(STEP_1));
    const random = new Random(5);
    for (let time = 0; time < 2_000; time += 1) {
      const frame = random.mutate(STEP_1);
      expect(yPartyserver.decode(frame)).toEqual(yWebsocket.decode(frame));
    }
  });

  test("[DI3] what many hear is encoded once, also for who hears more", () => {
    const update: RoomMessage = { type: "update", seq: 2, update: BYTES };
    const custom: RoomMessage = { type: "custom", payload: "hi" };
    expect(yPartyserver.append(yPartyserver.encode([update]), [custom])).toEqual(yPartyserver.encode([update, custom]));
  });
});
