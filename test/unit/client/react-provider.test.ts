import { createElement } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { RoostProvider, type RoostProviderProps } from "../../../client/react/index.ts";
import { destroyPresence, openPresence, synced } from "../../support/presence-clients.ts";
import { PresenceTestServer } from "../../support/presence-test-server.ts";
import { ReactRoot } from "../../support/react-root.ts";

let server: PresenceTestServer;
let root: ReactRoot;

beforeEach(async () => {
  server = await PresenceTestServer.start();
  root = await ReactRoot.open();
});
afterEach(async () => {
  await root.unmount();
  destroyPresence();
  vi.unstubAllGlobals();
  await server.stop();
});

describe("RoostProvider", () => {
  const open = (props: RoostProviderProps) => root.render(createElement(RoostProvider, props));

  test("[CP34] with options joins when it is mounted, once in strict mode too, and leaves when it is not", async () => {
    await open({ options: { url: server.url, room: "lobby", WebSocket } });
    const peer = await server.peer();
    await peer.received("hello");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.peers).toHaveLength(1);
    await root.unmount();
    expect(await peer.closed()).toBe(1000);
    expect(peer.of("bye")).toHaveLength(1);
    root = await ReactRoot.open();
  });

  test("[CP34] another key is another room; the first one is left", async () => {
    const at = (room: string) =>
      root.render(createElement(RoostProvider, { key: room, options: { url: server.url, room, WebSocket } }));
    await at("one");
    const first = await server.peer();
    await first.received("hello");
    await at("two");
    expect((await server.peer(2)).url).toContain("/two/");
    expect(await first.closed()).toBe(1000);
  });

  test("[CP34] connect: false waits, and a client that was given is the application's own", async () => {
    await open({ options: { url: server.url, room: "lobby", WebSocket, connect: false } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.peers).toHaveLength(0);
    const client = openPresence({ url: server.url });
    await synced(client);
    await root.unmount();
    root = await ReactRoot.open();
    await root.render(createElement(RoostProvider, { client }));
    await root.unmount();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.status).toBe("synced");
    root = await ReactRoot.open();
  });
});
