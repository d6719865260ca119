/**
 * Each type of event reaches a receiver, and what a room tells is what happened there.
 */
import { Client } from "@colyseus/sdk";
import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { WEBHOOK_EVENTS } from "../../src/protocol/webhook-events.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import { SOON, line, typesOf, expectInOrder } from "../support/webhook-world.ts";

line("events", (worldOf) => {
  test.sequential("[WH26] each type of event that there is reaches a receiver", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["*"]);
    const other = await world.endpoint(["webhook.test"]);
    await other.receiver.behaves("gone");
    await world.ask("POST", `/v1/webhooks/${other.webhook.id}/test`);
    await world.ask("POST", `/v1/webhooks/${webhook.id}/test`);
    const alice = await RawClient.join(world.server, "everything", "alice");
    await alice.update(typed(new Y.Doc(), "all of it"));
    // Far more at once than anybody may show.
    for (let clock = 1; clock <= 1_000; clock += 1) alice.show(7, clock, { at: clock });
    await world.ask("POST", "/v1/documents/everything/versions", { name: "First" });
    await alice.leave();
    const room = await new Client(world.server.url).joinOrCreate("relay");
    await room.leave();
    await world.whenTaken(receiver, ["document.saved", "room.emptied"]);
    const versions = async () =>
      (await receiver.heard()).filter(({ event }) => event.type === "document.version").map(({ event }) => event.data);
    const first = expect.objectContaining({ document: "everything", kind: "named", name: "First" });
    // Before the document goes, and with it what people wrote.
    await vi.waitFor(async () => expect(await versions()).toContainEqual(first), SOON);
    await world.ask("DELETE", "/v1/documents/everything");
    const types = Object.keys(WEBHOOK_EVENTS);
    await world.whenTaken(receiver, types);
    const deliveries = await world.whenDelivered(webhook, types.length);
    const taken = await receiver.taken();
    expectInOrder(taken, deliveries);
    expect([...new Set(typesOf(taken))].toSorted()).toEqual(types.toSorted());
    const one = (type: string) => taken.find(({ event }) => event.type === type)?.event.data;
    expect(one("limit.reached")).toMatchObject({ room: "everything", kind: "document", limit: "presencePerSecond" });
  });

  test.sequential("[WH20] a room tells who comes and goes, once for a person however many sockets, and nothing to who does not ask", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["room.*"]);
    const quiet = await world.endpoint(["document.deleted"]);
    const alice = await RawClient.join(world.server, "hall", "alice");
    const again = await RawClient.join(world.server, "hall", "alice");
    const bob = await RawClient.join(world.server, "hall", "bob");
    await alice.leave();
    await again.leave();
    await bob.leave();
    await world.whenDelivered(webhook, 6);
    expectInOrder(await receiver.taken(), await world.deliveries(webhook));
    const told = (await receiver.heard()).map(({ event: { type, data } }) => [
      type,
      data["room"],
      data["kind"],
      data["user"] ?? null,
    ]);
    expect(told).toEqual([
      ["room.opened", "hall", "document", null],
      ["room.joined", "hall", "document", "alice"],
      ["room.joined", "hall", "document", "bob"],
      ["room.left", "hall", "document", "alice"],
      ["room.left", "hall", "document", "bob"],
      ["room.emptied", "hall", "document", null],
    ]);
    expect(await quiet.receiver.requests()).toEqual([]);
  });
});
