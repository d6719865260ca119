import { afterEach, beforeEach, expect, test } from "vitest";
import { visitRoom } from "../../../client/widgets/visit.ts";
import { destroyPresence, openPresence } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer, person } from "../../support/presence-test-server.ts";

let server: PresenceTestServer;
const ends: (() => void)[] = [];

beforeEach(async () => {
  server = await PresenceTestServer.start();
  server.greeting = [{ type: "pace", pace: FULL_PACE }];
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  destroyPresence();
  await server.stop();
});

const OPEN = {
  "the client": () => void openPresence({ url: server.url }),
  "the widget": () => {
    const ignore = () => undefined;
    const ports = { counts: undefined, tell: ignore, hear: ignore, ended: ignore };
    ends.push(visitRoom({ url: server.url, room: "lobby" }, {}, ports).end);
  },
};

async function joined(open: () => void): Promise<PresencePeer> {
  open();
  const peer = await server.peer();
  await peer.received("hello");
  await peer.drained();
  return peer;
}

test.each(Object.entries(OPEN))(
  "[CP22] %s answers a pace that asks, with its number, and no other",
  async (_, open) => {
    const peer = await joined(open);
    peer.send({ type: "pace", pace: FULL_PACE });
    peer.send(person(2), { type: "pace", pace: { ...FULL_PACE, ask: 0xffff_ffff } });
    peer.send({ type: "pace", pace: FULL_PACE }, { type: "pace", pace: { ...FULL_PACE, ask: 1 } });
    await peer.received("read", 2);
    await peer.drained();
    expect(peer.of("read").map(({ number }) => number)).toEqual([0xffff_ffff, 1]);
  },
);

test.each(Object.entries(OPEN))("[CP22] %s answers where it may not be shown", async (_, open) => {
  server.welcome = { actor: 0, scopes: ["read"] };
  const peer = await joined(open);
  peer.send({ type: "pace", pace: { ...FULL_PACE, ask: 300 } });
  expect(await peer.received("read")).toEqual({ type: "read", number: 300 });
});
