import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CloseInfo, DocumentProvider, ProviderError } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  CLIENT_TIMERS,
  advanceUntil,
  destroyProviders,
  openProvider,
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

function nextClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.once("closed", resolve);
  });
}

/** Lets the network and the client's timers of `ms` run, in one step. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function connected(): Promise<DocumentProvider> {
  const provider = openProvider({ url: server.url });
  await advanceUntil(provider.whenSynced);
  return provider;
}

describe("tokens", () => {
  test("[CL36] the token travels as a sub-protocol and is asked for at each attempt, after the wait", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    let count = 0;
    const provider = openProvider({
      url: server.url,
      token: async () => {
        count += 1;
        return `eyJ.payload_${count}.sig-nature`;
      },
    });
    await advanceUntil(provider.whenSynced);
    const first = await server.peer();
    expect(first.protocols).toEqual(["roost.v1", "roost.token.eyJ.payload_1.sig-nature"]);
    expect(first.url).not.toContain("eyJ");
    first.close(4501, "token needs refreshing");
    await nextClose(provider);
    await pass(499);
    expect(count).toBe(1);
    await advanceUntil(whenStatus(provider, "synced"));
    expect((await server.peer(2)).protocols[1]).toBe("roost.token.eyJ.payload_2.sig-nature");
  });

  test("[CL36] a token function that fails, or returns what no header can carry, is an error and tried again", async () => {
    const results = [() => Promise.reject(new Error("auth is down")), () => "two words", () => undefined, () => "good"];
    const provider = openProvider({
      url: server.url,
      // @ts-expect-error -- an application without types may return nothing.
      token: () => results.shift()?.() ?? undefined,
    });
    const messages: string[] = [];
    provider.on("error", ({ kind, message }) => messages.push(`${kind}: ${message}`));
    await advanceUntil(provider.whenSynced);
    expect(messages).toEqual([
      "token: auth is down",
      "token: a token is base64url text: letters, digits and -._~+",
      "token: the token function returned no text",
    ]);
    expect(server.peers).toHaveLength(1);
  });

  test("[CL36] no token is asked for by a wait that disconnect ended", async () => {
    const token = vi.fn<() => string>(() => "good");
    const provider = openProvider({ url: server.url, token });
    await advanceUntil(provider.whenSynced);
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    (await server.peer()).kill();
    await nextClose(provider);
    await pass(10);
    provider.disconnect();
    await pass(60_000);
    expect(token).toHaveBeenCalledOnce();
  });

  test("[CL36] a token that arrives after disconnect opens nothing", async () => {
    const token = Promise.withResolvers<string>();
    const provider = openProvider({ url: server.url, token: () => token.promise });
    await pass(10);
    provider.disconnect();
    token.resolve("late");
    await pass(60_000);
    expect(server.peers).toEqual([]);
  });
});

describe("refused handshakes", () => {
  test.each([
    [410, "deleted", 4404, "document deleted"],
    [401, "unauthorized", 4401, "not authorized"],
    [403, "forbidden", 4403, "not allowed here"],
    [403, "origin-refused", 4403, "not allowed here"],
  ])("[CL42] %i %s is asked for after the second, and ends as %i", async (status, tag, code, reason) => {
    server.behaviour.refusal = [status, `urn:roost:problem:${tag}`];
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
    server.behaviour.refusal = [503, "urn:roost:problem:unavailable"];
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const provider = openProvider({ url: server.url });
    await advanceUntil(server.until(() => server.asked.length >= 3));
    expect(provider.lastClose).toMatchObject({ code: 1006, final: false });
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
  });

  test("[CL42] a server in trouble is asked at the second failure and each fifth after it, anew after a success", async () => {
    server.behaviour.refusal = [503, "urn:roost:problem:unavailable"];
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
    server.behaviour.refusal = [503, "urn:roost:problem:unavailable"];
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
    await advanceUntil(vi.waitUntil(isShown));
    (await server.peer()).kill();
    await nextClose(provider);
    expect(isShown()).toBe(false);
    await advanceUntil(whenStatus(provider, "synced"));
    await advanceUntil(vi.waitUntil(isShown));
  });
});
