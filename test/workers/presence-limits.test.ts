/**
 * How many are let into a presence room.
 */
import { expect, test } from "vitest";
import { ANONYMOUS } from "../../src/auth/user-id.ts";
import { DEFAULT_LIMITS, parseLimits } from "../../src/protocol/room-limits.ts";
import { PROMPT, PresencePeer, answerTo, describePeople, fallAsleep } from "./presence-peer.ts";

test.each([
  ["socketsPerRoom", { limits: { socketsPerRoom: 3 } }],
  ["socketsPerUser", { limits: { socketsPerUser: 3 }, user: "alice" }],
  ["socketsPerAddress", { limits: { socketsPerAddress: 3 }, address: "office" }],
  ["anonymousPerAddress", { limits: { anonymousPerAddress: 3 }, address: "office", user: ANONYMOUS }],
] as const)(
  "[PO11] %s: of many that come at once as many get in as may, before a socket exists",
  async (limit, options) => {
    const id = `full-${limit}`;
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await answerTo(id, options)));
    expect(answers.toSorted()).toEqual([...Array(3).fill("101"), ...Array(5).fill(`429 room-limit ${limit}`)]);
    expect((await describePeople(id)).refusals).toEqual({ [limit]: 5 });
  },
);

test("[PO11] who has a user, or another address, takes no anonymous place; one that is left is free again, also after a sleep", async () => {
  const [id, limits] = ["anonymous", { anonymousPerAddress: 1 }];
  const first = await PresencePeer.join(id, {}, { limits, user: ANONYMOUS, address: "office" });
  const answers = async () => [
    await answerTo(id, { limits, user: ANONYMOUS, address: "office" }),
    await answerTo(id, { limits, user: "alice", address: "office" }),
  ];
  await fallAsleep(id);
  expect(await answers()).toEqual(["429 room-limit anonymousPerAddress", "101"]);
  expect(await answerTo(id, { limits, user: ANONYMOUS, address: "cafe" })).toBe("101");
  first.send({ type: "bye" });
  await expect.poll(async () => (await answers())[0], PROMPT).toBe("101");
  expect([DEFAULT_LIMITS.anonymousPerAddress, parseLimits({ anonymousPerAddress: 500 }).ok]).toEqual([100, true]);
});

test("[PO11] a place is free again after somebody left, also after a sleep", async () => {
  const options = { limits: { socketsPerRoom: 1 } };
  const first = await PresencePeer.join("places", {}, options);
  await fallAsleep("places");
  expect(await answerTo("places", options)).toBe("429 room-limit socketsPerRoom");
  first.send({ type: "bye" });
  await expect.poll(async () => await answerTo("places", options), PROMPT).toBe("101");
});
