import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow } from "./source-files.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const CODE = /\.(ts|tsx|mjs)$/;

/** `path:line: text` of every line that matches, this file apart: it has to name what it forbids. */
function linesLike(folders: readonly string[], pattern: RegExp): readonly string[] {
  const paths = folders
    .flatMap((folder) => filesBelow(resolve(ROOT, folder), CODE))
    .filter((path) => path !== import.meta.filename);
  return paths.flatMap((path) => {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.flatMap((line, index) =>
      pattern.test(line) ? [`${relative(ROOT, path)}:${index + 1}: ${line.trim()}`] : [],
    );
  });
}

const EVERYWHERE = ["src", "client", "test", "scripts", "types"];

describe("text of the sources", () => {
  it("[HS4] no type is forced", () => {
    expect(linesLike(EVERYWHERE, /\bas any\s*([;,.)\]}>]|$)|\bas unknown as\b|@ts-(ignore|nocheck)/)).toEqual([]);
  });

  it("[HS5] no test is skipped or runs alone", () => {
    expect(linesLike(["test"], /\b(it|test|describe)\.(skip|only|todo|fails|skipIf|runIf)\b/)).toEqual([]);
  });

  it("[HS6] nothing is put off, and no path is of one machine", () => {
    expect(linesLike(EVERYWHERE, /\b(TODO|FIXME|XXX)\b|["'`](\/home\/|\/Users\/|\/root\/|\/work\/)/)).toEqual([]);
  });

  it("[HS7] a cast in the Worker and the client has its reason beside it", () => {
    const casts = [
      ...filesBelow(resolve(ROOT, "src"), CODE),
      ...filesBelow(resolve(ROOT, "client"), /(?<!api-report\.d)\.tsx?$/),
    ];
    expect(casts.flatMap(unexplainedCasts)).toEqual([]);
  });
});

/** A cast that is not `as const`, an import alias or a widening to a type parameter needs a word. */
const CAST = /[\w)\]}>] as (?!const\b)[A-Z{(][\w.<>[\]{}, |]*/;
/** The brand that a `parse` function puts on what it has just checked. */
const BRAND = /\bok\(\w+ as [A-Z]\w*\)/;
const IMPORT = /^\s*(import|export|\}|type )|\bimport\b|^\s*\w+ as \w+,?$/;
/** How far above a cast its reason may stand: one statement. */
const REASON_LINES = 6;

function unexplainedCasts(path: string): readonly string[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const isComment = /^\s*(\*|\/\/|\/\*)/.test(line);
    if (isComment || IMPORT.test(line) || BRAND.test(line) || !CAST.test(line)) return [];
    const above = lines.slice(Math.max(0, index - REASON_LINES), index + 1);
    return above.some((text) => text.includes("SAFETY:"))
      ? []
      : [`${relative(ROOT, path)}:${index + 1}: ${line.trim()}`];
  });
}
