/**
 * Clients that stop reading, at the engine.
 */
import { describe, expect, test } from "vitest";
import { Backlog } from "../../../src/core/backlog.ts";
import {
  ASK_BACKLOG_BYTES,
  BACKLOG_GRACE_MS,
  MAX_BACKLOG_BYTES,
  MAX_UNPROVEN_BYTES,
} from "../../../src/protocol/limits.ts";
import { writer } from "../../support/edits.ts";
import { TestRoom, roost, yWebsocket } from "../../support/test-room.ts";
import { EMPTY_STEP_2, MIB, endsOf, shows, statesOf } from "./overload-support.ts";

describe("what a client has not read", () => {
  const asked = (): Backlog => {
    const backlog = new Backlog(true);
    backlog.add(ASK_BACKLOG_BYTES, 1);
    backlog.noteAsked(0);
    return backlog;
  };

  test("[OV5] above a bound it is asked for a sign of reading, once, and an answer proves what came before the question", () => {
    const backlog = new Backlog(false);
    expect(backlog.add(ASK_BACKLOG_BYTES - 1, 0)).toBe(false);
    expect([backlog.add(1, 0), backlog.verdict(0)]).toEqual([true, "ask"]);
    backlog.noteAsked(0);
    backlog.add(10, 0);
    expect(backlog.verdict(0)).toBe("wait");
    backlog.noteAnswered();
    expect(backlog.bytes).toBe(10);
  });

  test("[OV5] a report proves what was sent up to the row it names, and no more", () => {
    const backlog = new Backlog(false);
    backlog.add(100, 0);
    backlog.add(100, 7);
    backlog.add(100, 8);
    backlog.noteReported(6);
    expect(backlog.bytes).toBe(300);
    backlog.noteReported(7);
    expect(backlog.bytes).toBe(100);
    backlog.noteReported(8);
    expect(backlog.bytes).toBe(100);
    backlog.add(50, 9);
    backlog.noteReported(9);
    expect(backlog.bytes).toBe(0);
  });

  test("[OV5] the room asks by a step 1, and a client that reads is never closed for what it was sent", () => {
    const room = new TestRoom();
    room.join("alice");
    room.join("bob");
    room.join("stock", { dialect: yWebsocket });
    const alice = writer(1);
    const questions = { bob: 0, stock: 0 };
    for (let count = 0; count < 40; count++) {
      room.receive("alice", { type: "update", number: count + 2, update: alice.type("x".repeat(MIB)) });
      const seq = room.flush();
      room.advance(1_000);
      if (count % 2 === 0) room.receive("bob", { type: "received", seq });
      if (room.heardTypes("bob").includes("sync-step-1")) questions.bob += 1;
      if (!room.heardTypes("stock").includes("sync-step-1")) continue;
      questions.stock += 1;
      room.receive("stock", EMPTY_STEP_2);
    }
    expect([questions, room.closed.size]).toEqual([{ bob: 0, stock: 10 }, 0]);
  });

  test("[OV6] above its limit it is closed once the question has been open long enough", () => {
    const backlog = asked();
    backlog.add(MAX_BACKLOG_BYTES, 2);
    expect(backlog.verdict(BACKLOG_GRACE_MS - 1)).toBe("wait");
    expect(backlog.verdict(BACKLOG_GRACE_MS)).toBe("close");
    const small = asked();
    small.add(MAX_BACKLOG_BYTES - ASK_BACKLOG_BYTES, 2);
    expect(small.verdict(10 * BACKLOG_GRACE_MS)).toBe("wait");
  });

  test("[OV6] what stands before the question is given the time that a slow line needs", () => {
    const backlog = new Backlog(true);
    backlog.add(2 * MAX_BACKLOG_BYTES, 1);
    backlog.noteAsked(0);
    expect(backlog.verdict(31_999)).toBe("wait");
    expect(backlog.verdict(32_000)).toBe("close");
  });

  test("[OV8] a large document that is still being read gives what follows it the time that takes", () => {
    const backlog = new Backlog(false);
    backlog.addAnswer(60 * MIB);
    backlog.noteAnswered();
    backlog.add(MAX_BACKLOG_BYTES + 4 * MIB, 1);
    backlog.noteAsked(0);
    expect(backlog.verdict(79_999)).toBe("wait");
    expect(backlog.verdict(80_000)).toBe("close");
  });

  test("[OV6] of a room's sockets the one that stopped reading is closed, and its presence leaves", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob", "stopped"]) room.join(name, { dialect: name === "alice" ? roost : yWebsocket });
    room.receive("stopped", shows(1));
    const alice = writer(1);
    const states: (string | null)[] = [];
    for (let count = 0; count < 20; count++) {
      room.receive("alice", { type: "update", number: count + 2, update: alice.type("x".repeat(MIB)) });
      room.flush();
      room.advance(1_000);
      const heard = room.heard("bob");
      if (heard.some(({ type }) => type === "sync-step-1")) room.receive("bob", EMPTY_STEP_2);
      states.push(...statesOf(heard));
    }
    expect(endsOf(room)).toEqual([["stopped", "unavailable"]]);
    expect(room.closed.get("stopped")?.detail).toBe("it does not read what it is sent");
    expect(states).toEqual(['{"at":1}', null]);
  });

  test("[OV7] above the last bound it is closed whatever it said", () => {
    const silent = new Backlog(false);
    silent.add(ASK_BACKLOG_BYTES, 1);
    silent.noteAsked(0);
    silent.add(MAX_UNPROVEN_BYTES - ASK_BACKLOG_BYTES, 2);
    expect(silent.verdict(10 * BACKLOG_GRACE_MS)).toBe("wait");
    silent.add(1, 3);
    expect(silent.verdict(0)).toBe("close");
    const burst = new Backlog(true);
    burst.add(MAX_UNPROVEN_BYTES + 1, 1);
    expect(burst.verdict(0)).toBe("close");
  });

  test("[OV8] the answer to a step 1 counts for nothing", () => {
    const room = new TestRoom();
    const alice = writer(1);
    room.join("alice");
    for (let count = 0; count < 5; count++) {
      room.receive("alice", { type: "update", number: count + 2, update: alice.type("x".repeat(MIB)) });
      room.flush();
    }
    room.join("bob");
    const bob = [...room.room.sessions()].find(({ id }) => id === "bob");
    expect(bob?.backlog.bytes).toBe(0);
  });
});
