import * as encoding from "lib0/encoding";
import { expect, test } from "vitest";
import { encodeFrame } from "../../../src/protocol/frame-encoder.ts";

test("a frame is the same bytes whether its size was known, guessed too small or too large", () => {
  const payload = Uint8Array.from({ length: 5_000 }, (_, index) => index);
  const write = (encoder: encoding.Encoder): void => {
    encoding.writeVarUint(encoder, 300);
    encoding.writeVarUint8Array(encoder, payload);
    encoding.writeVarString(encoder, "ü");
  };
  const plain = encoding.createEncoder();
  write(plain);
  for (const guess of [0, 10, 4_990, 5_000, 50_000])
    expect(encodeFrame(guess, write)).toEqual(encoding.toUint8Array(plain));
});
