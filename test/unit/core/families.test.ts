import { describe, expect, it } from "vitest";
import type { Dialect, DialectTraits, RoomMessage } from "../../../src/core/events.ts";
import { writer } from "../../support/edits.ts";
import { NOTHING_KNOWN, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";

const NOTHING = Uint8Array.of(0, 0);

/** A family that exists in no client, with these habits. */
function family(traits: Partial<DialectTraits>): Dialect {
  return { ...yWebsocket, traits: { ...yWebsocket.traits, renewsAwareness: false, hearsItself: false, ...traits } };
}

const counting = family({ acknowledges: "count", renewsToken: true });
const marking = family({ acknowledges: "mark" });
const echoing = family({ hearsItself: true });
const custom = family({ hasCustomMessages: true });
const signingIn = family({ renewsToken: true });

function acksIn(messages: readonly RoomMessage[]): number {
  return messages.reduce((sum, message) => sum + (message.type === "acks" ? message.count : 0), 0);
}

function refusalsIn(messages: readonly RoomMessage[]): number {
  return messages.filter(({ type }) => type === "refused").length;
}

function mark(version: number): { readonly type: "checkpoint"; readonly mark: Uint8Array } {
  return { type: "checkpoint", mark: Uint8Array.of(version) };
}

function update(bytes: Uint8Array): { readonly type: "update"; readonly update: Uint8Array } {
  return { type: "update", update: bytes };
}

describe("families that count acks", () => {
  it("[FM1] one ack for each message, applied or known", () => {
    const room = new TestRoom();
    room.open("ann", { dialect: counting });
    room.receive("ann", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const ann = writer(1);
    const first = ann.type("a");
    room.receive("ann", { type: "sync-step-2", update: NOTHING }, update(first), update(ann.type("b")), update(first));
    room.flush();
    expect(acksIn(room.heard("ann"))).toBe(4);
    room.receive("ann", update(ann.type("c")));
    room.flush();
    expect(acksIn(room.heard("ann"))).toBe(1);
  });

  it("[FM1] what is held is acked when it settles, once", () => {
    const room = new TestRoom();
    room.open("ann", { dialect: counting });
    room.receive("ann", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const ann = writer(1);
    const lost = ann.type("a");
    room.receive("ann", update(ann.type("b")), update(ann.type("c")));
    room.flush();
    expect(acksIn(room.heard("ann"))).toBe(0);
    room.receive("ann", { type: "sync-step-2", update: lost });
    room.flush();
    expect(acksIn(room.heard("ann"))).toBe(3);
  });

  it("[FM1] a refusal for each that is refused, what it held among them, and no ack", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: counting, scopes: ["read"] });
    room.open("bob", { dialect: counting });
    room.receive("bob", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const [ann, bob] = [writer(1), writer(2)];
    room.receive("ann", update(ann.type("a")), update(ann.type("b")));
    bob.type("lost");
    room.receive("bob", update(bob.type("a")));
    room.lock("read");
    room.flush();
    const heard = [room.heard("ann"), room.heard("bob")];
    expect(heard.map((each) => [acksIn(each), refusalsIn(each)])).toEqual([
      [0, 2],
      [0, 1],
    ]);
  });

  it("[RG6] one that counts is closed by its first write after the end, even where all its clients renew", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: counting, expiresMs: room.nowMs + 60_000 });
    room.advanceRights(90_000);
    room.receive("ann", update(writer(1).type("a")));
    expect(room.closed.get("ann")?.reason).toBe("refresh-token");
  });
});

describe("families with marks", () => {
  it("[FM2] a mark comes back after the row of what came before it", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: marking });
    room.receive("ann", update(writer(1).type("a")), mark(1));
    expect(room.heard("ann")).toEqual([]);
    room.flush();
    expect(room.heard("ann")).toEqual([mark(1)]);
    expect(room.steps.slice(-2)).toEqual(["row", "checkpoint to ann"]);
  });

  it("[FM2] with nothing under way it comes back at once, and no row is written", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: marking });
    const rows = room.steps.filter((step) => step === "row").length;
    room.receive("ann", mark(7));
    expect(room.heard("ann")).toEqual([mark(7)]);
    room.flush();
    expect(room.steps.filter((step) => step === "row")).toHaveLength(rows);
  });

  it("[FM6] before its first step 2 no mark comes back, and the heartbeat is answered", () => {
    const room = new TestRoom();
    room.open("ann", { dialect: marking });
    room.receive("ann", { type: "sync-step-1", stateVector: NOTHING_KNOWN }, mark(3), mark(3));
    room.flush();
    const heard = room.heardTypes("ann");
    expect(heard.filter((type) => type === "checkpoint")).toEqual([]);
    expect(heard.filter((type) => type === "awareness").length).toBeGreaterThanOrEqual(2);
    room.receive("ann", { type: "sync-step-2", update: writer(1).type("while away") });
    expect(room.heard("ann")).toEqual([]);
    room.flush();
    expect(room.heard("ann")).toEqual([mark(3)]);
    expect(room.steps.slice(-2)).toEqual(["row", "checkpoint to ann"]);
  });

  it("[FM6] a first step 2 that brings nothing frees the mark, one that waits for more does not", () => {
    const room = new TestRoom();
    for (const name of ["ann", "bob"]) {
      room.open(name, { dialect: marking });
      room.receive(name, { type: "sync-step-1", stateVector: NOTHING_KNOWN }, mark(1));
    }
    room.receive("ann", { type: "sync-step-2", update: NOTHING });
    const bob = writer(1);
    const lost = bob.type("a");
    room.receive("bob", { type: "sync-step-2", update: bob.type("b") });
    room.flush();
    const marksOf = (name: string) => room.heard(name).filter(({ type }) => type === "checkpoint");
    expect([marksOf("ann"), marksOf("bob")]).toEqual([[mark(1)], []]);
    room.receive("bob", mark(2));
    room.receive("ann", update(lost));
    room.flush();
    expect(marksOf("bob")).toEqual([mark(2)]);
  });

  it("[FM2] behind a gap the last one is repeated until the gap is closed", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: marking });
    room.receive("ann", mark(1));
    const ann = writer(1);
    const lost = ann.type("a");
    room.receive("ann", update(ann.type("b")), mark(2));
    room.flush();
    expect(room.heard("ann").filter(({ type }) => type === "checkpoint")).toEqual([mark(1), mark(1)]);
    room.receive("ann", { type: "sync-step-2", update: lost });
    room.flush();
    expect(room.heard("ann").filter(({ type }) => type === "checkpoint")).toEqual([mark(2)]);
  });

  it("[FM2] what was refused is never called saved, and the heartbeat is answered", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: marking, scopes: ["read"] });
    const ann = writer(1);
    const typed = ann.type("a");
    room.receive("ann", update(typed), mark(1), mark(1));
    room.flush();
    expect(room.heardTypes("ann")).toEqual(["refused", "awareness", "awareness"]);
    room.regrant("ann");
    room.receive("ann", { type: "sync-step-2", update: typed });
    room.flush();
    expect(room.heard("ann").filter(({ type }) => type === "checkpoint")).toEqual([mark(1)]);
  });
});

describe("other habits", () => {
  it("[FM3] who takes its own updates for an ack hears them, also alone", () => {
    const room = new TestRoom();
    room.join("ann", { dialect: echoing });
    const typed = writer(1).type("a");
    room.receive("ann", update(typed));
    expect(room.heard("ann")).toEqual([]);
    room.flush();
    expect(room.heardTypes("ann")).toEqual(["update"]);
  });

  it("[FM4] the first auth is welcomed, the next is a fresh token", () => {
    const room = new TestRoom();
    room.open("ann", { dialect: signingIn });
    room.receive("ann", { type: "auth", token: "first" });
    expect(room.heardTypes("ann")).toEqual(["welcome"]);
    expect(room.tokens).toEqual([]);
    room.receive("ann", { type: "auth", token: "second" });
    expect(room.tokens).toEqual(["second"]);
  });

  it("[FM7] who signs in is asked for a fresh token after that, not before", () => {
    const room = new TestRoom();
    room.open("ann", { dialect: signingIn, expiresMs: room.nowMs + 20_000 });
    room.join("bob", { expiresMs: room.nowMs + 31_000 });
    room.advanceRights(1_000);
    expect([room.heardTypes("bob"), room.heardTypes("ann")]).toEqual([["token-wanted"], []]);
    room.receive("ann", { type: "auth", token: "first" });
    expect(room.heardTypes("ann")).toEqual(["welcome", "token-wanted"]);
    room.advanceRights(1_000);
    expect(room.heardTypes("ann")).toEqual([]);
  });

  it("[FM7] one whose token lasts is asked when it is time, also where it signed in before the room slept", () => {
    const room = new TestRoom();
    room.open("ann", { dialect: signingIn, expiresMs: room.nowMs + 60_000 });
    room.receive("ann", { type: "auth", token: "first" });
    room.sleep();
    room.advanceRights(31_000);
    expect(room.heardTypes("ann")).toEqual(["welcome", "token-wanted"]);
  });

  it("[FM5] a custom message goes to the others that have such, after the row of what came before", () => {
    const room = new TestRoom();
    for (const name of ["ann", "bob"]) room.join(name, { dialect: custom });
    room.join("cyd");
    for (const name of ["ann", "bob", "cyd"]) room.heard(name);
    room.receive("ann", update(writer(1).type("a")), { type: "custom", payload: "hi" });
    room.flush();
    expect(room.heard("bob").at(-1)).toEqual({ type: "custom", payload: "hi" });
    expect([...room.heardTypes("ann"), ...room.heardTypes("cyd")]).toEqual(["update"]);
    expect(room.steps.indexOf("custom to bob")).toBeGreaterThan(room.steps.lastIndexOf("row"));
  });

  it("[FM5] without rights it goes nowhere, over the rate it is dropped, and too long it ends its socket", () => {
    const room = new TestRoom();
    for (const name of ["ann", "bob"]) room.join(name, { dialect: custom });
    room.join("guest", { dialect: custom, scopes: ["read"] });
    room.receive("guest", { type: "custom", payload: "psst" });
    room.flush();
    expect(room.heard("bob")).toEqual([]);
    for (let i = 0; i < 2_000; i += 1) room.receive("ann", { type: "custom", payload: "spam" });
    room.flush();
    expect(room.heardTypes("bob").length).toBeLessThan(500);
    expect(room.limited).toContain("presencePerSecond");
    room.receive("bob", { type: "custom", payload: "x".repeat(16_385) });
    expect(room.closed.get("bob")?.reason).toBe("too-large");
    expect(room.closed.has(idOf("ann"))).toBe(false);
  });
});
