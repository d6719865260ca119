/**
 * Webhooks to a real receiver that fails, hangs, redirects, is gone, is killed: each event arrives at least once, in order per room,
 * verified by the public library.
 */
import { Client } from "@colyseus/sdk";
import { expect, test, vi } from "vitest";
import { SOON, type Webhook, expectInOrder, line, typesOf } from "../support/webhook-world.ts";

line("a receiver that is away", (worldOf) => {
  test.sequential("[WH6] that hangs, then fails, then is killed, holds up its own events only and has all of them after an outage", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["document.saved", "document.deleted"]);
    const other = await world.endpoint(["document.saved", "document.deleted"]);
    await receiver.behaves("hang");
    await world.type("outage");
    await other.receiver.behaves("take");
    await world.whenDelivered(other.webhook, 1);
    await vi.waitFor(
      async () => expect((await world.deliveries(webhook))[0]?.tries[0]?.error).toMatch(/No answer within/),
      SOON,
    );
    await receiver.behaves("fail");
    await vi.waitFor(async () => expect((await world.deliveries(webhook))[0]?.tries.at(-1)?.status).toBe(500), SOON);
    const [failing] = await world.deliveries(webhook);
    expect(failing?.answer.length).toBe(1_024);
    await receiver.kill();
    await world.type("outage");
    await world.whenDelivered(other.webhook, 2);
    await world.ask("DELETE", "/v1/documents/outage");
    await world.whenDelivered(other.webhook, 3);
    await receiver.restart();
    const deliveries = await world.whenDelivered(webhook, 3);
    expectInOrder(await receiver.taken(), deliveries);
    expect(typesOf(await receiver.taken()).at(-1)).toBe("document.deleted");
    expect((await world.webhook(webhook)).failures).toBe(0);
  });

  test.sequential("[WH9] knows the old secret or the new one while a rotation's overlap lasts, then the new one only", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["webhook.test"]);
    const rotate = async (overlapSeconds: number) =>
      await world.ask<Webhook>("POST", `/v1/webhooks/${webhook.id}/rotate`, { overlapSeconds, force: true });
    const tested = async () => {
      const count = (await receiver.heard()).length;
      await world.ask("POST", `/v1/webhooks/${webhook.id}/test`);
      await vi.waitFor(async () => expect((await receiver.heard()).length).toBe(count + 1), SOON);
      return (await receiver.heard()).at(-1)?.isVerified;
    };
    const second = await rotate(60);
    expect(second.secret).not.toBe(webhook.secret);
    expect(await tested()).toBe(true);
    await receiver.knows(second.secret);
    expect(await tested()).toBe(true);
    const third = await rotate(0);
    expect(await tested()).toBe(false);
    await receiver.knows(third.secret);
    expect(await tested()).toBe(true);
  });
});

line("a receiver that refuses", (worldOf) => {
  test.sequential("[WH5] that refuses everything once has all of it, in order per document, verified by the public library", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["document.*"]);
    await receiver.behaves("once");
    const documents = ["moody-a", "moody-b", "moody-c"];
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(documents.map(async (id) => await world.type(id)));
      await vi.waitFor(
        async () => expect((await world.deliveries(webhook)).length).toBeGreaterThanOrEqual(9 + 6 * round),
        SOON,
      );
    }
    const deliveries = await world.whenDelivered(webhook, 21);
    expectInOrder(await receiver.taken(), deliveries);
    expect(deliveries.filter(({ attempts }) => attempts < 2)).toEqual([]);
    const firsts = (await receiver.heard()).filter(({ event }) => event.data["document"] === "moody-a");
    expect(typesOf(firsts).slice(0, 3)).toEqual(["document.created", "document.changed", "document.saved"]);
  });

  test.sequential("[WH5] that answers too late has it again, before what comes behind it", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["document.*"]);
    await receiver.behaves("late");
    await world.type("late");
    const deliveries = await world.whenDelivered(webhook, 4);
    const taken = await receiver.taken();
    expectInOrder(taken, deliveries);
    const types = ["document.created", "document.changed", "document.saved", "document.version"];
    expect(typesOf(taken)).toEqual(types.flatMap((type) => [type, type]));
    expect(typesOf(await receiver.heard())).toEqual(types);
  });

  test.sequential("[WH8] that redirects has failed: nobody goes where it points", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["document.saved"]);
    await receiver.behaves("redirect");
    await world.type("elsewhere");
    await vi.waitFor(
      async () => expect((await world.deliveries(webhook))[0]?.tries.length).toBeGreaterThanOrEqual(2),
      SOON,
    );
    expect((await world.deliveries(webhook))[0]?.tries[0]).toMatchObject({ status: 307 });
    expect(new Set((await receiver.requests()).map(({ path }) => path))).toEqual(new Set(["/hook"]));
    await receiver.behaves("take");
    await world.whenDelivered(webhook, 1);
  });

  test.sequential("[WH22] a room of a game says that it is made, and that it has ended", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["game.*"]);
    const room = await new Client(world.server.url).joinOrCreate("relay");
    const second = await new Client(world.server.url).joinById(room.roomId);
    await Promise.all([room.leave(), second.leave()]);
    const deliveries = await world.whenDelivered(webhook, 2);
    expectInOrder(await receiver.taken(), deliveries);
    const heard = await receiver.heard();
    expect(heard.map(({ event: { type, data } }) => [type, data["room"], data["game"]])).toEqual([
      ["game.created", room.roomId, "relay"],
      ["game.ended", room.roomId, "relay"],
    ]);
  });
});

line("a receiver that is gone", (worldOf) => {
  test.sequential("[WH7] that answers 410 is disabled at once, others are told, and a replay brings what it missed", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["document.saved"]);
    const watcher = await world.endpoint(["webhook.*", "document.saved"]);
    await receiver.behaves("gone");
    const startMs = Date.now();
    await world.type("gone");
    await vi.waitFor(
      async () => expect((await world.webhook(webhook)).disabledMs).toBeGreaterThanOrEqual(startMs),
      SOON,
    );
    expect((await world.webhook(webhook)).disabledReason).toMatch(/410/);
    await world.type("gone");
    await world.whenDelivered(watcher.webhook, 3);
    const notice = (await watcher.receiver.taken()).find(({ event }) => event.type === "webhook.disabled");
    expect(notice?.event.data).toMatchObject({ endpoint: webhook.id, url: webhook.url });
    expect(notice?.isVerified).toBe(true);
    await receiver.behaves("take");
    expect(await receiver.taken()).toEqual([]);
    await world.ask("PATCH", `/v1/webhooks/${webhook.id}`, { isEnabled: true });
    expect(await world.ask("POST", replay(webhook, startMs))).toEqual({ events: 2, next: null });
    const deliveries = await world.whenDelivered(webhook, 2);
    const versions = (await receiver.taken()).map(({ event }) => String(event.data["version"]));
    expect(versions.at(-1)).toMatch(/2$/);
    expect(deliveries.length).toBe(2);
    // From one event on: that one and what came after it, again.
    const before = (await receiver.taken()).length;
    await world.ask("POST", replay(webhook, deliveries[0]?.event ?? ""));
    await vi.waitFor(async () => expect((await receiver.taken()).length).toBeGreaterThan(before), SOON);
  });

  test.sequential("[WH10] what a killed server had on its queue is found and delivered without anybody asking for it", async () => {
    const world = worldOf();
    const { receiver, webhook } = await world.endpoint(["document.saved"]);
    await receiver.kill();
    await world.type("lost");
    await vi.waitFor(async () => expect((await world.deliveries(webhook)).length).toBe(1), SOON);
    await world.server.kill9();
    await receiver.restart();
    // Any message does: whoever works on the queue looks for what is overdue.
    await world.type("another");
    const deliveries = await world.whenDelivered(webhook, 2);
    expectInOrder(await receiver.taken(), deliveries);
    expect((await receiver.taken()).map(({ event }) => event.data["document"])).toContain("lost");
  });
});

function replay({ id }: Webhook, from: number | string): string {
  return `/v1/webhooks/${id}/replay?from=${from}`;
}
