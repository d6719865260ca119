import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DocumentProvider, DocumentProviderOptions } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  CLIENT_TIMERS,
  advanceUntil,
  countedTokens,
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

async function connected(options: Partial<DocumentProviderOptions>): Promise<DocumentProvider> {
  const provider = openProvider({ url: server.url, ...options });
  await advanceUntil(provider.whenSynced);
  return provider;
}

describe("a token of an attempt", () => {
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
    first.kill();
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

describe("a token in the socket", () => {
  test("[CL45] a server that wants one gets it anew", async () => {
    const { token } = countedTokens();
    await connected({ token });
    const peer = await server.peer();
    peer.send({ type: "token-wanted", seconds: 30 });
    await advanceUntil(peer.received("token"));
    expect(peer.of("token")).toEqual([{ type: "token", token: "t2" }]);
    await pass(120_000);
    expect(peer.of("token")).toHaveLength(1);
  });

  test("[CL45] a function that fails, or has nothing newer, is asked again until it has", async () => {
    const results = [() => "old", () => Promise.reject(new Error("auth is down")), () => "old", () => "", () => "new"];
    const provider = await connected({ token: () => results.shift()?.() ?? "newer" });
    const errors = errorsOf(provider);
    const peer = await server.peer();
    peer.send({ type: "token-wanted", seconds: 30 });
    const askedForMs = await advanceUntil(peer.received("token"));
    expect(peer.of("token")).toEqual([{ type: "token", token: "new" }]);
    expect(errors).toEqual(["token: auth is down"]);
    // Less than the server's patience: 30 s to the end, and 30 s of grace.
    expect(askedForMs).toBeLessThan(5_000);
  });

  test("[CL45] a text has nothing to offer: told once, with what to do", async () => {
    const provider = await connected({ token: "fixed" });
    const errors = errorsOf(provider);
    const peer = await server.peer();
    peer.send({ type: "token-wanted", seconds: 30 });
    peer.send({ type: "token-wanted", seconds: 10 });
    await peer.drained();
    await pass(60_000);
    expect(errors).toEqual(["token: a token that is a text cannot be renewed: pass a function"]);
    expect(peer.of("token")).toEqual([]);
  });

  test("[CL45] refreshToken sends a token now; asked twice, what the second call brings; without a socket, nothing", async () => {
    const answers: PromiseWithResolvers<string>[] = [];
    let isFirst = true;
    const token = () => {
      const answer = Promise.withResolvers<string>();
      if (isFirst) answer.resolve("first");
      else answers.push(answer);
      isFirst = false;
      return answer.promise;
    };
    const provider = openProvider({ url: server.url, token, connect: false });
    provider.refreshToken();
    expect(isFirst).toBe(true);
    provider.connect();
    await advanceUntil(provider.whenSynced);
    provider.refreshToken();
    provider.refreshToken();
    answers[1]?.resolve("wider");
    answers[0]?.resolve("older");
    const peer = await server.peer();
    await advanceUntil(peer.received("token"));
    await pass(60_000);
    expect(peer.of("token")).toEqual([{ type: "token", token: "wider" }]);
  });

  test("[CL45] refreshToken asks once: the same token is sent again, a failure is told", async () => {
    let isDown = false;
    const token = vi.fn<() => string>(() => {
      if (isDown) throw new Error("auth is down");
      return "kept";
    });
    const provider = await connected({ token });
    const errors = errorsOf(provider);
    const peer = await server.peer();
    provider.refreshToken();
    await advanceUntil(peer.received("token"));
    isDown = true;
    provider.refreshToken();
    await pass(60_000);
    expect(errors).toEqual(["token: auth is down"]);
    expect(token).toHaveBeenCalledTimes(3);
    expect(peer.of("token")).toEqual([{ type: "token", token: "kept" }]);
  });

  test("[CL45] a server that waits gets its token although refreshToken failed meanwhile", async () => {
    const results = [() => "old", () => "old", () => Promise.reject(new Error("auth is down")), () => "new"];
    const provider = await connected({ token: () => results.shift()?.() ?? "newer" });
    const errors = errorsOf(provider);
    const peer = await server.peer();
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    peer.send({ type: "token-wanted", seconds: 30 });
    await pass(10);
    provider.refreshToken();
    await advanceUntil(peer.received("token"));
    await pass(60_000);
    expect(peer.of("token")).toEqual([{ type: "token", token: "new" }]);
    expect(errors).toEqual(["token: auth is down"]);
  });

  test("[CL45] a token that comes after its socket went is sent on no other", async () => {
    const late = Promise.withResolvers<string>();
    const results: (string | Promise<string>)[] = ["t1", late.promise, "t3"];
    const provider = await connected({ token: () => results.shift() ?? "none" });
    (await server.peer()).send({ type: "token-wanted", seconds: 30 });
    await pass(10);
    (await server.peer()).kill();
    await nextClose(provider);
    await advanceUntil(whenStatus(provider, "synced"));
    late.resolve("t2");
    await pass(60_000);
    expect((await server.peer(2)).of("token")).toEqual([]);
  });

  test("[CL39] a provider destroyed while a token function fails asks no more", async () => {
    let isDown = false;
    let count = 0;
    const token = () => {
      count += 1;
      if (isDown) throw new Error("auth is down");
      return "t";
    };
    const provider = await connected({ token });
    const errors = errorsOf(provider);
    isDown = true;
    (await server.peer()).send({ type: "token-wanted", seconds: 30 });
    await pass(2_000);
    provider.destroy();
    const asked = count;
    expect(errors.length).toBeGreaterThan(0);
    await pass(120_000);
    expect(count).toBe(asked);
    expect(vi.getTimerCount()).toBe(0);
  });
});
