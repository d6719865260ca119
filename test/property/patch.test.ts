import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { type Json, toJson } from "../../src/core/document/content-json.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { anchorIn, editDocument } from "../../src/core/edits/edit-document.ts";
import { Random } from "../support/random.ts";
import { Misfit, type Operation, type Roots, copyOf, operate, randomRoots, shown, writeRoots } from "./patch-model.ts";
import { isLive, isLiveOrUnknown, liveUnits } from "./live-units.ts";
import { editRandomly } from "./random-edits.ts";
import { anyOperation, randomOperation } from "./random-operations.ts";
import { isLong } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const RUNS = isLong ? 5_000 : 400;
const FEWER_RUNS = isLong ? 2_000 : 100;
const MAX_OPERATIONS = 8;

describe("operations", () => {
  test("[FE21] operations do to shared types and plain values what they do to JSON, all or none of them", () => {
    let fitted = 0;
    let refused = 0;
    forSeeds(RUNS, (seed) => {
      const random = new Random(seed);
      let roots = randomRoots(random);
      const doc = new Y.Doc();
      writeRoots(doc, roots);
      for (let round = 0; round < 3; round += 1) {
        const { operations, after, misfitAt } = randomPatch(roots, random);
        const made = editDocument(bytesOf(doc), { kind: "patch", operations }, 1_000 + round);
        if (misfitAt !== undefined) {
          refused += 1;
          expect(made.ok ? "made" : made.error.reason).toMatch(new RegExp(`^operation ${misfitAt}: `));
          continue;
        }
        fitted += 1;
        if (!made.ok) throw new Error(`${made.error.reason}: ${JSON.stringify(operations)}`);
        if (made.value !== undefined) Y.applyUpdate(doc, made.value.update);
        expect([contentOf(doc), operations]).toEqual([jsonOf(after), operations]);
        roots = after;
      }
    });
    expect(Math.min(fitted, refused)).toBeGreaterThan(process.env["ROOST_SEED"] === undefined ? RUNS / 4 : -1);
  });
});

describe("operations among people who type", () => {
  test("[FE22] operations remove what they say and nothing else, and what others write meanwhile stays, wherever it came from", () => {
    forSeeds(FEWER_RUNS, (seed) => {
      const random = new Random(seed);
      const server = new Y.Doc();
      for (let edits = 15; edits > 0; edits -= 1) editRandomly(server, random);
      const people = Array.from({ length: 3 }, () => replicaOf(server));
      for (const person of people) for (let edits = 4; edits > 0; edits -= 1) editRandomly(person, random);
      const [early, late] = [people.slice(0, 1), people.slice(1)];
      for (const person of early) bring(server, person);
      for (let round = 0; round < 4; round += 1) patchAndCheck(server, random, 5_000 + round);

      const theirs = late.map((person) => [...liveUnits(person)].filter(([unit]) => isBy(person, unit)));
      for (const person of late) bring(server, person);
      const live = liveUnits(server);
      expect(theirs.flat().filter(([unit, parent]) => !live.has(unit) && isUnharmed(server, late, parent))).toEqual([]);
      for (const person of people) {
        bring(person, server);
        expect(contentOf(person)).toEqual(contentOf(server));
      }
    });
  });

  test("[FE14] text that comes at an anchor stands before the character that the anchor stood before, whoever edits around it", () => {
    forSeeds(FEWER_RUNS, (seed) => {
      const random = new Random(seed);
      const server = new Y.Doc();
      for (let edits = 10; edits > 0; edits -= 1) editRandomly(server, random);
      const text = server.getText("text");
      text.insert(0, "start ◆ end");
      const anchor = anchorIn(bytesOf(server), { path: "/text", index: "start ".length, assoc: 0 });
      if (!anchor.ok) throw new Error(anchor.error.reason);
      const other = replicaOf(server);
      for (let edits = 15; edits > 0; edits -= 1) editRandomly(random.pick([server, other]), random);
      bring(server, other);
      const operations = [{ op: "splice", anchor: anchor.value, insert: "<here>" }];
      const made = editDocument(bytesOf(server), { kind: "patch", operations }, 6_000);
      if (!made.ok || made.value === undefined) throw new Error("no edit");
      Y.applyUpdate(server, made.value.update);
      expect(plain(text).includes("<here>◆")).toBe(plain(text).includes("◆"));
      expect(plain(text)).toContain("<here>");
    });
  });
});

/** One operation that fits, and whether what is gone is what it says. */
function patchAndCheck(server: Y.Doc, random: Random, client: number): void {
  const { operation, removes } = anyOperation(server, random);
  const before = liveUnits(server);
  const made = editDocument(bytesOf(server), { kind: "patch", operations: [operation] }, client);
  if (!made.ok) return expect(made.error.reason).toBe("operation 0: the edge lies inside a character");
  if (made.value !== undefined) Y.applyUpdate(server, made.value.update);
  const after = liveUnits(server);
  const gone = [...before].filter(([unit, parent]) => !after.has(unit) && isLive(server, parent));
  expect([operation, gone.length]).toEqual([operation, removes]);
}

function replicaOf(doc: Y.Doc): Y.Doc {
  const replica = new Y.Doc();
  Y.applyUpdate(replica, Y.encodeStateAsUpdate(doc));
  return replica;
}

function bring(to: Y.Doc, from: Y.Doc): void {
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));
}

function isBy({ clientID }: Y.Doc, unit: string): boolean {
  return unit.startsWith(`${clientID}:`);
}

/** Nobody of `others` and no operation removed the type. */
function isUnharmed(server: Y.Doc, others: readonly Y.Doc[], parent: string): boolean {
  return isLive(server, parent) && others.every((each) => isLiveOrUnknown(each, parent));
}

function plain(text: Y.Text): string {
  // SAFETY: `toDelta` is typed `any`.
  const ops = text.toDelta() as { readonly insert: unknown }[];
  return ops.map(({ insert }) => (typeof insert === "string" ? insert : "?")).join("");
}

type Patch = {
  readonly operations: readonly Operation[];
  readonly after: Roots;
  readonly misfitAt: number | undefined;
};

/** Each fits what those before it made; the last one may not. */
function randomPatch(roots: Roots, random: Random): Patch {
  const operations: Operation[] = [];
  let after = roots;
  for (let count = 1 + random.below(MAX_OPERATIONS); count > 0; count -= 1) {
    const next = { meta: copyOf(after.meta), list: copyOf(after.list), note: copyOf(after.note) };
    const operation = randomOperation(next, random);
    operations.push(operation);
    try {
      operate(next, operation);
    } catch (cause) {
      if (!(cause instanceof Misfit)) throw cause;
      if (random.below(3) > 0) {
        operations.pop();
        continue;
      }
      return { operations, after: roots, misfitAt: operations.length - 1 };
    }
    after = next;
  }
  return { operations, after, misfitAt: undefined };
}

function bytesOf(doc: Y.Doc) {
  return { parts: [Y.encodeStateAsUpdate(doc)], rows: [] };
}

function contentOf(doc: Y.Doc): Json {
  return withoutFormats(toJson(hydrate([Y.encodeStateAsUpdate(doc)], []).doc));
}

function jsonOf({ meta, list, note }: Roots): Json {
  const roots = {
    list: { type: "array", items: shown(list) },
    meta: { type: "map", entries: shown(meta) },
    note: shown(note),
  };
  return withoutFormats(roots);
}

/** Of texts, what they say. */
function withoutFormats(json: Json): Json {
  if (Array.isArray(json)) return json.map(withoutFormats);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json);
  const delta = entries.find(([key]) => key === "delta")?.[1];
  if (!Array.isArray(delta)) return Object.fromEntries(entries.map(([key, each]) => [key, withoutFormats(each)]));
  const said = delta.map((op: Json) => (typeof op === "object" && op !== null && "insert" in op ? op.insert : ""));
  return { type: "text", said: said.join("") };
}
