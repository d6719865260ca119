import { afterEach, describe, expect, it } from "vitest";
import { HOCUSPOCUS, permissionDenied } from "../../../src/protocol/hocuspocus-address.ts";
import { Desk, auth, goodbye, sync, turn } from "../../support/shared-desk.ts";

const opened: Desk[] = [];
const desk = (from: string | null = null) => {
  const made = new Desk(false, from);
  opened.push(made);
  return made;
};
afterEach(() => {
  for (const { socket } of opened.splice(0)) socket.closed(true);
});

describe("bounds", () => {
  it("[RT133] 64 KB of an address that shows nothing end the socket", () => {
    const mallory = desk();
    for (let sent = 0; sent < 64; sent += 1) mallory.socket.receive(sync("a", 1_000));
    expect(mallory.closed).toBeUndefined();
    for (let sent = 0; sent < 2; sent += 1) mallory.socket.receive(sync("a", 1_000));
    expect([mallory.closed?.[0], mallory.legs.length]).toEqual([4529, 0]);
  });

  it("[RT133] 1 MiB of many addresses that show nothing end the socket", () => {
    const mallory = desk();
    for (let index = 0; index < 20; index += 1) mallory.socket.receive(sync(`a${index}`, 60_000));
    expect(mallory.closed?.[0]).toBe(4529);
  });

  it("[RT133] 1,000 frames without anybody let in end the socket, whatever they are", () => {
    for (const one of [sync("a", 1), goodbye("a"), Uint8Array.of(HOCUSPOCUS.ping)]) {
      const mallory = desk();
      for (let sent = 0; sent < 1_000; sent += 1) mallory.socket.receive(one);
      expect(mallory.closed).toBeUndefined();
      mallory.socket.receive(one);
      expect(mallory.closed?.[0]).toBe(4529);
    }
  });

  it("[RT133] who was let in has more: a paste while another address is decided", async () => {
    const alice = desk();
    await alice.join("a");
    for (let sent = 0; sent < 2_000; sent += 1) alice.socket.receive(sync("a", 1));
    alice.socket.receive(sync("b", 1_000_000));
    expect(alice.closed).toBeUndefined();
    alice.socket.receive(sync("b", 1_000_000));
    expect(alice.closed?.[0]).toBe(4529);
  });

  it("[RT133] frames that wait are 1,000 at once, whatever has waited before", async () => {
    const alice = desk();
    await alice.join("a");
    alice.socket.receive(auth("b"));
    for (let sent = 0; sent < 999; sent += 1) alice.socket.receive(sync("b", 1));
    await alice.leg(1).open();
    for (let sent = 0; sent < 1_000; sent += 1) alice.socket.receive(sync("c", 1));
    expect(alice.closed).toBeUndefined();
    alice.socket.receive(sync("d", 1));
    expect(alice.closed?.[0]).toBe(4529);
  });

  it("[RT133] the 101st address of a socket is refused, and one that has left makes room", async () => {
    const alice = desk();
    for (let index = 0; index < 100; index += 1) await alice.join(`a${index}`);
    alice.socket.receive(auth("one more"));
    expect([alice.legs.length, alice.heard]).toEqual([
      100,
      [permissionDenied("one more", "One socket carries 100 documents.")],
    ]);
    alice.socket.receive(goodbye("a0"));
    alice.socket.receive(auth("one more"));
    expect([alice.legs.length, alice.closed]).toEqual([101, undefined]);
  });

  it("[RT133] a socket without an address ends after a while, one where nobody is let in later", async () => {
    const silent = desk();
    silent.socket.receive(Uint8Array.of(HOCUSPOCUS.ping));
    silent.socket.endIfSilent();
    expect(silent.closed?.[0]).toBe(4508);

    const refused = desk();
    refused.socket.receive(auth("a"));
    await refused.leg(0).answer({ kind: "refused", reason: "no" });
    refused.socket.endIfSilent();
    expect(refused.closed).toBeUndefined();
    refused.socket.endIfUnproven();
    expect(refused.closed?.[0]).toBe(4401);

    const alice = desk();
    await alice.join("a");
    alice.socket.endIfSilent();
    alice.socket.endIfUnproven();
    expect(alice.closed).toBeUndefined();
  });

  it("[RT133] an address that says nothing about who it is hears that it may not, and a token opens it", async () => {
    const alice = desk();
    await alice.join("a");
    for (const one of [sync("b"), sync("b"), sync("c"), auth("c")]) alice.socket.receive(one);
    expect(alice.passSilence()).toBe(1);
    alice.socket.endIfSilent();
    expect([alice.heard, alice.closed]).toEqual([[permissionDenied("b", "Not authorized")], undefined]);
    alice.socket.receive(sync("b"));
    expect(alice.passSilence()).toBe(0);
    alice.socket.receive(auth("b"));
    await alice.leg(2).open();
    expect(alice.leg(2).sent).toEqual([auth("b")]);

    const stranger = desk();
    stranger.socket.receive(sync("a"));
    stranger.socket.receive(goodbye("a"));
    stranger.socket.receive(sync("b"));
    expect(stranger.passSilence()).toBe(1);
    stranger.socket.endIfSilent();
    expect([stranger.heard, stranger.closed]).toEqual([[permissionDenied("b", "Not authorized")], undefined]);
  });

  it("[RT133] nobody is waited for on a socket that has ended", () => {
    const alice = desk();
    alice.socket.receive(sync("a"));
    alice.socket.closed(false);
    expect([alice.passSilence(), alice.heard]).toEqual([0, []]);
  });

  it("[RT133] of 1,000 sockets that have shown nothing the oldest makes room for one more; who was let in is none of them", async () => {
    const crowd = Array.from({ length: 1_000 }, () => desk());
    await crowd[0]?.join("a");
    desk();
    await turn();
    expect(crowd.filter(({ closed }) => closed !== undefined)).toEqual([]);
    desk();
    desk();
    await turn();
    expect(crowd.map(({ closed }) => closed?.[0]).slice(0, 4)).toEqual([undefined, 1013, 1013, undefined]);
    crowd[3]?.socket.closed(false);
    crowd[3]?.socket.closed(false);
    crowd[0]?.socket.closed(true);
    desk();
    await turn();
    expect(crowd[4]?.closed).toBeUndefined();
    desk();
    await turn();
    expect(crowd[4]?.closed?.[0]).toBe(1013);
  });

  it("[RT133] of 650 of one address its own oldest makes room, and nobody else's", async () => {
    const bob = desk("b");
    const crowd = Array.from({ length: 650 }, () => desk("a"));
    await crowd[0]?.join("a");
    desk("a");
    desk("b");
    await turn();
    expect(crowd.filter(({ closed }) => closed !== undefined)).toEqual([]);
    desk("a");
    await turn();
    expect([bob.closed, ...crowd.slice(0, 3).map(({ closed }) => closed?.[0])]).toEqual([
      ...[undefined, undefined, 1013, undefined],
    ]);
  });

  it("[RT133] where an isolate has 1,000 the address that has most makes room", async () => {
    const bob = desk("b");
    const crowd = Array.from({ length: 600 }, () => desk("a"));
    const others = Array.from({ length: 400 }, (_, index) => desk(`c${index}`));
    await turn();
    expect([bob, ...crowd, ...others].flatMap((one, index) => (one.closed === undefined ? [] : [index]))).toEqual([1]);
  });

  it("[RT133] what waits on all sockets together is bounded: the stranger who makes most of it wait is ended", async () => {
    const fill = (one: Desk) => {
      for (let index = 0; index < 16; index += 1) one.socket.receive(sync(`a${index}`, 60_000));
    };
    const [alice, bob] = [desk(), desk()];
    await alice.join("a");
    for (let sent = 0; sent < 30; sent += 1) alice.socket.receive(sync("b", 33_000));
    bob.socket.receive(sync("a", 300));
    const crowd = Array.from({ length: 33 }, () => desk());
    for (const one of crowd) fill(one);
    await turn();
    expect(crowd.filter(({ closed }) => closed !== undefined)).toEqual([]);
    const last = desk();
    fill(last);
    await turn();
    expect([crowd[0]?.closed?.[0], crowd[1]?.closed, last.closed, alice.closed, bob.closed]).toEqual([
      ...[1013, undefined, undefined, undefined, undefined],
    ]);
    for (const { socket } of [...crowd, last]) socket.closed(true);
    const after = Array.from({ length: 33 }, () => desk());
    for (const one of after) fill(one);
    await turn();
    expect(after.filter(({ closed }) => closed !== undefined)).toEqual([]);
  });

  it("[RT133] a frame without an address ends the socket; a ping is answered, a pong is nothing", () => {
    for (const bad of ["text", Uint8Array.of(), Uint8Array.of(5, 1), Uint8Array.of(1, 97)]) {
      const mallory = desk();
      mallory.socket.receive(bad);
      expect(mallory.closed?.[0]).toBe(4400);
    }
    const alice = desk();
    alice.socket.receive(Uint8Array.of(HOCUSPOCUS.ping));
    alice.socket.receive(Uint8Array.of(HOCUSPOCUS.pong));
    expect([alice.heard, alice.closed]).toEqual([[Uint8Array.of(HOCUSPOCUS.pong)], undefined]);
  });
});
