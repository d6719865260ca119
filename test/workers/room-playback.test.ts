/**
 * A document's past for playback, from the log and from R2.
 */
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { encodeHistory } from "../../src/core/history.ts";
import type { LogRow } from "../../src/core/ports.ts";
import { PastRows, type PastPosition } from "../../src/rooms/past-rows.ts";
import { HistoryStore } from "../../src/storage/history-store.ts";
import { MINUTE_MS, type Page, START_MS, at, historyOf, playback, sleep, typed } from "./past-requests.ts";
import { LongDocument, type SaverRoom, inSaverRoom } from "./saver-room.ts";

afterEach(() => vi.useRealTimers());

test("[HA22] playback from any moment begins with the document as it was, and ends with what it is", async () => {
  const texts = await typed("played");
  expect(playback(await historyOf("played"))).toEqual(texts);
  for (let minute = 0; minute <= 5; minute += 1) {
    const page = await historyOf("played", `from=${START_MS + minute * MINUTE_MS}`);
    expect(playback(page)).toEqual(texts.slice(minute));
    expect(page.cursor).toBeNull();
  }
  const middle = await historyOf("played", `from=${START_MS + MINUTE_MS}&to=${START_MS + 3.2 * MINUTE_MS}`);
  expect(playback(middle)).toEqual(texts.slice(1, 5));
  expect(middle.steps.map(({ updates }) => updates.map(({ user }) => user))).toEqual([["bob"], ["alice"], ["bob"]]);
  // Nothing was written then: it is what it was.
  expect(
    playback(await historyOf("played", `from=${START_MS + 90 * MINUTE_MS}&to=${START_MS + 99 * MINUTE_MS}`)),
  ).toEqual([texts.at(-1)]);
  expect(playback(await historyOf("played", `from=${START_MS + 1}&to=${START_MS + 2}`))).toEqual([texts[1]]);
});

test("[HA21] a page has at most 1,000 steps, and what is compacted between two pages is in neither twice nor missing", async () => {
  const document = new LongDocument(0);
  at(0);
  await inSaverRoom("long-past", async ({ write, saver }) => {
    for (let key = 0; key < 600; key += 1) write(document.type("x"));
    await saver.save();
    for (let key = 0; key < 500; key += 1) write(document.type("y"));
  });
  await sleep("long-past");
  const first = await historyOf("long-past");
  await inSaverRoom("long-past", async ({ write, saver }) => {
    write(document.type("z"));
    await saver.save();
  });
  await sleep("long-past");
  const second = await historyOf("long-past", `cursor=${first.cursor}`);
  expect([first.steps.length, second.steps.length, second.start, second.cursor]).toEqual([1_000, 101, null, null]);
  const steps = [...first.steps, ...second.steps];
  expect(steps.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_101 }, (_, index) => index + 1));
  expect(playback({ ...first, steps }).at(-1)).toBe(document.doc.getText("text").toString());
});

test("[HA21] a page has at most 1 MB, or one larger step", async () => {
  const document = new LongDocument(0);
  at(0);
  await inSaverRoom("wide-past", async ({ write, saver }) => {
    write(document.type("a".repeat(700_000)));
    write(document.type("b".repeat(700_000)));
    await saver.save();
    write(document.type("c".repeat(1_500_000)));
    write(document.type("d"));
  });
  await sleep("wide-past");
  const sizes: number[][] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page = await historyOf("wide-past", cursor === "" ? "" : `cursor=${cursor}`);
    sizes.push(page.steps.map(({ seq }) => seq));
    cursor = page.cursor;
  }
  expect(sizes).toEqual([[1], [2], [3], [4]]);
});

test("[HA21] from any row on come the rows behind it, once each: of segments, repeats, branches and the log", async () => {
  at(0);
  await inSaverRoom("branched", async ({ storage, context }) => {
    const row = (seq: number, word: string, firstSeq = seq): LogRow => {
      const doc = new Y.Doc();
      doc.getMap("map").set(word, seq);
      return { seq, firstSeq, atMs: START_MS + seq, updates: [{ user: word, update: Y.encodeStateAsUpdate(doc) }] };
    };
    const put = async (rows: readonly LogRow[]): Promise<void> => {
      const [first, last] = [rows.at(0), rows.at(-1)];
      if (first === undefined || last === undefined) throw new Error("some rows");
      const range = { epoch: 1, firstSeq: first.firstSeq, lastSeq: last.seq };
      const stored = await context.snapshots.putHistory(context.address, range, encodeHistory(rows));
      expect(stored.ok).toBe(true);
    };
    const [one, two, three, four] = [row(1, "one"), row(2, "two"), row(3, "three"), row(4, "four")];
    await put([one, two]);
    // Cut off, and then repeated by a longer one; then others by the same seqs.
    await put([one, two, three]);
    await put([four]);
    await put([row(4, "other four")]);
    storage.parts.replace([Uint8Array.of(0, 0)], {
      seq: 3,
      stateVector: Uint8Array.of(0),
      deleteSet: Uint8Array.of(0),
    });
    storage.log.append([{ user: "archived already", update: Uint8Array.of(0, 0) }], START_MS);
    storage.log.append([{ user: "five", update: Uint8Array.of(0, 0) }], START_MS);
    const words = ["one", "two", "three", "four", "other four", "five"];
    const read = await readAll(storage, context, undefined);
    expect(read.map(({ word }) => word)).toEqual(words);
    for (const [index, { position }] of read.entries()) {
      const rest = await readAll(storage, context, position);
      expect(rest.map(({ word }) => word)).toEqual(words.slice(index + 1));
    }
  });
});

async function readAll(
  storage: SaverRoom["storage"],
  { address }: SaverRoom["context"],
  start: PastPosition | undefined,
) {
  const past = new PastRows({ storage, address, history: new HistoryStore(env.SNAPSHOTS) }, start);
  const read: { readonly word: string | undefined; readonly position: PastPosition }[] = [];
  for (;;) {
    const chunk = await past.next(() => true);
    if (!chunk.ok) throw new Error(chunk.error.tag);
    if (chunk.value === undefined) return read;
    for (const row of chunk.value.rows) {
      read.push({ word: row.updates[0]?.user, position: past.positionOf(row, chunk.value) });
    }
  }
}
