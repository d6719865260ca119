import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow } from "./source-files.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** `- **UR1** sentence.` heads a rule. */
const RULE = /^- \*\*([A-Z]{2,}\d+)\*\* \S/gm;
/** `[UR1]` or `[UR1][UR2]` heads a title; a template may go on after it. */
const TITLE = /["'`]((?:\[[A-Z]{2,}\d+\] ?)+)/g;
const ID = /[A-Z]{2,}\d+/g;

type Found = { readonly id: string; readonly path: string };

function rules(): readonly Found[] {
  const specs = ["src", "client", "test"].flatMap((folder) => filesBelow(resolve(ROOT, folder), /\bSPEC\.md$/));
  return specs.flatMap((path) => findIds(path, RULE));
}

function titles(): readonly Found[] {
  return filesBelow(resolve(ROOT, "test"), /\.ts$/).flatMap((path) => findIds(path, TITLE));
}

/** Every id in the first group of every match. */
function findIds(path: string, pattern: RegExp): readonly Found[] {
  const heads = [...readFileSync(path, "utf8").matchAll(pattern)].map((match) => match[1] ?? "");
  return heads.flatMap((head) => (head.match(ID) ?? []).map((id) => ({ id, path: relative(ROOT, path) })));
}

const describeRule = ({ id, path }: Found) => `${id} in ${path}`;

describe("rules and tests", () => {
  const known = rules();
  const cited = titles();

  it("[HS1] every rule of a SPEC.md heads the title of a test", () => {
    const tested = new Set(cited.map(({ id }) => id));
    expect(known.filter(({ id }) => !tested.has(id)).map(describeRule)).toEqual([]);
  });

  it("[HS2] every id at the head of a title is a rule of a SPEC.md", () => {
    const ids = new Set(known.map(({ id }) => id));
    expect(cited.filter(({ id }) => !ids.has(id)).map(describeRule)).toEqual([]);
  });

  it("[HS3] an id names one rule", () => {
    const ids = known.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});
