import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_EXCERPT_CHARS, MAX_TITLE_CHARS, summarize } from "../../src/core/summary.ts";

function summaryOf(text: string, heading?: string): ReturnType<typeof summarize> {
  return summarize({ text, heading });
}

const FAMILY = "👨‍👩‍👧‍👦";

describe("summary", () => {
  test("[SU1] the title is the heading the text begins with, else its first line with text", () => {
    expect(summaryOf("\n  \n  First line \nsecond").title).toBe("First line");
    expect(summaryOf("Two\nlines\nrest", "Two\nlines")).toMatchObject({ title: "Two lines", excerpt: "rest" });
    expect(summaryOf("").title).toBe("");
    expect(summaryOf(" \n\t ").title).toBe("");
  });

  test("[SU2] the excerpt is what follows the title, white space collapsed", () => {
    expect(summaryOf("Title\n\n one\n\ttwo\u0000  three \n").excerpt).toBe("one two three");
    expect(summaryOf("Title").excerpt).toBe("");
    const long = summaryOf(`${"word ".repeat(40).trim()}\nnext`);
    expect(`${long.title.slice(0, -1)} ${long.excerpt}`).toBe(`${"word ".repeat(40).trim()} next`);
  });

  test("[SU3] title and excerpt keep their limits and end at a word, never inside a grapheme", () => {
    const { title } = summaryOf("antidisestablishmentarianism ".repeat(20));
    expect(title).toBe(`${"antidisestablishmentarianism ".repeat(4).trim()}…`);
    const faces = summaryOf(FAMILY.repeat(100));
    expect(faces.title).toMatch(new RegExp(`^(?:${FAMILY})+…$`, "u"));
    expect(faces.excerpt).toMatch(new RegExp(`^(?:${FAMILY})+…$`, "u"));
  });

  test("[SU3] whatever the text, limits are kept and no surrogate is left alone", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(FAMILY, "e\u0301", "文档", " ", "\n", "\ud83d", "\udc4d", "x".repeat(130)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const { title, excerpt, words, characters } = summaryOf(pieces.join(""));
        expect(title.length).toBeLessThanOrEqual(MAX_TITLE_CHARS);
        expect(excerpt.length).toBeLessThanOrEqual(MAX_EXCERPT_CHARS);
        expect([title.isWellFormed(), excerpt.isWellFormed()]).toEqual([true, true]);
        expect(words).toBeLessThanOrEqual(characters);
      }),
      { numRuns: 2_000 },
    );
  });

  test("[SU4] words are counted in spaced and in unspaced scripts", () => {
    expect(summaryOf("It's a small world, isn't it? 3.14 times").words).toBe(8);
    expect(summaryOf("实时协作服务器把每个文档放在一个持久对象里").words).toBeGreaterThan(8);
    expect(summaryOf("实时协作服务器把每个文档放在一个持久对象里").words).toBeLessThan(21);
    expect(summaryOf("").words).toBe(0);
  });

  test("[SU5] long texts are estimated close to what counting would find, without its cost", () => {
    const sentence =
      "The quick brown fox jumps over the lazy dog, it's 3.14 times. 实时协作服务器把每个文档放在一个持久对象里。";
    const counted = summaryOf(sentence.repeat(100)).words * 20;
    const startMs = performance.now();
    const estimated = summaryOf(sentence.repeat(2_000)).words;
    expect(Math.abs(estimated / counted - 1)).toBeLessThan(0.1);
    summaryOf("x y ".repeat(1_000_000));
    summaryOf(" ".repeat(4_000_000));
    summaryOf("文".repeat(1_000_000));
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  test("[SU6] characters are code points without line breaks", () => {
    expect(summaryOf("ab\r\n文👍\n").characters).toBe(4);
  });
});
