import * as decoding from "lib0/decoding";
import { describe, expect, test } from "vitest";
import * as auth from "y-protocols/auth";
import * as Y from "yjs";
import type { Frame } from "../../../src/core/events.ts";
import { yPartyserver } from "../../../src/dialects/y-partyserver.ts";
import { ySweet } from "../../../src/dialects/y-sweet.ts";
import { yWebsocket } from "../../../src/dialects/y-websocket.ts";
import { CLOSE_FRAMES, type CloseReason, isFinalCloseCode } from "../../../src/protocol/close-codes.ts";

const AUTH = 2;
// SAFETY: the keys of a total table.
const REASONS = Object.keys(CLOSE_FRAMES) as CloseReason[];

/** As y-protocols reads it to its clients. */
function denialIn(frame: Frame): string {
  if (typeof frame === "string") throw new Error("a text frame");
  const decoder = decoding.createDecoder(frame);
  expect(decoding.readVarUint(decoder)).toBe(AUTH);
  const reasons: string[] = [];
  auth.readAuthMessage(decoder, new Y.Doc(), (_doc, reason) => reasons.push(reason));
  expect(decoding.hasContent(decoder)).toBe(false);
  return reasons.join();
}

describe.each([
  ["y-websocket", yWebsocket],
  ["y-partyserver", yPartyserver],
  ["y-sweet", ySweet],
])("%s", (_name, dialect) => {
  test.each(REASONS)(
    "[DI11] before %s its clients hear why where it is final, and nothing where it is not",
    (reason) => {
      const { code, reason: text } = CLOSE_FRAMES[reason];
      const heard = (detail: string) => dialect.farewell?.(reason, detail).map(denialIn);
      const isFinal = isFinalCloseCode(code);
      expect([heard("enough"), heard("")]).toEqual(isFinal ? [[`${text}: enough`], [text]] : [[], []]);
    },
  );
});
