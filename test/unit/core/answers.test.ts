import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { answerSyncStep1 } from "../../../src/core/document/answer.ts";
import {
  ANSWER_LIFE_MS,
  AnswerCache,
  MAX_ANSWERS,
  MAX_ANSWERS_BYTES,
} from "../../../src/core/document/answer-cache.ts";
import { ClockTable } from "../../../src/core/document/clock-table.ts";
import { compactDocument } from "../../../src/core/document/compaction.ts";
import { DocumentState } from "../../../src/core/document/document-state.ts";
import type { DocumentStorage } from "../../../src/core/ports.ts";
import { textOf, writer } from "../../support/edits.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";
import { NOTHING_KNOWN, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";

type Counted = { readonly storage: DocumentStorage; readonly reads: string[] };

/** `storage` that writes down which rows and parts were read. */
function counted(memory: MemoryStorage): Counted {
  const reads: string[] = [];
  const { meta, tasks, outbox, authors, attribution, quarantine, forgotten, parts, log } = memory;
  const storage = {
    ...{ meta, tasks, outbox, authors, attribution, quarantine, forgotten },
    transaction: <T>(body: () => T): T => memory.transaction(body),
    clear: () => memory.clear(),
    parts: {
      ...parts,
      *read() {
        for (const part of parts.read()) {
          reads.push("part");
          yield part;
        }
      },
    },
    log: {
      ...log,
      *readSince(afterSeq: number) {
        for (const row of log.readSince(afterSeq)) {
          reads.push("row");
          yield row;
        }
      },
    },
  };
  return { storage, reads };
}

/** Three parts of a kilobyte each and one row after them. */
function storedDocument(note: { readonly hasFormats?: boolean } = { hasFormats: false }): MemoryStorage {
  const memory = new MemoryStorage();
  const alice = writer(1);
  const letters = [..."abc"].map((letter) => ({ user: "a", update: alice.type(letter.repeat(1_000)) }));
  // Two people, so that the text is several structs.
  const bob = writer(2);
  Y.applyUpdate(bob.doc, Y.encodeStateAsUpdate(alice.doc));
  const others = [..."def"].map((letter) => ({ user: "b", update: bob.type(letter.repeat(1_000)) }));
  memory.log.append([...letters, ...others], 1);
  const { parts, stateVector, deleteSet } = compactDocument({
    parts: [],
    rows: [...memory.log.readSince(0)],
    maxPartBytes: 3_100,
  });
  memory.parts.replace(parts, { seq: 1, stateVector, deleteSet, ...note });
  memory.log.deleteThrough(1);
  memory.log.append([{ user: "b", update: bob.type("tail") }], 2);
  return memory;
}

function answer(state: DocumentState, nowMs: number, stateVector: Uint8Array = NOTHING_KNOWN): readonly Uint8Array[] {
  const answered = state.answer(stateVector, nowMs);
  return answered.ok ? [...answered.value] : [];
}

describe("answers from stored bytes", () => {
  test("[AN2] parts go out without being parsed, and with a row behind them", () => {
    const parts = [Uint8Array.of(255, 1), Uint8Array.of(254, 2)];
    const info = { seq: 1, bytes: 4, count: 2, stateVector: Uint8Array.of(1, 9, 5), deleteSet: Uint8Array.of(0) };
    const ahead = new ClockTable([[7, 3]]);
    for (const clientStateVector of [new ClockTable(), ahead]) {
      const update = writer(3).type("tail");
      const tail = [{ seq: 2, firstSeq: 2, atMs: 1, updates: [{ user: "a", update }] }];
      const input = { info, parts: () => parts, hasFormats: () => false, clientStateVector, maxFrameBytes: 1_000 };
      expect([...answerSyncStep1({ ...input, tail })]).toEqual([...parts, update]);
      expect([...answerSyncStep1({ ...input, tail: [] })]).toEqual(parts);
    }
  });

  test("[AN11] a frame is made when it is asked for, out of one part at a time", () => {
    const memory = storedDocument();
    const { storage, reads } = counted(memory);
    const inParts = memory.parts.info()?.count ?? 0;
    expect(inParts).toBe(2);
    const answered = new DocumentState(storage).answer(NOTHING_KNOWN, 0);
    if (!answered.ok) throw new Error(answered.error.reason);
    const readBefore: number[] = [];
    for (const _ of answered.value) readBefore.push(reads.length);
    expect(readBefore).toEqual([1, 2, 3]);
  });

  test("[DS10] parts of which nobody noted whether they bring formats are parsed for that once", () => {
    const memory = storedDocument({});
    const { storage, reads } = counted(memory);
    const state = new DocumentState(storage);
    expect(textOf(answer(state, 0))).toHaveLength(6_004);
    expect(reads).toEqual(["part", "part", "part", "part", "row"]);
    reads.length = 0;
    answer(state, 2 * ANSWER_LIFE_MS);
    expect(reads).toEqual(["part", "part", "row"]);
    const noted = counted(storedDocument());
    answer(new DocumentState(noted.storage), 0);
    expect(noted.reads).toEqual(["part", "part", "row"]);
  });

  test("[AN10] whoever asks the same within seconds is answered without reading, until something is stored", () => {
    const { storage, reads } = counted(storedDocument());
    const room = new TestRoom();
    const state = new DocumentState(storage);
    const first = answer(state, room.nowMs);
    expect(reads).toEqual(["part", "part", "row"]);
    reads.length = 0;
    for (let join = 0; join < 1_000; join += 1) {
      const again = answer(state, room.nowMs + ANSWER_LIFE_MS, NOTHING_KNOWN.slice());
      expect([again.length, again.every((frame, index) => frame === first[index])]).toEqual([first.length, true]);
    }
    expect(reads).toEqual([]);
    answer(state, room.nowMs, Uint8Array.of(1, 1, 1));
    expect(reads).not.toEqual([]);
    for (const change of [() => state.committed(), () => state.rebased(1), () => state.forget()]) {
      answer(state, room.nowMs);
      reads.length = 0;
      change();
      answer(state, room.nowMs);
      expect(reads).toContain("part");
    }
    reads.length = 0;
    expect(answer(state, room.nowMs + ANSWER_LIFE_MS + 1)).toEqual(first);
    expect(reads).toContain("part");
  });

  test("[AN10] nothing is held back of parts that are too large to be kept; what others lack of the document is kept", () => {
    const [memory, bob] = [new MemoryStorage(), writer(2)];
    const huge = new Uint8Array(MAX_ANSWERS_BYTES + 1);
    const stateVector = Uint8Array.of(1, 9, 5);
    memory.parts.replace([huge], { seq: 1, stateVector, deleteSet: Uint8Array.of(0), hasFormats: true });
    const tail = bob.type("tail");
    memory.log.append([{ user: "b", update: tail }], 2);
    const { storage, reads } = counted(memory);
    const state = new DocumentState(storage);
    const read = (asked: Uint8Array): readonly string[] => {
      reads.length = 0;
      answer(state, 0, asked);
      return [...reads];
    };
    expect([read(NOTHING_KNOWN), read(NOTHING_KNOWN)]).toEqual([
      ["part", "row"],
      ["part", "row"],
    ]);
    expect([read(stateVector), read(stateVector)]).toEqual([["row"], []]);
  });

  test("[AN10] a row between two joins is in the second answer", () => {
    const room = new TestRoom(storedDocument());
    const heardBy = (name: string): string => {
      room.open(name, { dialect: yWebsocket });
      room.room.receive(idOf(name), [{ type: "sync-step-1", stateVector: NOTHING_KNOWN }], room.nowMs);
      const heard = room.heard(name).flatMap((message) => ("update" in message ? [message] : []));
      expect(heard.map(({ type }) => type)).toEqual(["update", "update", "sync-step-2"]);
      return textOf(heard.map(({ update }) => update));
    };
    expect([heardBy("alice"), heardBy("bob")].map((text) => text.length)).toEqual([6_004, 6_004]);
    room.receive("alice", { type: "update", update: writer(3).type("more") });
    room.flush();
    expect(heardBy("carol")).toHaveLength(6_008);
  });

  test("[AN10] what is kept is bounded in number, bytes and time", () => {
    const cache = new AnswerCache();
    const keep = (client: number, frames: readonly Uint8Array[], nowMs = 0): void => {
      const passed = [...cache.keep({ stateVector: Uint8Array.of(client), seq: 1 }, nowMs, frames)];
      expect(passed.map((frame, index) => frame === frames[index])).toEqual(frames.map(() => true));
    };
    const find = (client: number, seq = 1, nowMs = 0) => cache.find({ stateVector: Uint8Array.of(client), seq }, nowMs);
    for (let client = 0; client <= MAX_ANSWERS; client += 1) keep(client, [Uint8Array.of(client)]);
    expect([find(0), find(1), find(MAX_ANSWERS)]).toEqual([
      undefined,
      [Uint8Array.of(1)],
      [Uint8Array.of(MAX_ANSWERS)],
    ]);
    expect([find(1, 2), cache.bytes]).toEqual([undefined, 2 * MAX_ANSWERS]);
    const half = new Uint8Array(MAX_ANSWERS_BYTES / 2);
    keep(50, [half, half]);
    expect([find(50)?.length, cache.bytes]).toEqual([undefined, 2 * MAX_ANSWERS]);
    keep(51, [half]);
    keep(52, [half], 1);
    expect([find(51)?.length, find(52)?.length, cache.bytes]).toEqual([undefined, 1, half.length + 1]);
    cache.dropOld(ANSWER_LIFE_MS + 1);
    expect(cache.bytes).toBe(half.length + 1);
    cache.dropOld(ANSWER_LIFE_MS + 2);
    expect(cache.bytes).toBe(0);
  });
});
