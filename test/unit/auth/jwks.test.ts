import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createJwks } from "../../../src/auth/jwks.ts";
import { JWKS_URL, outcome, providerKeys } from "./auth-world.ts";

const provider = providerKeys();
const EC = { kid: "ec", alg: "ES256" } as const;
const UNKNOWN = { kid: "unknown", alg: "ES256" } as const;

/** A key set behind a clock and a switch. */
function world(start: () => Promise<Response> = async () => new Response(provider.keySet)) {
  const state = { nowMs: 1_000_000, fetches: 0, answer: start };
  const source = createJwks(
    () => {
      state.fetches += 1;
      return state.answer();
    },
    () => state.nowMs,
  );
  const find = async (wanted: typeof EC | typeof UNKNOWN = EC, url = JWKS_URL) => {
    const found = await source.find(url, wanted);
    return found.ok ? (found.value === null ? "none" : "found") : found.error.tag;
  };
  return { state, find };
}

const broken = async () => new Response("no", { status: 503 });

describe("key sets, cached", () => {
  it("[AU41] one fetch serves all who wait, and the next ten minutes", async () => {
    const { state, find } = world();
    const all = await Promise.all(Array.from({ length: 50 }, () => find()));
    expect(new Set(all)).toEqual(new Set(["found"]));
    state.nowMs += 599_999;
    expect(await find()).toBe("found");
    expect(state.fetches).toBe(1);
    state.nowMs += 1;
    expect(await find()).toBe("found");
    expect(state.fetches).toBe(2);
  });

  it("[AU41] who waits for a fetch that another request began, and that never ends, waits not for ever", async () => {
    let nowMs = 0;
    let fetches = 0;
    const source = createJwks(
      () => {
        fetches += 1;
        return fetches === 1 ? new Promise<Response>(() => {}) : Promise.resolve(new Response(provider.keySet));
      },
      () => nowMs,
      { timeoutMs: 50 },
    );
    const waiting = [source.find(JWKS_URL, EC), source.find(JWKS_URL, EC)];
    expect((await Promise.all(waiting)).map(outcome)).toEqual(["jwks-unavailable", "jwks-unavailable"]);
    nowMs = 30_000;
    expect(outcome(await source.find(JWKS_URL, EC))).toBe("ok");
  });

  it("[AU42] an unknown kid fetches again, once in 30 s however many ask", async () => {
    const { state, find } = world();
    expect(await find(UNKNOWN)).toBe("none");
    for (let round = 0; round < 100; round += 1) expect(await find(UNKNOWN)).toBe("none");
    expect(state.fetches).toBe(1);
    state.nowMs += 29_999;
    await find(UNKNOWN);
    expect(state.fetches).toBe(1);
    state.nowMs += 1;
    await Promise.all([find(UNKNOWN), find(UNKNOWN)]);
    expect(state.fetches).toBe(2);
  });

  it("[AU42] a key that was added is found after 30 s at most", async () => {
    const { state, find } = world(async () => new Response('{"keys":[]}'));
    expect(await find()).toBe("none");
    state.answer = async () => new Response(provider.keySet);
    state.nowMs += 30_000;
    expect(await find()).toBe("found");
  });

  it("[AU43] while fetching fails, known keys count for an hour and unknown ones are unavailable", async () => {
    const { state, find } = world();
    expect(await find()).toBe("found");
    state.answer = broken;
    state.nowMs += 3_599_999;
    expect(await find()).toBe("found");
    expect(await find(UNKNOWN)).toBe("jwks-unavailable");
    state.nowMs += 1;
    expect(await find()).toBe("jwks-unavailable");
    state.answer = async () => new Response(provider.keySet);
    state.nowMs += 30_000;
    expect(await find()).toBe("found");
  });

  it("[AU43] what fails is not asked again for 30 s", async () => {
    const { state, find } = world(broken);
    for (let round = 0; round < 20; round += 1) expect(await find()).toBe("jwks-unavailable");
    expect(state.fetches).toBe(1);
  });

  it("[AU40] an address that may not be asked is not", async () => {
    const { state, find } = world();
    for (const url of ["http://id.example.com/k", "https://127.0.0.1/k", "nonsense"]) {
      expect(await find(EC, url)).toBe("jwks-unavailable");
    }
    expect(state.fetches).toBe(0);
  });

  it("[AU46] at most 500 sets are kept", async () => {
    const { state, find } = world();
    const url = (n: number) => `https://id${n}.example.com/keys`;
    for (let n = 0; n <= 500; n += 1) await find(EC, url(n));
    expect(state.fetches).toBe(501);
    await find(EC, url(500));
    await find(EC, url(1));
    expect(state.fetches).toBe(501);
    // The latest used: 0 takes the place of 2, as 1 was just asked for.
    await find(EC, url(0));
    expect(state.fetches).toBe(502);
    await find(EC, url(1));
    expect(state.fetches).toBe(502);
    await find(EC, url(2));
    expect(state.fetches).toBe(503);
  });
});

describe("key sets over the network", () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    // SAFETY: a TCP server that listens has a port.
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  }

  async function find(url: string, timeoutMs = 5_000) {
    const source = createJwks(
      (request) => fetch(request),
      () => 0,
      { allowsLoopback: true, timeoutMs },
    );
    const found = await source.find(url, EC);
    return found.ok ? "ok" : found.error.reason;
  }

  it("[AU44] a real server's key set is fetched and understood", async () => {
    expect(await find(await serve((_request, response) => response.end(provider.keySet)))).toBe("ok");
  });

  it.each([301, 302, 303, 307, 308])("[AU44] %i leads nowhere", async (status) => {
    let asked = 0;
    const target = await serve((_request, response) => {
      asked += 1;
      response.end(provider.keySet);
    });
    const url = await serve((_request, response) => response.writeHead(status, { location: target }).end());
    expect(await find(url)).toBe(`The key set was answered ${status}.`);
    expect(asked).toBe(0);
  });

  it("[AU44] another status is no key set, whatever its body", async () => {
    for (const status of [201, 204, 400, 404, 500]) {
      const url = await serve((_request, response) => response.writeHead(status).end(provider.keySet));
      expect(await find(url)).toBe(`The key set was answered ${status}.`);
    }
  });

  it("[AU44] 64 KB are read, and not a byte more of an endless answer", async () => {
    const padded = (bytes: number) => provider.keySet.padEnd(bytes, " ");
    expect(await find(await serve((_request, response) => response.end(padded(65_536))))).toBe("ok");
    const tooLong = await serve((_request, response) => response.end(padded(65_537)));
    expect(await find(tooLong)).toBe("The key set has more than 65536 bytes.");
    const endless = await serve((_request, response) => {
      const write = () => {
        while (!response.destroyed && response.write(padded(65_536)));
      };
      response.on("drain", write);
      write();
    });
    expect(await find(endless)).toBe("The key set has more than 65536 bytes.");
  });

  it("[AU44] what is slow, in its head or its body, is given up", async () => {
    const hungUp = Promise.withResolvers<void>();
    const silent = await serve((request) => request.on("close", () => hungUp.resolve()));
    const dripping = await serve((_request, response) => response.write('{"keys":['));
    expect(await find(silent, 100)).toBe("The key set did not come in time.");
    await hungUp.promise;
    expect(await find(dripping, 100)).toBe("The key set did not come in time.");
  });

  it("[AU44] nobody there is a failure", async () => {
    const url = await serve(() => {});
    servers.splice(0).forEach((server) => server.close());
    expect(await find(url)).toBe("The key set could not be fetched.");
  });

  it.each(["", "null", "[]", "{}", '{"keys":{}}', '{"keys":"x"}', "<html>", '{"keys":[', "\u0000"])(
    "[AU44] %j is no key set",
    async (text) => {
      expect(await find(await serve((_request, response) => response.end(text)))).toBe("It is no key set.");
    },
  );
});
