import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CloseInfo, DocumentProvider, ProviderError } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  CLIENT_TIMERS,
  PATIENT,
  advanceUntil,
  destroyProviders,
  errorsOf,
  nextClose,
  openProvider,
  pass,
  whenStatus,
} from "../../support/client-providers.ts";

let server: ClientTestServer;

beforeEach(async () => {
  server = await ClientTestServer.start();
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyProviders();
  vi.useRealTimers();
  vi.restoreAllMocks();
  await server.stop();
});

async function connected(): Promise<DocumentProvider> {
  const provider = openProvider({ url: server.url });
  await advanceUntil(provider.whenSynced);
  return provider;
}

describe("refused handshakes", () => {
  test.each([
    { status: 400, tag: "bad-user", code: 4400, detail: "Too long", reason: "As told: Too long" },
    { status: 401, tag: "unauthorized", code: 4401 },
    // The token is a text: the next attempt would bring the same one.
    { status: 401, tag: "token-expired", code: 4401 },
    { status: 403, tag: "forbidden", code: 4403, detail: "No scope.", reason: "As told: No scope." },
    { status: 403, tag: "origin-refused", code: 4403 },
    { status: 403, tag: "revoked", code: 4403 },
    { status: 403, tag: "no-more-rooms", code: 4403 },
    { status: 410, tag: "deleted", code: 4404 },
  ])("[CL42] $status $tag is asked for after the second, and ends as $code", async (refusal) => {
    const { status, tag, detail, code, reason = "As told" } = refusal;
    server.behaviour.refusal = [status, `urn:roost:problem:${tag}`, detail];
    const provider = openProvider({ url: server.url, token: "eyJ.a.b" });
    const closes: CloseInfo[] = [];
    provider.on("closed", (info) => closes.push(info));
    await advanceUntil(new Promise<void>((resolve) => provider.on("closed", ({ final }) => final && resolve())));
    expect(closes.at(-1)).toEqual({ code, reason, final: true });
    expect(closes.filter((info) => info.code === 1006).length).toBeGreaterThanOrEqual(2);
    expect(server.asked[0]).toBe("Bearer eyJ.a.b");
    const askedCount = server.asked.length;
    await pass(600_000);
    expect(server.asked).toHaveLength(askedCount);
    expect(provider.status).toBe("offline");
  });

  test("[CL42] any other answer, and none, goes on being retried", async () => {
    server.behaviour.refusal = [500, "urn:roost:problem:internal"];
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const provider = openProvider({ url: server.url });
    await advanceUntil(server.until(() => server.asked.length >= 3));
    expect(provider.lastClose).toMatchObject({ code: 1006, final: false });
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
  });

  test("[CL42] a refusal of something in front of the server is none of ours", async () => {
    server.behaviour.refusal = [403, "https://gateway.test/blocked"];
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const provider = openProvider({ url: server.url });
    await advanceUntil(server.until(() => server.asked.length >= 2));
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
  });

  test.each([
    [404, "not-found"],
    [423, "locked"],
    [429, "room-limit"],
    [429, "rate-limited"],
    [503, "unavailable"],
  ])("[CL48] %i %s is told in the server's words, and retried slowly until it is over", async (status, tag) => {
    server.behaviour.refusal = [status, `urn:roost:problem:${tag}`, "Later."];
    vi.spyOn(Math, "random").mockReturnValue(0);
    const provider = openProvider({ url: server.url });
    const told = new Promise<ProviderError>((resolve) => {
      provider.once("error", resolve);
    });
    await advanceUntil(told);
    expect(await told).toMatchObject({ kind: "unavailable", message: "As told: Later." });
    // The third attempt is under way without a pause; what follows it waits at least 5 s.
    await advanceUntil(nextClose(provider));
    const closed = nextClose(provider);
    expect(await advanceUntil(closed)).toBeGreaterThanOrEqual(4_990);
    expect(await closed).toMatchObject({ code: 1006, final: false });
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
    (await server.peer()).kill();
    await nextClose(provider);
    expect(await advanceUntil(whenStatus(provider, "synced"))).toBeLessThan(1_500);
  });

  test("[CL48] a document that can be read but not joined is locked: told, and tried again until it is not", async () => {
    server.behaviour.refusal = [423, "never seen"];
    server.behaviour.summary = { id: "team/notes", lock: "closed" };
    vi.spyOn(Math, "random").mockReturnValue(0);
    const provider = openProvider({ url: server.url });
    const errors = errorsOf(provider);
    await advanceUntil(server.until(() => server.asked.length >= 1));
    await pass(10);
    expect(errors).toEqual(["unavailable: the room is locked"]);
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
  });

  test("[CL42] a server in trouble is asked at the second failure and each fifth after it, anew after a success", async () => {
    server.behaviour.refusal = [500, "urn:roost:problem:internal"];
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const provider = openProvider({ url: server.url });
    const askedAfter: number[] = [];
    let failures = 0;
    provider.on("closed", () => {
      // What the failure before this one led to.
      if (server.asked.length > askedAfter.length) askedAfter.push(failures);
      failures += 1;
    });
    await advanceUntil(server.until(() => server.asked.length >= 3));
    await advanceUntil(nextClose(provider));
    expect(askedAfter).toEqual([2, 7, 12]);
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
    (await server.peer()).kill();
    await nextClose(provider);
    server.behaviour.refusal = [500, "urn:roost:problem:internal"];
    await advanceUntil(nextClose(provider));
    await pass(1);
    expect(server.asked).toHaveLength(3);
    await advanceUntil(server.until(() => server.asked.length === 4));
  });

  test("[CL44] an address where something else answers is an error, and the retries go on", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const page = createServer((_request, response) => {
      response.writeHead(404, { "content-type": "text/html" }).end("<h1>not here</h1>");
    });
    page.listen(0, "127.0.0.1");
    await once(page, "listening");
    // SAFETY: listening on TCP, so an address with a port.
    const { port } = page.address() as AddressInfo;
    const provider = openProvider({ url: `http://127.0.0.1:${port}/colab`, id: "a" });
    const told = new Promise<ProviderError>((resolve) => {
      provider.once("error", resolve);
    });
    await advanceUntil(told);
    const error = await told;
    expect([error.kind, error.message]).toEqual([
      "address",
      `no Roost server answers at http://127.0.0.1:${port}/colab/v1/documents/a: HTTP 404 text/html`,
    ]);
    await advanceUntil(nextClose(provider));
    expect(provider.lastClose).toMatchObject({ code: 1006, final: false });
    page.close();
  });
});

describe("presence over a socket's life", () => {
  test("[CL22] states set while offline are not queued: the next open sends the last one, once", async () => {
    const provider = await connected();
    provider.setPresence({ x: 0 });
    await advanceUntil((await server.peer()).received("awareness"));
    (await server.peer()).kill();
    await nextClose(provider);
    for (let x = 1; x <= 20; x++) provider.setPresence({ x });
    await advanceUntil(whenStatus(provider, "synced"));
    await pass(1_000);
    const second = await server.peer(2);
    expect(second.of("awareness")).toHaveLength(1);
    expect(second.frames[0]?.map((message) => message.type)).toEqual(["hello", "sync-step-1", "awareness"]);
  });

  test("[CL23] others go with the socket and are back, at the same clock, with the next", async () => {
    const provider = await connected();
    const other = await connected();
    other.setPresence({ user: { name: "Bob" } });
    const { clientID } = other.awareness;
    const isShown = () => provider.awareness.getStates().has(clientID);
    await advanceUntil(vi.waitUntil(isShown, PATIENT));
    (await server.peer()).kill();
    await nextClose(provider);
    expect(isShown()).toBe(false);
    await advanceUntil(whenStatus(provider, "synced"));
    await advanceUntil(vi.waitUntil(isShown, PATIENT));
  });
});
