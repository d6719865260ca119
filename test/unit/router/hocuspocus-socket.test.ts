import { afterEach, describe, expect, it } from "vitest";
import { permissionDenied } from "../../../src/protocol/hocuspocus-address.ts";
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

const said = (text: string) => new TextEncoder().encode(text);

describe("addresses", () => {
  it("[RT130] frames go to the room of their address as they are, and what rooms say comes back as it is", async () => {
    const { socket, heard, ...rest } = desk();
    const alice = { socket, heard, ...rest };
    socket.receive(auth("a"));
    socket.receive(auth("b\0session"));
    expect(alice.legs.map(({ asked }) => asked)).toEqual([
      { document: "a", token: "token" },
      { document: "b", token: "token" },
    ]);
    await Promise.all(alice.legs.map((leg) => leg.open()));
    socket.receive(sync("b\0session"));
    expect(alice.legs.map(({ sent }) => sent)).toEqual([[auth("a")], [auth("b\0session"), sync("b\0session")]]);
    alice.legs[1]?.hearer.heard(said("from b"));
    alice.legs[0]?.hearer.heard(said("from a"));
    expect(heard).toEqual([said("from b"), said("from a")]);
  });

  it("[RT132] what is sent before it is decided waits, and follows in its order", async () => {
    const alice = desk();
    // A provider that still asks its page for a token sends what is typed.
    const frames = [sync("a", 1), sync("a", 2), auth("a"), sync("a", 3)];
    for (const one of frames) alice.socket.receive(one);
    expect(alice.legs).toHaveLength(1);
    await alice.leg(0).open();
    expect(alice.leg(0).sent).toEqual(frames);
  });

  it("[RT132] in open mode the first frame opens, whatever it is", async () => {
    const alice = desk(true);
    alice.socket.receive(sync("a"));
    await alice.leg(0).open();
    expect([alice.leg(0).asked, alice.leg(0).sent]).toEqual([{ document: "a", token: null }, [sync("a")]]);
  });

  it("[RT131] a refusal is said to its address alone; what it sends goes nowhere until it shows another token", async () => {
    const alice = desk();
    const allowed = await alice.join("allowed");
    alice.socket.receive(auth("forbidden", "bad"));
    alice.socket.receive(sync("forbidden"));
    await alice.leg(1).answer({ kind: "refused", reason: "Not allowed" });
    expect(alice.heard).toEqual([permissionDenied("forbidden", "Not allowed")]);
    alice.socket.receive(sync("forbidden"));
    expect(alice.legs).toHaveLength(2);
    alice.socket.receive(auth("forbidden", "good"));
    await alice.leg(2).open();
    expect(alice.leg(2).sent).toEqual([auth("forbidden", "good")]);
    alice.socket.receive(sync("allowed"));
    expect([allowed.sent.at(-1), alice.closed]).toEqual([sync("allowed"), undefined]);
  });

  it("[RT131] a token that came while another one was judged is judged next", async () => {
    const alice = desk();
    for (const one of [auth("a", "old"), sync("a", 1), auth("a", "new"), sync("a", 2)]) alice.socket.receive(one);
    await alice.leg(0).answer({ kind: "refused", reason: "Token expired" });
    expect(alice.leg(1).asked.token).toBe("new");
    await alice.leg(1).open();
    expect(alice.leg(1).sent).toEqual([auth("a", "new"), sync("a", 2)]);
  });

  it("[RT131] in open mode a refused address is not asked for again by what follows", async () => {
    const alice = desk(true);
    alice.socket.receive(auth("a"));
    await alice.leg(0).answer({ kind: "refused", reason: "Document deleted" });
    alice.socket.receive(sync("a"));
    expect(alice.legs).toHaveLength(1);
  });
});

describe("ends", () => {
  it("[RT134] a final close or a goodbye of a room ends its address alone, and a token opens it again", async () => {
    const alice = desk();
    const other = await alice.join("other");
    for (const code of [4404, 4403, 4401, 4400, 4413, 1000]) {
      const leg = await alice.join("a");
      leg.hearer.heard(said(`last words of ${code}`));
      leg.hearer.ended(code, "");
      alice.socket.receive(sync("a"));
      expect([leg.sent.length, alice.heard.at(-1)]).toEqual([1, said(`last words of ${code}`)]);
    }
    expect([alice.closed, other.closed]).toEqual([undefined, undefined]);
  });

  it.each([
    [1013, 1013],
    [1011, 1011],
    [1001, 1001],
    [4501, 4501],
    [4508, 4508],
    [4529, 4529],
    [1006, 1013],
    [1005, 1013],
  ])("[RT134] %i of one room ends the whole socket with %i", async (code, wanted) => {
    const alice = desk();
    const [one, other] = [await alice.join("a"), await alice.join("b")];
    one.hearer.ended(code, "because");
    expect([alice.closed?.[0], other.closed, alice.over]).toEqual([wanted, 1001, 1]);
    alice.socket.receive(auth("c"));
    other.hearer.heard(said("too late"));
    expect([alice.legs.length, alice.heard]).toEqual([2, []]);
  });

  it("[RT134] what cannot be opened for now ends the whole socket", async () => {
    const alice = desk();
    alice.socket.receive(auth("a"));
    await alice.leg(0).answer({ kind: "failed", close: "unavailable" });
    expect(alice.closed?.[0]).toBe(1013);
  });

  it("[RT135] who leaves an address has said all to its room, and hears nothing of it any more", async () => {
    const alice = desk();
    const before = await alice.join("a");
    for (const one of [sync("a"), goodbye("a")]) alice.socket.receive(one);
    expect([before.sent, before.closed]).toEqual([[auth("a"), sync("a"), goodbye("a")], 1000]);
    const after = await alice.join("a");
    before.hearer.heard(said("an ack of before"));
    before.hearer.ended(1011, "");
    after.hearer.heard(said("an ack"));
    expect([alice.heard, alice.closed, alice.legs.length]).toEqual([[said("an ack")], undefined, 2]);
  });

  it("[RT135] also who leaves before it is decided, and comes again", async () => {
    const alice = desk();
    for (const one of [auth("a"), sync("a"), goodbye("a"), auth("a", "again")]) alice.socket.receive(one);
    await alice.leg(1).open();
    await alice.leg(0).open();
    expect([alice.leg(0).sent, alice.leg(0).closed]).toEqual([[auth("a"), sync("a"), goodbye("a")], 1000]);
    expect([alice.leg(1).sent, alice.leg(1).closed]).toEqual([[auth("a", "again")], undefined]);
  });

  it("[RT135] with the client's socket all its documents' close, also one that opens later", async () => {
    for (const [isGoodbye, code] of [
      [true, 1000],
      [false, 1001],
    ] as const) {
      const alice = desk();
      const open = await alice.join("a");
      alice.socket.receive(auth("b"));
      expect(alice.leg(1).hearer.isWaiting()).toBe(true);
      alice.socket.closed(isGoodbye);
      expect(alice.leg(1).hearer.isWaiting()).toBe(false);
      await alice.leg(1).open();
      expect([open.closed, alice.leg(1).closed, alice.leg(1).sent, alice.over]).toEqual([code, 1000, [], 1]);
    }
  });
});
