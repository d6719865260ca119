/**
 * A queue gives no order and repeats itself: whatever it does, D1 ends with the newest.
 * @module
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RoomMessage } from "../../src/queue/messages.ts";
import { deletionOf, deliver, storedSummaryOf } from "./queue-messages.ts";

const RUNS = env.ROOST_LONG === "1" ? 300 : 25;
const MAX_SEQ = 6;

type Step = { readonly kind: "summary" | "deleted"; readonly seq: number };

/** Texts of one to three chunks, each with a word of its own. */
const textOf = (id: string, seq: number) => `${"x ".repeat((seq % 3) * 40_000)}${id}word${seq}`;

const rows = async (id: string) =>
  await env.DB.prepare("SELECT number, version, title, editors, deleted_ms FROM documents WHERE id = ?")
    .bind(id)
    .first();
const owned = async (sql: string, number: unknown) => (await env.DB.prepare(sql).bind(number).all()).results;
const matches = async (phrase: string) =>
  (await env.DB.prepare("SELECT rowid FROM document_fts WHERE document_fts MATCH ?").bind(`"${phrase}"`).all()).results
    .length;

test("[QD1] any order and any repetition of summaries and deletions leaves the newest", async () => {
  let documents = 0;
  const step = fc.record({
    kind: fc.constantFrom<Step["kind"]>("summary", "summary", "deleted"),
    seq: fc.integer({ min: 1, max: MAX_SEQ }),
  });
  const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(batches, async (plan) => {
      documents += 1;
      const id = `order${documents}`;
      // A version is a summary or a deletion, never both: whichever the plan says first.
      const kinds = new Map<number, Step["kind"]>();
      for (const { kind, seq } of plan.flat()) if (!kinds.has(seq)) kinds.set(seq, kind);
      const newest = Math.max(...kinds.keys());
      for (const batch of plan) {
        const messages: RoomMessage[] = [];
        for (const { seq } of batch) messages.push(await messageOf(id, seq, kinds.get(seq)));
        const { acked } = await deliver(messages);
        expect(acked).toHaveLength(batch.length);
      }
      await expectNewest(id, newest, kinds);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

async function messageOf(id: string, seq: number, kind: Step["kind"] | undefined): Promise<RoomMessage> {
  if (kind === "deleted") return deletionOf(id, seq);
  return await storedSummaryOf(id, seq, textOf(id, seq), { editors: [`editor${seq}`, "alice"] });
}

async function expectNewest(id: string, newest: number, kinds: ReadonlyMap<number, Step["kind"]>): Promise<void> {
  const isDeleted = kinds.get(newest) === "deleted";
  const row = await rows(id);
  const version = deletionOf(id, newest).version;
  expect(row).toMatchObject({
    version,
    title: isDeleted ? "" : `Title ${newest}`,
    editors: isDeleted ? "[]" : JSON.stringify([`editor${newest}`, "alice"]),
    deleted_ms: isDeleted ? 1_000 + newest : null,
  });
  const chunks = await owned("SELECT body FROM document_chunks WHERE document = ? ORDER BY ordinal", row?.["number"]);
  const editors = await owned("SELECT user FROM document_editors WHERE document = ? ORDER BY user", row?.["number"]);
  expect(editors).toEqual(isDeleted ? [] : [{ user: "alice" }, { user: `editor${newest}` }]);
  if (isDeleted) expect(chunks).toEqual([]);
  else expect(String(chunks.at(-1)?.["body"])).toContain(`${id}word${newest}`);
  for (const seq of kinds.keys()) expect(await matches(`${id}word${seq}`)).toBe(seq === newest && !isDeleted ? 1 : 0);
}
