/**
 * What a list of documents shows of one. Rules SU1–SU6.
 * @module
 */
import type { DocumentText } from "./document/content-text.ts";
import { Pace, type Steps, finish } from "./steps.ts";

export type Summary = {
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  /** Unicode code points without line breaks. */
  readonly characters: number;
};

/** About 2 ms each. */
const STEP_MATCHES = 50_000;
const STEP_CHARS = 500_000;

/** UTF-16 units, the ellipsis included. */
export const MAX_TITLE_CHARS = 120;
export const MAX_EXCERPT_CHARS = 280;

/** UTF-16 units; finding the words of this much Chinese takes about 40 ms. */
const MAX_SEGMENTED_CHARS = 200_000;
/** Han and kana characters in a word the segmenter finds (measured 1.5); stands in for it in longer texts. */
const UNSPACED_CHARS_PER_WORD = 1.5;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const SPACED_WORD = /[\p{L}\p{N}\p{M}_]+(?:['’.][\p{L}\p{N}\p{M}_]+)*/gu;
/** To save a word a cut goes back at most to this part of the limit. */
const MIN_CUT_SHARE = 0.6;
const ELLIPSIS = "…";
/** No grapheme people write is longer; one that is gets cut between code points. */
const MAX_GRAPHEME_CHARS = 64;
/** Enough of a text to fill title and excerpt, unless it is all white space. */
const WINDOW_CHARS = 16 * MAX_EXCERPT_CHARS;

/**
 * Title: the heading the text begins with, else its first line with text; at most {@link MAX_TITLE_CHARS}. Excerpt: what follows,
 * at most {@link MAX_EXCERPT_CHARS}. White space is collapsed in both; neither ends inside a surrogate pair or a grapheme.
 */
export function summarize(content: DocumentText): Summary {
  return finish(summarizeInSteps(content));
}

/** {@link summarize}, some hundred thousand characters at a time. */
export function* summarizeInSteps({ text, heading }: DocumentText): Steps<Summary> {
  const start = Math.max(text.search(/\S/u), 0);
  const lineEnd = text.indexOf("\n", start);
  const line = text.slice(start, lineEnd === -1 ? undefined : lineEnd);
  const first = heading !== undefined && text.startsWith(heading, start) ? heading : line;
  const head = collapse(first.slice(0, WINDOW_CHARS));
  const headEnd = cutAt(head, MAX_TITLE_CHARS);
  const rest =
    headEnd < head.length
      ? collapse(text.slice(start, start + WINDOW_CHARS))
          .slice(headEnd)
          .trimStart()
      : collapse(
          text
            .slice(start + first.length)
            .trimStart()
            .slice(0, WINDOW_CHARS),
        );
  const words = yield* countWords(text);
  yield;
  return {
    title: upTo(head, headEnd),
    excerpt: upTo(rest, cutAt(rest, MAX_EXCERPT_CHARS)),
    words,
    characters: yield* countCharacters(text),
  };
}

function collapse(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .toWellFormed();
}

/** Where to end so that text and ellipsis stay within `maxChars` UTF-16 units; the length when it fits as it is. */
function cutAt(text: string, maxChars: number): number {
  if (text.length <= maxChars) return text.length;
  const end = graphemeBorder(text, maxChars - ELLIPSIS.length);
  const space = text.lastIndexOf(" ", end);
  return space >= end * MIN_CUT_SHARE ? space : end;
}

function upTo(text: string, end: number): string {
  return end < text.length ? text.slice(0, end).trimEnd() + ELLIPSIS : text;
}

/** The last border between graphemes at or before `at`. */
function graphemeBorder(text: string, at: number): number {
  const from = codePointBorder(text, Math.max(at - MAX_GRAPHEME_CHARS, 0));
  const border = codePointBorder(text, at);
  if (!("Segmenter" in Intl)) return border;
  const window = text.slice(from, at + MAX_GRAPHEME_CHARS);
  let last = 0;
  for (const { index } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(window)) {
    if (from + index > at) break;
    last = index;
  }
  return last === 0 ? border : from + last;
}

function codePointBorder(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

/** Words as the segmenter finds them, so that Chinese counts by its dictionary; an estimate beyond its bound or without it. */
function* countWords(text: string): Steps<number> {
  if (text.length <= MAX_SEGMENTED_CHARS && "Segmenter" in Intl) {
    let words = 0;
    for (const { isWordLike } of new Intl.Segmenter("en", { granularity: "word" }).segment(text)) {
      if (isWordLike === true) words += 1;
    }
    return words;
  }
  const unspaced = yield* countMatches(text, UNSPACED);
  const spaced = yield* countMatches(unspaced === 0 ? text : text.replaceAll(UNSPACED, " "), SPACED_WORD);
  return spaced + Math.round(unspaced / UNSPACED_CHARS_PER_WORD);
}

/** Each search begins where the last one ended, whatever others search for between two steps. */
function* countMatches(text: string, pattern: RegExp): Steps<number> {
  const search = new RegExp(pattern);
  const pace = new Pace(STEP_MATCHES);
  let matches = 0;
  while (search.test(text)) {
    matches += 1;
    if (pace.isStepOver()) yield;
  }
  return matches;
}

function* countCharacters(text: string): Steps<number> {
  let characters = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (at % STEP_CHARS === STEP_CHARS - 1) yield;
    const code = text.charCodeAt(at);
    const isSecondHalf = code >= 0xdc00 && code <= 0xdfff;
    if (!isSecondHalf && code !== 10 && code !== 13) characters += 1;
  }
  return characters;
}
