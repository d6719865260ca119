/**
 * P9 with real clients, Roost's own and the unmodified one of y-websocket: who is kicked, revoked or locked out is out at once, and what was
 * typed meanwhile is not lost.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { textOf, type, whenDoc, whenSaveState } from "../support/client-providers.ts";
import { ALL_SCOPES, ask, askJson } from "../support/closed-server.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import {
  PROMPT,
  READS,
  Strangers,
  WRITES,
  closedForGood,
  finalClose,
  namesSeenBy,
  rightsOf,
  whenStockSynced,
} from "../support/strangers.ts";

let people: Strangers;

beforeAll(async () => {
  // Who drops is shown for so long: who is shown out is not.
  people = await Strangers.start({ ROOST_BLIP_MS: "60000" });
});
afterAll(async () => await people.end());

// Where y-websocket says that it was refused.
vi.spyOn(console, "warn").mockReturnValue(undefined);

describe("who is shown out", () => {
  test("[SD22] a kick closes all tabs of a user for good and hides them at once; a new tab is let in", async () => {
    const alice = people.open("rights/kick", await people.token("alice", WRITES));
    const token = await people.token("mallory", WRITES);
    const tab = people.open("rights/kick", token);
    const other = people.openStock("rights/kick", token);
    await Promise.all([alice.whenSynced, tab.whenSynced, whenStockSynced(other)]);
    tab.setPresence({ user: { name: "Mallory" } });
    await expect.poll(() => namesSeenBy(alice), PROMPT).toEqual(["Mallory"]);
    const ends = [finalClose(tab), closedForGood(other)];
    expect(await people.administer("rights/kick", "kick", { user: "mallory", reason: "be kind" })).toEqual({
      closed: 2,
    });
    expect(await Promise.all(ends)).toMatchObject([
      { code: 4403, reason: "not allowed here: be kind" },
      { code: 4403, reason: "not allowed here: be kind" },
    ]);
    await expect.poll(() => namesSeenBy(alice), PROMPT).toEqual([]);
    expect(alice.status).toBe("synced");
    const again = people.open("rights/kick", token);
    await again.whenSynced;
  });

  test("[SD22] a kick of a session leaves the user's other tab alone", async () => {
    const token = await people.token("mallory", WRITES);
    const [one, two] = await Promise.all([1, 2].map(() => RawClient.join(people.server, "rights/session", { token })));
    const welcome = one?.messages.find((message) => message.type === "welcome");
    expect(await people.administer("rights/session", "kick", { session: welcome?.welcome.session })).toEqual({
      closed: 1,
    });
    expect(await one?.closed).toMatchObject({ code: 4403 });
    await two?.update(typed(new Y.Doc(), "still here"));
    await two?.leave();
  });

  test(
    "[SD24] a revoked user is closed in every room and let in nowhere, until it is taken back",
    { timeout: 60_000 },
    async () => {
      const token = await people.token("eve", WRITES);
      const rooms = ["rights/revoke-1", "rights/revoke-2"];
      const eves = await Promise.all(rooms.map(async (id) => await RawClient.join(people.server, id, { token })));
      const stockEve = people.openStock("rights/revoke-1", token);
      const bob = await RawClient.join(people.server, "rights/revoke-1", {
        token: await people.token("bob", ALL_SCOPES),
      });
      await whenStockSynced(stockEve);
      const ends = [...eves.map(({ closed }) => closed), closedForGood(stockEve)];
      const path = "/v1/users/eve/revoke";
      await askJson(people.server, people.project.secretKey, path, { body: { forSeconds: 600 } });
      expect((await Promise.all(ends)).map(({ code }) => code)).toEqual([4403, 4403, 4403]);
      await expect(RawClient.join(people.server, "rights/revoke-2", { token })).rejects.toThrow("403");
      const refused = await ask(people.server, token, "/v1/documents/rights%2Frevoke-1");
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("revoked")]);
      await bob.update(typed(new Y.Doc(), "bob goes on"));
      await askJson(people.server, people.project.secretKey, path, { body: { untilMs: 0 } });
      const back = await RawClient.join(people.server, "rights/revoke-2", { token });
      await Promise.all([back.leave(), bob.leave()]);
    },
  );

  test("[SD24] the call itself closes the sockets in rooms that are known by then", { timeout: 120_000 }, async () => {
    // The queue brings where somebody is, a second or so after the first socket opened; a slow machine needs more.
    let attempt = 0;
    const closedByCall = async () => {
      attempt += 1;
      const user = `dave-${attempt}`;
      const token = await people.token(user, WRITES);
      const sockets = await Promise.all(
        ["rights/told-1", "rights/told-2"].map((id) => RawClient.join(people.server, id, { token })),
      );
      await delay(attempt * 3_000);
      const { closedSockets } = await askJson<{ closedSockets: number }>(
        people.server,
        people.project.secretKey,
        `/v1/users/${user}/revoke`,
        { body: { forSeconds: 600 } },
      );
      expect((await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([4403, 4403]);
      return closedSockets;
    };
    await expect.poll(closedByCall, { timeout: 90_000, interval: 10 }).toBe(2);
  });
});

describe("a lock", () => {
  test("[SD23] for writing: what is typed meanwhile waits in both clients and arrives when it opens; an administrator writes on", async () => {
    const id = "rights/lock";
    const alice = people.open(id, await people.token("alice", WRITES));
    const bob = people.openStock(id, await people.token("bob", WRITES));
    const admin = people.open(id, await people.token("root", ALL_SCOPES));
    await Promise.all([alice.whenSynced, admin.whenSynced, whenStockSynced(bob)]);
    type(alice.doc, "open.");
    await alice.whenSaved();
    const rights = rightsOf(alice);
    await people.administer(id, "lock", { mode: "read" });
    await expect.poll(() => rights.at(-1), PROMPT).toMatchObject({ reason: "locked", scopes: READS });
    alice.doc.getText("content").insert(0, "alice ");
    bob.doc.getText("content").insert(0, "bob ");
    await whenSaveState(alice, "unsaved");
    type(admin.doc, " admin.");
    await admin.whenSaved();
    const late = await people.token("late", WRITES);
    const update = await ask(people.server, late, `/v1/documents/${encodeURIComponent(id)}/updates`, {
      body: typed(new Y.Doc(), "REST"),
    });
    expect(update.status).toBe(423);
    expect(await people.stored(id)).toBe("open. admin.");
    await people.administer(id, "lock", { mode: "open" });
    await alice.whenSaved();
    await expect.poll(() => people.stored(id), PROMPT).toMatch(/^(alice bob|bob alice) open\. admin\.$/);
    expect(rights.at(-1)).toMatchObject({ reason: "unlocked", scopes: WRITES });
    type(bob.doc, " bob again");
    await expect.poll(() => people.stored(id), PROMPT).toContain("bob again");
  });

  test(
    "[SD23] for everybody: who is in is closed, nobody comes in, over a restart of the server too, until it opens",
    { timeout: 60_000 },
    async () => {
      const id = "rights/closed";
      const token = await people.token("alice", WRITES);
      const alice = people.open(id, token);
      const bob = people.openStock(id, await people.token("bob", WRITES));
      await Promise.all([alice.whenSynced, whenStockSynced(bob)]);
      type(alice.doc, "kept");
      await alice.whenSaved();
      const ends = [finalClose(alice), closedForGood(bob)];
      await people.administer(id, "lock", { mode: "closed" });
      expect(await Promise.all(ends)).toMatchObject([{ code: 4403 }, { code: 4403 }]);
      await expect(RawClient.join(people.server, id, { token })).rejects.toThrow("423");
      await people.server.kill9();
      await expect(RawClient.join(people.server, id, { token })).rejects.toThrow("423");
      const admin = await RawClient.join(people.server, id, { token: await people.token("root", ALL_SCOPES) });
      type(alice.doc, ", and what was typed outside");
      await people.administer(id, "lock", { mode: "open" });
      alice.connect();
      bob.connect();
      await alice.whenSaved();
      await whenDoc(bob.doc, () => textOf(bob.doc).includes("outside"));
      await admin.leave();
    },
  );
});
