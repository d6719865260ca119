import { afterEach, describe, expect, it } from "vitest";
import { HOCUSPOCUS, permissionDenied } from "../../../src/protocol/hocuspocus-address.ts";
import { hasRoomForUnproven } from "../../../src/router/hocuspocus-bounds.ts";
import { Desk, auth, goodbye, sync } from "../../support/shared-desk.ts";

const opened: Desk[] = [];
const desk = (isOpen?: boolean) => {
  const made = new Desk(isOpen);
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

  it("[RT133] who says nothing about who it is ends after a while, who is let in nowhere later", async () => {
    const silent = desk();
    silent.socket.receive(sync("a"));
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

  it("[RT133] sockets that have shown nothing are counted together, until somebody is let in or they end", async () => {
    const crowd = Array.from({ length: 1_000 }, () => desk());
    expect(hasRoomForUnproven()).toBe(false);
    await crowd[0]?.join("a");
    expect(hasRoomForUnproven()).toBe(true);
    desk();
    expect(hasRoomForUnproven()).toBe(false);
    crowd[1]?.socket.closed(false);
    crowd[1]?.socket.closed(false);
    crowd[0]?.socket.closed(true);
    expect(hasRoomForUnproven()).toBe(true);
    desk();
    expect(hasRoomForUnproven()).toBe(false);
  });

  it("[RT133] what waits on all sockets together is bounded, and what waits no longer is not counted", async () => {
    const fill = (one: Desk) => {
      for (let index = 0; index < 16; index += 1) one.socket.receive(sync(`a${index}`, 60_000));
    };
    const crowd = Array.from({ length: 34 }, () => desk());
    for (const one of crowd) fill(one);
    expect(crowd.filter(({ closed }) => closed !== undefined)).toEqual([]);
    const last = desk();
    fill(last);
    fill(desk());
    expect(last.closed?.[0]).toBe(4529);
    for (const { socket } of crowd) socket.closed(true);
    const after = desk();
    fill(after);
    expect(after.closed).toBeUndefined();
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
