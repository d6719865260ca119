import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../../src/storage/d1/page-cursor.ts";
import { MAX_SEARCH_TERMS, parseSearch, toLikePattern, toPhrase } from "../../../src/storage/d1/search-terms.ts";
import { CHUNK_CHARS, CHUNK_OVERLAP_CHARS, chunkText, groupChunks } from "../../../src/storage/d1/text-chunks.ts";

const terms = (text: string) => {
  const parsed = parseSearch(text);
  return parsed.ok ? parsed.value.map((term) => term.text) : parsed.error;
};

describe("terms", () => {
  test.each([
    ["two words", ["two", "words"]],
    ['"kept together" apart', ["kept together", "apart"]],
    ['open "quote', ["open", "quote"]],
    ["twice twice", ["twice"]],
    ["NEAR(a b) AND -c*", ["NEAR(a", "b)", "AND", "-c*"]],
    ["北京 烤鸭店", ["北京", "烤鸭店"]],
    ["tab\tnull\u0000", ["tab", "null"]],
    ['  "" " " ', []],
  ])("[RT43] %j holds the terms %j", (text, expected) => {
    expect(terms(text)).toEqual(expected);
  });

  test("[RT42] characters are counted, not their units", () => {
    const parsed = parseSearch("ab abc 北京 🦊🦊 🦊");
    const kinds = ["pair", "full-text", "pair", "pair", "single"];
    expect(parsed).toMatchObject({ ok: true, value: kinds.map((kind) => ({ kind })) });
  });

  test("[RT46] more words than a sentence, or a word longer than the overlap of two chunks, is refused", () => {
    const many = Array.from({ length: MAX_SEARCH_TERMS + 1 }, (_, index) => `word${index}`).join(" ");
    expect(terms(many)).toMatchObject({ tag: "bad-search" });
    expect(terms("x".repeat(CHUNK_OVERLAP_CHARS + 1))).toMatchObject({ tag: "bad-search" });
  });

  test("[RT43] quotes and wildcards are text", () => {
    expect(toPhrase('say "hi"')).toBe('"say ""hi"""');
    expect(toLikePattern("5%_\\")).toBe("%5\\%\\_\\\\%");
  });
});

describe("cursors", () => {
  test("[RT40] a cursor comes back as it was made", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 3 }), (key) => {
        expect(decodeCursor(encodeCursor(key), key.length)).toEqual({ ok: true, value: key });
      }),
    );
  });

  test.each(["", "x", "!", "e30", btoa("[1]"), btoa("[1,2,3]"), btoa('["1",2]'), btoa("[1.5,2]"), "a".repeat(5_000)])(
    "[RT46] %s is no cursor",
    (text) => {
      expect(decodeCursor(text, 2)).toEqual({ ok: false, error: { tag: "bad-cursor" } });
    },
  );
});

describe("chunks", () => {
  test("[QD3] whatever fits a search term lies whole in some chunk", () => {
    const text = Array.from({ length: 40_000 }, (_, index) => `${index % 7 === 0 ? "🦊" : "w"}${index}`).join(" ");
    const chunks = chunkText(text);
    expect(chunks.length).toBeGreaterThan(3);
    for (let at = 0; at + CHUNK_OVERLAP_CHARS < text.length; at += 61) {
      const phrase = text.slice(at, at + CHUNK_OVERLAP_CHARS - 2).toWellFormed();
      if (!phrase.includes("\ufffd")) expect(chunks.some((chunk) => chunk.includes(phrase))).toBe(true);
    }
  });

  test("[QD3] no chunk is cut inside a pair, and none is longer than it may be", () => {
    for (const shift of [0, 1]) {
      const chunks = chunkText(`${"x".repeat(shift)}${"🦊".repeat(CHUNK_CHARS)}`);
      expect(chunks.every((chunk) => chunk.isWellFormed() && chunk.length <= CHUNK_CHARS + 1)).toBe(true);
    }
  });

  test("[RT45] text cannot hold the markers of a passage", () => {
    expect(chunkText("a\u0002b\u0003c\u0000d")).toEqual(["a b c d\n"]);
  });

  test("[QD3] groups keep the order and stay within one bound parameter", () => {
    const chunks = Array.from({ length: 40 }, (_, index) => `${index}${"文".repeat(CHUNK_CHARS - 10)}`);
    const groups = groupChunks(chunks);
    expect(groups.flatMap((group) => group.chunks)).toEqual(chunks);
    for (const group of groups) {
      expect(chunks.indexOf(group.chunks[0] ?? "")).toBe(group.firstOrdinal);
      expect(new TextEncoder().encode(JSON.stringify(group.chunks)).length).toBeLessThan(2_000_000);
    }
    expect(groupChunks([""])).toEqual([{ firstOrdinal: 0, chunks: [""] }]);
  });
});
