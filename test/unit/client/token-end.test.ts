import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DocumentProvider, DocumentProviderOptions } from "../../../client/index.ts";
import { ClientTestServer, READER } from "../../support/client-test-server.ts";
import {
  CLIENT_TIMERS,
  advanceUntil,
  countedTokens,
  destroyProviders,
  errorsOf,
  nextClose,
  openProvider,
  pass,
  textOf,
  type,
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

describe("a token that has ended", () => {
  test("[CL46] after 4501 the next token is tried at once, and after another 4501 as usual", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { token, count } = countedTokens();
    const provider = await connected({ token });
    (await server.peer()).close(4501, "token needs refreshing");
    expect(await nextClose(provider)).toEqual({ code: 4501, reason: "token needs refreshing", final: false });
    await pass(10);
    expect(count()).toBe(2);
    (await server.peer(2)).close(4501, "token needs refreshing");
    await nextClose(provider);
    await pass(800);
    expect(count()).toBe(2);
    await advanceUntil(whenStatus(provider, "synced"));
    expect((await server.peer(3)).protocols[1]).toBe("roost.token.t3");
  });

  test("[CL46] a handshake refused for an expired token is tried with the next one, and says so", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    server.behaviour.refusal = [401, "urn:roost:problem:token-expired"];
    const { token, count } = countedTokens();
    const provider = openProvider({ url: server.url, token });
    const errors = errorsOf(provider);
    await advanceUntil(server.until(() => server.asked.length >= 2));
    await pass(10);
    expect(server.asked[0]).toBe("Bearer t2");
    expect(errors[0]).toBe("token: As told");
    server.behaviour.refusal = undefined;
    await advanceUntil(provider.whenSynced);
    expect((await server.peer()).protocols[1]).toBe(`roost.token.t${count()}`);
  });

  test("[CL46] edits before the end are saved; those after it wait, while the token function fails, and arrive", async () => {
    let isDown = false;
    const { token: fresh } = countedTokens();
    const token = () => {
      if (isDown) throw new Error("auth is down");
      return fresh();
    };
    const provider = await connected({ token });
    const errors = errorsOf(provider);
    const peer = await server.peer();
    type(provider.doc, "before ");
    await advanceUntil(provider.whenSaved());
    isDown = true;
    peer.send({ type: "token-wanted", seconds: 30 });
    await pass(60_000);
    peer.send({ type: "rights", rights: { scopes: READER, reason: "token-expired" } });
    await peer.drained();
    await pass(10);
    type(provider.doc, "after");
    await pass(20_000);
    expect(provider.saveState).toBe("unsaved");
    expect(textOf(server.doc)).toBe("before ");
    peer.close(4501, "token needs refreshing");
    await nextClose(provider);
    await pass(60_000);
    expect(new Set(errors)).toEqual(new Set(["token: auth is down"]));
    isDown = false;
    await advanceUntil(provider.whenSaved());
    expect(textOf(server.doc)).toBe("before after");
    expect(provider.canWrite).toBe(true);
    expect(server.peers).toHaveLength(2);
  });

  test("[CL46] an edit on its way when the token ended, dropped in silence, arrives with the token's renewal", async () => {
    const { token } = countedTokens();
    const provider = await connected({ token });
    const peer = await server.peer();
    server.onFrame = () => true;
    type(provider.doc, "typed in between");
    await advanceUntil(peer.received("update"));
    server.onFrame = () => false;
    peer.send({ type: "rights", rights: { scopes: READER, reason: "token-expired" } });
    await peer.drained();
    await pass(10);
    expect(provider.saveState).toBe("unsaved");
    provider.refreshToken();
    await advanceUntil(peer.received("token"));
    peer.send(
      { type: "rights", rights: { scopes: server.behaviour.scopes, reason: "token-renewed" } },
      server.question(),
    );
    await advanceUntil(provider.whenSaved());
    expect(textOf(server.doc)).toBe("typed in between");
    expect(server.peers).toHaveLength(1);
  });

  test("[CL46] a page that slept over the end hears it all at once, comes back and loses nothing", async () => {
    const { token } = countedTokens();
    const provider = await connected({ token });
    const peer = await server.peer();
    server.onFrame = () => true;
    type(provider.doc, "typed as the lid closed");
    await advanceUntil(peer.received("update"));
    server.onFrame = () => false;
    peer.send({ type: "token-wanted", seconds: 30 });
    peer.send({ type: "rights", rights: { scopes: READER, reason: "token-expired" } });
    peer.close(4501, "token needs refreshing");
    await nextClose(provider);
    await advanceUntil(provider.whenSaved());
    expect(textOf(server.doc)).toBe("typed as the lid closed");
    expect((await server.peer(2)).of("token")).toEqual([]);
  });
});

test("[CL49] a publishable key travels as a token does", async () => {
  await connected({ key: "pk_demo.a.1.mac" });
  const peer = await server.peer();
  expect(peer.protocols).toEqual(["roost.v1", "roost.token.pk_demo.a.1.mac"]);
  expect(peer.url).not.toContain("pk_");
});
