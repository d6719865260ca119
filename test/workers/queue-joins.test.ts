/**
 * Users who join while they are refused, in the queue's consumer: however the two interleave.
 * @module
 */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ask, createProject, mint, otherIsolate } from "./project-requests.ts";
import { deliver } from "./queue-messages.ts";
import { PROMPT } from "./room-peer.ts";
import { DAY, beforeEachQuery, connect, joinedOf, revoked, roomsOf, roomsWith } from "./revocations.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("joining", () => {
  test("[QD9] through an isolate that does not know yet ends with the message that says so", async () => {
    const keys = await createProject("late");
    const token = await mint(keys, "erin");
    const elsewhere = otherIsolate();
    expect((await ask(token, "/v1/documents", { variables: elsewhere })).status).toBe(200);
    await revoked(keys, "erin", DAY);
    const socket = await connect(token, "open", elsewhere);
    const joined = joinedOf("late", "erin", "open");
    expect(await deliver([joined, joined])).toEqual({ acked: [0, 1], retried: [] });
    await expect.poll(() => socket.code, PROMPT).toBe(4403);
    expect(await roomsOf("erin")).toEqual(["late/document/open"]);
  });

  test("[QD9] a room that cannot be told is told again, one that is gone is not", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const keys = await createProject("again");
    await revoked(keys, "frank", DAY);
    const joined = ["down", "gone", "none"].map((id) => joinedOf("again", "frank", id));
    const { variables } = roomsWith((name) => {
      const tag = name.endsWith("/down") ? "unavailable" : name.endsWith("/gone") ? "deleted" : "not-found";
      return { ok: false, error: { tag } };
    });
    const { acked, retried } = await deliver(joined, { variables });
    expect([acked, retried.map(({ place }) => place)]).toEqual([[1, 2], [0]]);
  });

  test("[QD9] nobody else is shown out, and once a time is over nobody is", async () => {
    const keys = await createProject("calm");
    await revoked(keys, "grace", DAY);
    await revoked(keys, "grace", { untilMs: 1 });
    await revoked(keys, "mike", { forSeconds: 60 });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 60_000);
    const { seen, variables } = roomsWith(() => ({ ok: true, value: { closed: 1 } }));
    await deliver([joinedOf("calm", "grace", "a"), joinedOf("calm", "heidi", "a"), joinedOf("calm", "mike", "a")], {
      variables,
    });
    expect(seen.names).toEqual([]);
  });

  test("[QD9] a sighting is not written again within the hour, and goes after 90 days", async () => {
    const rowsOf = async () =>
      (await env.DB.prepare("SELECT room, seen_ms FROM user_rooms WHERE user = 'ivan' ORDER BY room").all()).results;
    const [hour, day] = [3_600_000, 86_400_000];
    await deliver([joinedOf("default", "ivan", "a", day), joinedOf("default", "ivan", "a", day + hour)]);
    expect(await rowsOf()).toEqual([{ room: "default/document/a", seen_ms: day }]);
    await deliver([joinedOf("default", "ivan", "a", day + hour + 1), joinedOf("default", "ivan", "b", day)]);
    expect(await rowsOf()).toMatchObject([{ seen_ms: day + hour + 1 }, { seen_ms: day }]);
    await deliver([joinedOf("default", "ivan", "c", 91 * day + 1)]);
    expect((await rowsOf()).map((row) => row["room"])).toEqual(["default/document/a", "default/document/c"]);
  });

  /** Where the other one comes in: the consumer's and the router's steps, each of which asks D1 once. */
  test.each([0, 1, 2, 3, 4, 5, 6])(
    "[QD10] one of the two finds the other, the join coming in at step %i",
    async (step) => {
      const project = `race-${step}`;
      const keys = await createProject(project);
      const { seen, variables } = roomsWith(() => ({ ok: true, value: { closed: 1 } }));
      let asked = 0;
      const join = async () => void (await deliver([joinedOf(project, "judy", "a")], { variables }));
      const stepwise = {
        ...variables,
        DB: beforeEachQuery(async () => {
          if (asked === step) await join();
          asked += 1;
        }),
      };
      await revoked(keys, "judy", DAY, stepwise);
      if (asked <= step) await join();
      expect(seen.names).toContain(`${project}/document/a`);
    },
  );

  const malformed: readonly (readonly [string, object])[] = [
    ["no user", { user: "" }],
    ["a long user", { user: "x".repeat(129) }],
    ["another project's room", { room: "other/document/a" }],
    ["no room", { room: "default/page/a" }],
    ["no time", { atMs: -1 }],
    ["another version", { v: 2 }],
  ];

  test.each(malformed)("[QD5] a join with %s is a dead letter at once", async (_name, change) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const body = { ...joinedOf("default", "kim", "a"), ...change };
    expect(await deliver([body])).toEqual({ acked: [0], retried: [] });
    const sql = "SELECT error FROM dead_letters WHERE body = ?1";
    expect(await env.DB.prepare(sql).bind(JSON.stringify(body)).first("error")).toMatch(/^malformed: /);
  });
});
