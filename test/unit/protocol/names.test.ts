import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOSE_FRAMES, isBackOffCloseCode, isFinalCloseCode } from "../../../src/protocol/close-codes.ts";
import {
  MAX_ID_BYTES,
  formatRoomName,
  parseDocumentId,
  parseProjectId,
  parseRoomName,
} from "../../../src/protocol/room-id.ts";
import { asVersion, formatVersion, parseVersion } from "../../../src/protocol/version.ts";

describe("room ids", () => {
  test("an id is 1 to 256 bytes of UTF-8 without control characters and halves of surrogate pairs", () => {
    const isId = (text: string): boolean => parseDocumentId(text).ok;
    const good = ["a", "a/b/c", "/", "문서 1", "a".repeat(MAX_ID_BYTES), "é".repeat(MAX_ID_BYTES / 2), "%2F?#", ".."];
    const bad = ["", "a\u0000", "\u007f", "a\u0085", "\ud800", "a".repeat(257), "é".repeat(129)];
    expect(good.filter((text) => !isId(text))).toEqual([]);
    expect(bad.filter(isId)).toEqual([]);
  });

  test("a project is 1 to 63 lower-case letters, digits, - and _", () => {
    const isProject = (text: string): boolean => parseProjectId(text).ok;
    expect(["default", "a", "0-_x", "p".repeat(63)].filter((text) => !isProject(text))).toEqual([]);
    expect(["", "-a", "A", "a/b", "a.b", "p".repeat(64), "a\n"].filter(isProject)).toEqual([]);
  });

  test("a room name says its project, kind and id back, whatever the id holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), (text) => {
        const id = parseDocumentId(text);
        const project = parseProjectId("p1");
        fc.pre(id.ok && project.ok);
        if (!id.ok || !project.ok) return;
        const address = { project: project.value, kind: "document", id: id.value } as const;
        expect(parseRoomName(formatRoomName(address))).toEqual({ ok: true, value: address });
      }),
    );
  });

  test("a name of another shape is none", () => {
    for (const name of ["", "a", "a/document", "a/document/", "a/other/x", "A/document/x", "/document/x"]) {
      expect([name, parseRoomName(name).ok]).toEqual([name, false]);
    }
  });
});

describe("versions", () => {
  test("text order is version order, by epoch first", () => {
    const versions = [
      { epoch: 1, seq: 2 },
      { epoch: 1, seq: 10 },
      { epoch: 1, seq: 999_999_999_999 },
      { epoch: 2, seq: 0 },
      { epoch: 10, seq: 1 },
    ];
    const texts = versions.map(formatVersion);
    expect(texts.toSorted()).toEqual(texts);
    expect(texts.map(parseVersion)).toEqual(versions);
  });

  test("other text is no version", () => {
    for (const text of ["", "1-2", "00000001-00000000000x", "000000001-000000000001", " 00000001-000000000001"]) {
      expect(parseVersion(text)).toBeUndefined();
      expect(asVersion(text)).toBeUndefined();
    }
    expect(asVersion("00000001-000000000002")).toBe("00000001-000000000002");
  });
});

describe("close codes", () => {
  test("what y-websocket takes as final is final for us, and nothing that may be tried again is", () => {
    const finals = Object.entries(CLOSE_FRAMES)
      .filter(([, { code }]) => code >= 4400 && code < 4500)
      .map(([reason]) => reason);
    expect(finals).toEqual(["malformed", "too-large", "unauthorized", "forbidden", "deleted"]);
    for (const [reason, { code }] of Object.entries(CLOSE_FRAMES)) {
      expect([reason, isFinalCloseCode(code)]).toEqual([reason, finals.includes(reason)]);
      expect(isFinalCloseCode(code) && isBackOffCloseCode(code)).toBe(false);
    }
    expect([1013, 4508, 4529].every(isBackOffCloseCode)).toBe(true);
    expect([1000, 1001, 1006, 1011, 4501].some(isBackOffCloseCode)).toBe(false);
  });

  test("codes may be sent, are never 1009, and their texts fit into a close frame", () => {
    for (const { code, reason } of Object.values(CLOSE_FRAMES)) {
      expect(code === 1000 || code === 1001 || code === 1011 || code === 1013 || (code >= 4000 && code < 5000)).toBe(
        true,
      );
      expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123);
    }
    expect(new Set(Object.values(CLOSE_FRAMES).map(({ code }) => code)).size).toBe(Object.keys(CLOSE_FRAMES).length);
  });
});
