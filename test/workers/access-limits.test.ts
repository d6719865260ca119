/**
 * How often somebody may ask, and how much of a request is read, before it is known who they are.
 */
import { createExecutionContext } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import worker from "../../src/index.ts";
import { UPGRADES_PER_SECOND, UPGRADE_BURST } from "../../src/router/upgrade-pace.ts";
import { HOST, OPERATOR_SECRET, type World, ask, closedEnv, makeWorld } from "./access-world.ts";
import { failureOf, readProblem } from "./router-requests.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const socketHeaders = (token: string) => ({
  upgrade: "websocket",
  "sec-websocket-protocol": `roost.v1, roost.token.${token}`,
});

describe("before it is known who asks", () => {
  type Counter = { readonly asked: string[]; readonly limit: RateLimit["limit"] };
  const counter = (answer: () => boolean): Counter => {
    const asked: string[] = [];
    return {
      asked,
      limit: async ({ key }) => {
        asked.push(key);
        return { success: answer() };
      },
    };
  };
  const untouched = {
    prepare: () => {
      throw new Error("D1 was asked");
    },
  };
  const askWith = async (bindings: object, path: string, init: RequestInit = {}) =>
    await worker.fetch(new Request(`${HOST}${path}`, init), { ...closedEnv, ...bindings }, createExecutionContext());
  const from = { "cf-connecting-ip": "203.0.113.9" };

  test("[RT85] what the platform's counters refuse costs nothing else", async () => {
    const [CONNECTS, REQUESTS] = [counter(() => false), counter(() => false)];
    const bindings = { CONNECTS, REQUESTS, DB: untouched };
    const token = await world.token({ "*": SCOPES });
    const refused = await askWith(bindings, "/v1/documents", { headers: { ...bearer(token), ...from } });
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await failureOf(refused)).toBe("429 rate-limited");
    const socket = await askWith(bindings, "/v1/documents/x/connect", {
      headers: { ...socketHeaders(token), ...from },
    });
    expect(await failureOf(socket)).toBe("429 rate-limited");
    expect(await failureOf(await askWith(bindings, "/yjs/x", { headers: from }))).toBe("429 rate-limited");
    expect([CONNECTS.asked, REQUESTS.asked]).toEqual([["203.0.113.9"], ["203.0.113.9", "203.0.113.9"]]);
  });

  test("[RT93] one address comes in at a pace, once the counters are asked and before its project is; another one, and a developer's machine, at once", async () => {
    const CONNECTS = counter(() => true);
    const address = { "cf-connecting-ip": "203.0.113.93" };
    const headers = { ...socketHeaders("no token"), ...address };
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const waits = vi.spyOn(scheduler, "wait");
    const startMs = performance.now();
    const knock = async (bindings: object, from: Readonly<Record<string, string>> = address) => {
      const answer = await askWith({ CONNECTS, DB: untouched, ...bindings }, "/v1/documents/x/connect", {
        headers: { ...headers, ...from },
      });
      return { status: answer.status, ms: performance.now() - startMs };
    };
    const all = Array.from({ length: UPGRADE_BURST + 20 }, async () => await knock({}));
    await knock({}, { "cf-connecting-ip": "203.0.113.94" });
    await knock({ ROOST_OPEN: "1" });
    const asked = CONNECTS.asked.length;
    const held = await Promise.all(all);
    expect(held.every(({ status }) => status === 401)).toBe(true);
    expect(Math.max(...held.map(({ ms }) => ms))).toBeGreaterThan((19 / UPGRADES_PER_SECOND) * 1_000);
    // The last ones of the first address, and nobody else.
    const places = Array.from({ length: 20 }, (_, place) => Math.ceil(((place + 1) / UPGRADES_PER_SECOND) * 1_000));
    expect(waits.mock.calls.map(([ms]) => ms)).toEqual(places);
    // Of who waits too: what they refuse is not held.
    expect(asked).toBe(UPGRADE_BURST + 21);
  });

  test("[RT85] a counter that fails lets the request through, and open mode asks none", async () => {
    const failing = { limit: () => Promise.reject(new Error("no counters today")) };
    const init = { headers: bearer(world.keys.secretKey) };
    const failures = async () => {
      const text = await (await ask("/v1/metrics", { headers: bearer(OPERATOR_SECRET) })).text();
      return /^roost_rate_limit_failures_total (\d+)$/m.exec(text)?.[1];
    };
    // The runtime's own have counted all that went before.
    expect(await failures()).toBeUndefined();
    const bindings = { CONNECTS: failing, REQUESTS: failing };
    expect((await askWith(bindings, "/v1/documents", init)).status).toBe(200);
    expect(await failures()).toBe("1");
    const REQUESTS = counter(() => false);
    expect((await askWith({ REQUESTS, ROOST_OPEN: "1" }, "/v1/documents")).status).toBe(200);
    expect(REQUESTS.asked).toEqual([]);
  });

  test("[RT85] a head above 32 KiB is refused unread", async () => {
    const cookie = `a=${"x".repeat(33 * 1024)}`;
    expect(await failureOf(await ask("/v1/documents", { headers: { cookie } }))).toBe("431 headers-too-large");
    const query = `?query=${"x".repeat(33 * 1024)}`;
    expect(await failureOf(await ask(`/v1/documents${query}`))).toBe("431 headers-too-large");
    const fits = { cookie: `a=${"x".repeat(30 * 1024)}`, ...bearer(world.keys.secretKey) };
    expect((await ask("/v1/documents", { headers: fits })).status).toBe(200);
  });

  /** A body that says whether anybody read it. */
  function watchedBody(totalBytes: number) {
    const read = { bytes: 0 };
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (read.bytes >= totalBytes) return controller.close();
          const chunk = new Uint8Array(16 * 1024).fill(0x20);
          read.bytes += chunk.length;
          controller.enqueue(chunk);
          return undefined;
        },
      },
      { highWaterMark: 0 },
    );
    return { read, body };
  }

  const BODIES = [
    ["/v1/documents/x/updates", "application/octet-stream"],
    ["/v1/rooms/document/x/kick", "application/json"],
    ["/v1/admin/reindex", "application/json"],
  ] as const;

  test.each(BODIES)("[RT86] nothing of the body of %s is read for whoever may not send it", async (path, type) => {
    const { wrongRoom } = await world.callers();
    for (const shown of [{}, bearer(wrongRoom.bearer ?? "")]) {
      const { read, body } = watchedBody(1024 * 1024);
      const response = await ask(path, { method: "POST", body, headers: { ...shown, "content-type": type } });
      expect([401, 403]).toContain(response.status);
      expect(read.bytes).toBe(0);
    }
  });

  test("[RT86] JSON ends at 128 KiB, an update at the caller's own limit", async () => {
    const json = { ...bearer(OPERATOR_SECRET), "content-type": "application/json" };
    const large = watchedBody(10 * 1024 * 1024);
    const reindex = await ask("/v1/admin/reindex", { method: "POST", body: large.body, headers: json });
    expect(await failureOf(reindex)).toBe("413 too-large");
    expect(large.read.bytes).toBeLessThan(512 * 1024);
    const token = await world.token({ "*": SCOPES }, { limits: { frameBytes: 2_048 } });
    const update = { ...bearer(token), "content-type": "application/octet-stream" };
    const post = async (bytes: number) =>
      await ask("/v1/documents/x/updates", { method: "POST", body: new Uint8Array(bytes), headers: update });
    expect(await readProblem(await post(2_049))).toMatchObject({ status: 413, detail: "The limit is 2048 bytes." });
    expect((await post(2_048)).status).toBe(400);
  });
});
