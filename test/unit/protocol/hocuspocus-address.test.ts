import { describe, expect, it } from "vitest";
import {
  HOCUSPOCUS,
  isHeartbeat,
  permissionDenied,
  readAddress,
  readAuthToken,
} from "../../../src/protocol/hocuspocus-address.ts";
import { authFrame, hocuspocusFrame } from "../../support/hocuspocus-frames.ts";
import { Random } from "../../support/random.ts";

const reasonOf = (frame: Uint8Array | string) => {
  const read = readAddress(frame);
  return read.ok ? read.value : read.error.reason;
};

describe("addresses of frames", () => {
  it("[RT130] an address is a document's name, or that and a session", () => {
    for (const [address, document] of [
      ["notes", "notes"],
      ["team/ключ 🦊", "team/ключ 🦊"],
      ["notes\0k3f9", "notes"],
      ["\0k3f9", ""],
      ["", ""],
    ] as const) {
      const frame = hocuspocusFrame(address, "stateless");
      expect(readAddress(frame)).toEqual({
        ok: true,
        value: { address, document, type: HOCUSPOCUS.stateless, bodyAt: frame.length },
      });
    }
  });

  it("[RT130] the longest document and session fit, more does not", () => {
    const longest = `${"d".repeat(256)}\0${"s".repeat(128)}`;
    expect(reasonOf(hocuspocusFrame(longest, "sync"))).toMatchObject({ address: longest });
    expect(reasonOf(hocuspocusFrame(`${longest}s`, "sync"))).toBe("the address is too long");
  });

  it("[RT133] text, what ends too early and what is no UTF-8 have none, and random bytes throw nothing", () => {
    expect(reasonOf("text")).toBe("text where binary is due");
    for (const bytes of [[], [3, 97], [1, 97], [1, 0xff, 0], [0xff, 0xff, 0xff, 0xff, 0x0f, 1]]) {
      expect(reasonOf(Uint8Array.from(bytes))).toBe("no address, or no type behind it");
    }
    const random = new Random(7);
    for (let round = 0; round < 2_000; round += 1) {
      const frame = Uint8Array.from({ length: random.below(12) }, () => random.below(256));
      const read = readAddress(frame);
      if (read.ok) readAuthToken(frame, read.value);
    }
  });

  it("[RT131] a token is read where a client shows one, and nowhere else", () => {
    const tokenOf = (frame: Uint8Array) => {
      const read = readAddress(frame);
      return read.ok ? readAuthToken(frame, read.value) : undefined;
    };
    expect(tokenOf(authFrame("a", "a.b.c"))).toBe("a.b.c");
    expect(tokenOf(authFrame("a", ""))).toBe("");
    expect(tokenOf(permissionDenied("a", "no"))).toBeNull();
    expect(tokenOf(hocuspocusFrame("a", "auth"))).toBeNull();
    expect(tokenOf(hocuspocusFrame("a", "sync"))).toBeNull();
    expect(tokenOf(authFrame("a", "cut off").subarray(0, -1))).toBeNull();
  });

  it("[RT130] a ping and a pong are one byte, which is no address", () => {
    expect([HOCUSPOCUS.ping, HOCUSPOCUS.pong].map((type) => isHeartbeat(Uint8Array.of(type)))).toEqual([true, true]);
    expect([Uint8Array.of(9, 1), Uint8Array.of(8), Uint8Array.of(), "\t"].map(isHeartbeat)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
