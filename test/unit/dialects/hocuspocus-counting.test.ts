/**
 * One word in return for each step 2 and update, through the frames themselves: a provider that hears one too few says "saving" for ever,
 * one too many, and it says "saved" too early.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../../../src/core/events.ts";
import { hocuspocusAt } from "../../../src/dialects/hocuspocus.ts";
import { writer } from "../../support/edits.ts";
import { Random } from "../../support/random.ts";
import { type JoinOptions, NOTHING_KNOWN, TestRoom } from "../../support/test-room.ts";

const ADDRESS = "notes";
const SYNC = 0;
const SYNC_STATUS = 8;
const NOTHING = Uint8Array.of(0, 0);

const dialect = dialectAt(ADDRESS);

function dialectAt(address: string): Dialect {
  const at = hocuspocusAt(address);
  if (!at.ok) throw new Error(at.error.reason);
  return at.value.dialect;
}

/** A provider's end of a socket in a room: what it sent that wants a word, and the words. */
class Client {
  readonly #room: TestRoom;
  readonly #name: string;
  sent = 0;
  readonly words = { saved: 0, refused: 0 };

  constructor(room: TestRoom, name: string, options: Omit<JoinOptions, "dialect"> = {}) {
    this.#room = room;
    this.#name = name;
    room.open(name, { ...options, dialect });
    this.#send("step 1", NOTHING_KNOWN);
  }

  step2(update: Uint8Array): void {
    this.sent += 1;
    this.#send("step 2", update);
  }

  type(update: Uint8Array): void {
    this.sent += 1;
    this.#send("update", update);
  }

  /** The words so far, of what has been flushed. */
  count(): readonly [saved: number, refused: number] {
    this.#room.flush();
    for (const frame of dialect.encode(this.#room.heard(this.#name))) {
      if (typeof frame === "string") throw new Error("a text frame");
      const decoder = decoding.createDecoder(frame);
      expect(decoding.readVarString(decoder)).toBe(ADDRESS);
      if (decoding.readVarUint(decoder) !== SYNC_STATUS) continue;
      if (decoding.readVarInt(decoder) === 1) this.words.saved += 1;
      else this.words.refused += 1;
    }
    return [this.words.saved, this.words.refused];
  }

  #send(what: "step 1" | "step 2" | "update", bytes: Uint8Array): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarString(encoder, ADDRESS);
    encoding.writeVarUint(encoder, SYNC);
    encoding.writeVarUint(encoder, ["step 1", "step 2", "update"].indexOf(what));
    encoding.writeVarUint8Array(encoder, bytes);
    const decoded = dialect.decode(encoding.toUint8Array(encoder));
    if (!decoded.ok) throw new Error(decoded.error.reason);
    this.#room.receive(this.#name, ...decoded.value);
  }
}

describe("a word for each message", () => {
  test("[DI27] saved where it became a row, and where it was known", () => {
    const room = new TestRoom();
    const ann = new Client(room, "ann");
    const typed = writer(1).type("a");
    ann.step2(NOTHING);
    ann.type(typed);
    ann.type(typed);
    ann.step2(typed);
    expect(ann.count()).toEqual([4, 0]);
  });

  test("[DI27] saved before the row of nothing", () => {
    const room = new TestRoom();
    const ann = new Client(room, "ann");
    room.isDiskFull = true;
    ann.type(writer(1).type("a"));
    expect(ann.count()).toEqual([0, 0]);
  });

  test("[DI27] what waits for something that is missing has it when that has come", () => {
    const room = new TestRoom();
    const ann = new Client(room, "ann");
    const typist = writer(1);
    const missing = typist.type("a");
    ann.type(typist.type("b"));
    ann.type(typist.type("c"));
    expect(ann.count()).toEqual([0, 0]);
    ann.step2(missing);
    expect(ann.count()).toEqual([3, 0]);
  });

  test("[DI27] of who reads only, a step 2 that brings nothing is saved, and all else refused", () => {
    const room = new TestRoom();
    const theirs = writer(2).type("theirs");
    new Client(room, "bob").type(theirs);
    room.flush();
    const ann = new Client(room, "ann", { scopes: ["read"] });
    ann.step2(NOTHING);
    ann.step2(theirs);
    expect(ann.count()).toEqual([2, 0]);
    const typist = writer(1);
    ann.type(typist.type("a"));
    ann.step2(typist.type("b"));
    expect(ann.count()).toEqual([2, 2]);
  });

  test("[DI27] what does not fit is refused, each by itself", () => {
    const room = new TestRoom();
    const ann = new Client(room, "ann", { limits: { documentBytes: 100 } });
    const typist = writer(1);
    ann.type(typist.type("x".repeat(200)));
    ann.type(typist.type("y"));
    expect(ann.count()).toEqual([0, 2]);
  });

  test("[RG6] who writes after a token's end has not answered the question for another one: the next socket counts anew", () => {
    const room = new TestRoom();
    const ann = new Client(room, "ann", { expiresMs: room.nowMs + 60_000 });
    room.receive("ann", { type: "auth", token: "first" });
    ann.step2(NOTHING);
    room.advanceRights(90_000);
    expect(ann.count()).toEqual([1, 0]);
    ann.step2(NOTHING);
    expect(ann.count()).toEqual([2, 0]);
    ann.type(writer(1).type("a"));
    expect([...room.closed]).toEqual([["ann", { reason: "refresh-token", detail: "" }]]);
  });

  test("[DI27] what was written with a fresh token is saved", () => {
    const room = new TestRoom();
    const ann = new Client(room, "ann", { expiresMs: room.nowMs + 60_000 });
    room.advanceRights(90_000);
    room.sleep();
    room.regrant("ann", { expiresMs: room.nowMs + 600_000 });
    ann.type(writer(1).type("a"));
    expect(ann.count()).toEqual([1, 0]);
  });

  test("[DI27] whatever comes in whatever order, and however it is locked and slept, there are as many words as messages", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = new Random(seed);
      const room = new TestRoom();
      const clients = [1, 2, 3].map((each) => {
        return { client: new Client(room, `c${each}`), typist: writer(each), own: [NOTHING] as Uint8Array[] };
      });
      let [hasGaps, hasSlept] = [false, false];
      const lockAt = random.below(60);
      for (let step = 0; step < 30; step += 1) {
        if (step === lockAt) room.lock("read");
        const one = random.pick(clients);
        const choice = random.below(10);
        // What the others wait for. After a sleep who lacks something has to come again.
        if (choice === 4 && hasSlept) continue;
        hasGaps ||= choice === 4;
        if (choice < 5) one.own.push(one.typist.type("x"));
        if (choice < 4) one.client.type(one.own.at(-1) ?? NOTHING);
        else if (choice === 5) one.client.type(random.pick(one.own));
        else if (choice === 7) room.flush();
        else if (choice === 8 && !hasGaps && clients.every(({ client }) => sum(client.count()) === client.sent)) {
          // Asleep, a room has neither a batch nor anything held.
          room.sleep();
          hasSlept = true;
        }
      }
      for (const { client, own } of clients) for (const update of own.toReversed()) client.step2(update);
      for (const { client } of clients) expect([seed, sum(client.count())]).toEqual([seed, client.sent]);
      expect([seed, [...room.closed]]).toEqual([seed, []]);
    }
  });
});

function sum([saved, refused]: readonly [number, number]): number {
  return saved + refused;
}
