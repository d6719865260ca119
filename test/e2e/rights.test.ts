/**
 * P9 with real clients, Roost's own and the unmodified one of y-websocket: who reads only and whose token ends; nothing anybody wrote is lost
 * over it.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { textOf, type, whenDoc, whenSaveState } from "../support/client-providers.ts";
import { ask } from "../support/closed-server.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import { recordResult } from "../support/results.ts";
import { PROMPT, READS, Strangers, WRITES, namesSeenBy, rightsOf, whenStockSynced } from "../support/strangers.ts";

/** DESIGN §5: clocks may differ by so much, and after as much again a socket is closed. */
const SKEW_MS = 30_000;
/** Even a machine that is busy connects and saves a word in so long. */
const CONNECT_MS = 8_000;

let people: Strangers;

beforeAll(async () => {
  people = await Strangers.start();
});
afterAll(async () => await people.end());

/** Where y-websocket says that it was refused. */
const warned = vi.spyOn(console, "warn").mockReturnValue(undefined);

describe("who reads only", () => {
  test("[SD20] gets the document and is seen under the name of the token; what it writes changes nothing", async () => {
    const alice = people.open("rights/read", await people.token("alice", WRITES));
    await alice.whenSynced;
    type(alice.doc, "hers");
    await alice.whenSaved();
    const rita = people.open("rights/read", await people.token("rita", READS, { name: "Rita" }));
    const ron = people.openStock("rights/read", await people.token("ron", READS, { name: "Ron" }));
    await Promise.all([rita.whenSynced, whenStockSynced(ron)]);
    expect([textOf(rita.doc), textOf(ron.doc)]).toEqual(["hers", "hers"]);
    rita.setPresence({ user: { name: "Alice" } });
    ron.awareness.setLocalStateField("user", { name: "Alice" });
    await expect.poll(() => namesSeenBy(alice), PROMPT).toEqual(["Rita", "Ron"]);

    expect(rita.canWrite).toBe(false);
    type(rita.doc, ", not Rita's");
    type(ron.doc, ", not Ron's");
    await whenSaveState(rita, "unsaved");
    await expect.poll(() => warned.mock.calls.flat().join(" "), PROMPT).toContain("read-only");
    type(alice.doc, " alone");
    await alice.whenSaved();
    await whenDoc(ron.doc, () => textOf(ron.doc).includes("alone"));
    expect(await people.stored("rights/read")).toBe("hers alone");
    expect(rita.saveState).toBe("unsaved");
  });

  test("[SD20] without the right to presence it is not seen", async () => {
    const alice = people.open("rights/unseen", await people.token("alice", WRITES));
    const shadow = people.open("rights/unseen", await people.token("shadow", ["read"]));
    await Promise.all([alice.whenSynced, shadow.whenSynced]);
    shadow.setPresence({ user: { name: "Shadow" } });
    alice.setPresence({ user: { name: "Alice" } });
    await expect.poll(() => namesSeenBy(shadow), PROMPT).toContain("Alice");
    expect(namesSeenBy(alice)).toEqual(["Alice"]);
  });
});

// At once: what they wait for is half a minute.
describe.concurrent("a token that ends", () => {
  test("[SD21] mid-typing loses nothing: what is typed after it waits, and arrives with the fresh one on the same socket", async () => {
    const tokens = [await people.token("alice", WRITES, { endsInMs: CONNECT_MS - SKEW_MS })];
    const alice = people.open("rights/ending", () => tokens[0] ?? "");
    const rights = rightsOf(alice);
    const closes: unknown[] = [];
    alice.on("closed", (info) => closes.push(info));
    await alice.whenSynced;
    type(alice.doc, "before, ");
    await alice.whenSaved();
    await expect.poll(() => rights.at(-1)?.reason, PROMPT).toBe("token-expired");
    expect(alice.canWrite).toBe(false);
    type(alice.doc, "after, ");
    await whenSaveState(alice, "unsaved");
    expect(await people.stored("rights/ending")).toBe("before, ");
    tokens[0] = await people.token("alice", WRITES);
    alice.refreshToken();
    await alice.whenSaved();
    type(alice.doc, "later");
    await alice.whenSaved();
    expect(await people.stored("rights/ending")).toBe("before, after, later");
    expect(rights.at(-1)).toMatchObject({ reason: "token-renewed", scopes: WRITES });
    expect(closes).toEqual([]);
  });

  test("[SD21] a stock client that writes after it is closed with 4501, and comes back with a fresh one and all it wrote", async () => {
    const ending = await people.token("bob", WRITES, { endsInMs: CONNECT_MS - SKEW_MS });
    const bob = people.openStock("rights/stock", ending);
    const codes: number[] = [];
    bob.on("connection-close", (event) => event !== null && codes.push(event.code));
    await whenStockSynced(bob);
    type(bob.doc, "before, ");
    await expect.poll(() => people.stored("rights/stock"), PROMPT).toBe("before, ");
    const reader = await RawClient.join(people.server, "rights/stock", { token: ending });
    await reader.next((message) => message.type === "rights");
    bob.params = { token: await people.token("bob", WRITES) };
    type(bob.doc, "after");
    await expect.poll(() => people.stored("rights/stock"), PROMPT).toBe("before, after");
    expect(codes).toEqual([4501]);
    await reader.leave();
  });

  test(
    "[SD21] nobody reads on for longer than a minute: the socket is closed with 4501, and no new one is opened",
    { timeout: 90_000 },
    async () => {
      const token = await people.token("carol", WRITES, { endsInMs: CONNECT_MS - SKEW_MS });
      const [carol, idle] = await Promise.all([
        RawClient.join(people.server, "rights/over", { token }),
        RawClient.join(people.server, "rights/over", { token }),
      ]);
      expect(await carol.next((message) => message.type === "token-wanted")).toMatchObject({ seconds: 0 });
      const rights = await carol.next((message) => message.type === "rights");
      expect(rights).toMatchObject({ rights: { scopes: READS, reason: "token-expired" } });
      // Neither applied, nor acked, nor refused.
      carol.send({ type: "update", number: 1, update: typed(new Y.Doc(), "too late") });
      const { status, text } = await ask(people.server, token, "/v1/documents/rights%2Fover");
      expect({ status, text }).toMatchObject({ status: 401, text: expect.stringContaining("token-expired") });
      expect((await Promise.all([carol.closed, idle.closed])).map(({ code }) => code)).toEqual([4501, 4501]);
      expect(carol.messages.some(({ type: kind }) => kind === "ack" || kind === "refused")).toBe(false);
      await expect(RawClient.join(people.server, "rights/over", { token })).rejects.toThrow("401");
      recordResult("token-end", {
        promise: "P9",
        test: "tokens that end on live sockets",
        count: "Roost's client, stock y-websocket and bare sockets",
        result:
          "read-only 30 s after the end, closed with 4501 after 60; what was typed in between arrives with the fresh token",
      });
    },
  );
});
