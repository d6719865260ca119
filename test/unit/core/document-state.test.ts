import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { compactDocument } from "../../../src/core/document/compaction.ts";
import { DocumentState } from "../../../src/core/document/document-state.ts";
import { docsBuilt } from "../../../src/core/document/hydrate.ts";
import { textOf, writer } from "../../support/edits.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";

const LARGE = 1_000_000;
const NOTHING_KNOWN = Uint8Array.of(0);

function accept(state: DocumentState, update: Uint8Array, isAnswer = false, maxBytes = LARGE): string {
  const accepted = state.accept(update, isAnswer, maxBytes);
  return accepted.ok ? accepted.value.kind : accepted.error.tag;
}

/** What an acceptance would store. */
function stored(state: DocumentState, update: Uint8Array, isAnswer: boolean): Uint8Array {
  const accepted = state.accept(update, isAnswer, LARGE);
  if (!accepted.ok || accepted.value.kind !== "accepted") throw new Error("not accepted");
  return accepted.value.update;
}

function compact(storage: MemoryStorage): void {
  const rows = [...storage.log.readSince(storage.parts.info()?.seq ?? 0)];
  const { parts, stateVector, deleteSet } = compactDocument({ parts: storage.parts.read(), rows });
  const seq = storage.log.lastSeq();
  storage.parts.replace(parts, { seq, stateVector, deleteSet });
  storage.log.deleteThrough(seq);
}

/** One struct (garbage of length 1) at `clock` of each of these clients. */
function garbageOf(clients: readonly number[], clock = 0): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, clients.length);
  for (const client of clients) {
    for (const value of [1, client, clock]) encoding.writeVarUint(encoder, value);
    encoding.writeUint8(encoder, 0);
    encoding.writeVarUint(encoder, 1);
  }
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

describe("document state", () => {
  test("[DS1] clocks come from parts and tail, and nothing builds a document", () => {
    const storage = new MemoryStorage();
    const alice = writer(1);
    const bob = writer(2);
    storage.log.append([{ user: "a", update: alice.type("in parts") }], 1);
    compact(storage);
    storage.log.append([{ user: "b", update: bob.type("in the tail") }], 2);
    const built = docsBuilt();
    const state = new DocumentState(storage);
    Y.applyUpdate(bob.doc, Y.encodeStateAsUpdate(alice.doc));
    expect(state.stateVector()).toEqual(Y.encodeStateVector(bob.doc));
    const answer = state.answer(NOTHING_KNOWN, 0);
    expect(textOf(answer.ok ? [...answer.value] : [])).toHaveLength("in parts".length + "in the tail".length);
    expect(docsBuilt()).toBe(built);
  });

  test("[DS2] what is accepted counts as known at once, before it is stored", () => {
    const state = new DocumentState(new MemoryStorage());
    const alice = writer(1);
    const first = alice.type("1");
    const second = alice.type("2");
    expect(accept(state, second)).toBe("gap");
    expect(accept(state, first)).toBe("accepted");
    expect(accept(state, first)).toBe("known");
    expect(accept(state, second)).toBe("accepted");
    expect(state.hasStruct({ client: 1, clock: 1 })).toBe(true);
    expect(state.hasStruct({ client: 1, clock: 2 })).toBe(false);
    expect(state.stateVector()).toEqual(Y.encodeStateVector(alice.doc));
  });

  test("[DS3] an update that repeats known structs beside new ones is stored without them", () => {
    const storage = new MemoryStorage();
    const [alice, bob] = [writer(1), writer(2)];
    const early = alice.type("abc");
    storage.log.append(
      [
        { user: "a", update: early },
        { user: "a", update: alice.type("def") },
      ],
      1,
    );
    const state = new DocumentState(storage);
    Y.applyUpdate(bob.doc, early);
    bob.type("new");
    const kept = Y.decodeUpdate(stored(state, Y.encodeStateAsUpdate(bob.doc), false));
    expect(kept.structs.map(({ id }) => id.client)).toEqual([2]);
  });

  test("[DS3] of a step 2 only what is new is stored; a whole delete set that is known is nothing", () => {
    const storage = new MemoryStorage();
    const alice = writer(1);
    storage.log.append([{ user: "a", update: alice.type("abcdef") }], 1);
    storage.log.append([{ user: "a", update: alice.deleteFirst() }], 2);
    const state = new DocumentState(storage);
    expect(accept(state, Y.encodeStateAsUpdate(alice.doc), true)).toBe("known");
    expect(state.isKnown(Y.encodeStateAsUpdate(alice.doc))).toBe(true);
    const secondDelete = alice.deleteFirst();
    expect(state.isKnown(Y.encodeStateAsUpdate(alice.doc))).toBe(false);
    const { structs, ds } = Y.decodeUpdate(stored(state, Y.encodeStateAsUpdate(alice.doc), true));
    expect(structs).toEqual([]);
    expect([...ds.clients].map(([client, ranges]) => [client, ranges.map(({ clock, len }) => [clock, len])])).toEqual([
      [1, [[1, 1]]],
    ]);
    expect(accept(state, secondDelete, true)).toBe("known");
    expect(accept(state, secondDelete)).toBe("known");
  });

  test("[DS4] an update that overlaps the known is cut: Yjs throws on a struct whose known part is garbage", () => {
    const doc = new Y.Doc();
    doc.clientID = 1;
    const map = doc.getMap<Y.Text>("m");
    const text = new Y.Text();
    map.set("k", text);
    text.insert(0, "abc");
    const known = Y.encodeStateAsUpdate(doc);
    const garbage = new Y.Doc();
    Y.applyUpdate(garbage, known);
    garbage.clientID = 2;
    garbage.getMap("m").delete("k");
    text.insert(3, "def");
    const whole = Y.encodeStateAsUpdate(doc);
    const storage = new MemoryStorage();
    storage.log.append([{ user: "a", update: Y.encodeStateAsUpdate(garbage) }], 1);
    const state = new DocumentState(storage);
    const update = stored(state, whole, false);
    expect(Y.decodeUpdate(update).structs.map(({ id }) => id.clock)).toEqual([4]);
    Y.applyUpdate(garbage, update);
    expect(garbage.store.pendingStructs).toBeNull();
    expect(state.stateVector()).toEqual(Y.encodeStateVector(garbage));
  });

  test("[DS5] the limit of a document counts parts, tail and what waits for its row", () => {
    const storage = new MemoryStorage();
    const alice = writer(1);
    storage.log.append([{ user: "a", update: alice.type("p".repeat(300)) }], 1);
    compact(storage);
    storage.log.append([{ user: "a", update: alice.type("t".repeat(300)) }], 2);
    const state = new DocumentState(storage);
    expect(state.bytes()).toBeGreaterThan(600);
    expect(accept(state, alice.type("w".repeat(200)))).toBe("accepted");
    expect(accept(state, writer(2).type("x".repeat(200)), false, 1_000)).toBe("too-large");
    state.committed();
    expect(accept(state, writer(2).type("x".repeat(200)), false, 1_000)).toBe("accepted");
  });

  test("[DS6] what could not be stored is forgotten", () => {
    const state = new DocumentState(new MemoryStorage());
    const alice = writer(1);
    const update = alice.type("1");
    expect(accept(state, update)).toBe("accepted");
    state.forget();
    expect(accept(state, update)).toBe("accepted");
  });

  test("[DS7] a row that does not read is not known, nor is what depends on it", () => {
    const storage = new MemoryStorage();
    const [alice, bob] = [writer(1), writer(2)];
    alice.type("lost");
    storage.log.append([{ user: "x", update: Uint8Array.of(1, 2, 3) }], 1);
    storage.log.append([{ user: "a", update: alice.type("dependent") }], 2);
    storage.log.append([{ user: "b", update: bob.type("fine") }], 3);
    const state = new DocumentState(storage);
    expect(state.stateVector()).toEqual(Y.encodeStateVector(bob.doc));
    expect(accept(state, Y.encodeStateAsUpdate(alice.doc), true)).toBe("accepted");
  });

  test("[DS8] compaction between two updates changes nothing but the bytes", () => {
    const storage = new MemoryStorage();
    const state = new DocumentState(storage);
    const alice = writer(1);
    for (const letter of "abcdef") {
      storage.log.append([{ user: "a", update: stored(state, alice.type(letter), false) }], 1);
      state.committed();
    }
    const before = state.stateVector();
    const bytes = state.bytes();
    compact(storage);
    state.rebased(storage.parts.info()?.bytes ?? 0);
    expect(state.stateVector()).toEqual(before);
    expect(state.bytes()).toBe(storage.parts.info()?.bytes);
    expect(state.bytes()).toBeLessThan(bytes);
    expect(accept(state, alice.type("g"))).toBe("accepted");
  });

  test("[DS9] the state vector is the same bytes until a clock moves", () => {
    const state = new DocumentState(new MemoryStorage());
    const alice = writer(1);
    accept(state, alice.type("ab"));
    const before = state.stateVector();
    accept(state, alice.deleteFirst());
    expect(state.stateVector()).toBe(before);
    accept(state, alice.type("c"));
    expect(state.stateVector()).toEqual(Y.encodeStateVector(alice.doc));
    state.forget();
    expect(state.stateVector()).toEqual(Y.encodeStateVector(new Y.Doc()));
  });

  test("[DS11] the 100,001st client id is refused and changes nothing; those who are there type on", () => {
    const storage = new MemoryStorage();
    const state = new DocumentState(storage);
    const clients = Array.from({ length: 99_999 }, (_, index) => index + 1);
    expect(accept(state, garbageOf(clients))).toBe("accepted");
    expect(accept(state, garbageOf([100_000]))).toBe("accepted");
    storage.log.append([{ user: "a", update: garbageOf([...clients, 100_000]) }], 1);
    state.committed();
    const full = state.stateVector();
    expect(accept(state, garbageOf([100_001]))).toBe("too-large");
    expect(accept(state, garbageOf([100_001]), true)).toBe("too-large");
    // Not even the half of it that is somebody known.
    expect(accept(state, Y.mergeUpdates([garbageOf([7], 1), garbageOf([100_001])]))).toBe("too-large");
    // Not toEqual: byte by byte it takes seconds.
    expect(Buffer.compare(state.stateVector(), full)).toBe(0);
    expect(accept(state, garbageOf([7], 1))).toBe("accepted");
    // As after a sleep: what is stored can be read, and the limit holds.
    const woken = new DocumentState(storage);
    expect(Buffer.compare(woken.stateVector(), full)).toBe(0);
    expect(accept(woken, garbageOf([100_001]))).toBe("too-large");
    expect(accept(woken, garbageOf([7], 1))).toBe("accepted");
  });
});
