/**
 * What meets in a room at the wrong moment: the same session twice, and a newcomer while the document is erased.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { CONNECT_TICKET_HEADER, type ConnectTicket, encodeConnectTicket } from "../../src/auth/connect-ticket.ts";
import type { UserId } from "../../src/auth/grants.ts";
import type { ProjectId } from "../../src/protocol/room-id.ts";
import { PROMPT, Peer, stubOf, typed } from "./room-peer.ts";
import { documentRoomIn } from "./room-tickets.ts";
import { postUpdate, readJson, send, writeText } from "./router-requests.ts";
import { OPEN_MODE_LIMITS } from "../../src/protocol/room-limits.ts";

/** Every snapshot is due by then. */
const SAVED_BY_MS = 120_000;

afterEach(() => vi.useRealTimers());

/** What the router sends for a socket, and sends again where the room's answer was lost. */
function connectRequest(session: string): Request {
  const ticket: ConnectTicket = {
    dialect: "roost",
    session,
    // SAFETY: both as the router writes them.
    grant: { project: "default" as ProjectId, user: "u1" as UserId, scopes: ["read", "write", "presence"] },
    requestId: "retried",
    address: "a",
    limits: OPEN_MODE_LIMITS,
    joinsPerSecond: OPEN_MODE_LIMITS.joinsPerSecond,
    by: "open",
    closesMs: null,
    mayCreate: true,
  };
  const headers = { upgrade: "websocket", [CONNECT_TICKET_HEADER]: encodeConnectTicket(ticket) };
  return new Request(`https://room/connect?_pk=${session}`, { headers });
}

async function connectAs(id: string, session: string): Promise<Peer> {
  const { status, webSocket } = await stubOf(id).fetch(connectRequest(session));
  if (webSocket === null) throw new Error(`refused with ${status}`);
  webSocket.accept();
  return new Peer(webSocket);
}

async function connectedTo(id: string): Promise<readonly string[]> {
  const details = await readJson<{ connected: { session: string }[] }>(await send(`/v1/documents/${id}`));
  return details.connected.map(({ session }) => session);
}

/** The room inside its own object, where it answers requests itself. */
function connectTo(room: object, request: Request): Promise<Response> {
  if (!("fetch" in room) || typeof room.fetch !== "function") throw new Error("a Durable Object answers requests");
  return room.fetch(request);
}

/** Types as the session and waits until the watcher has it. */
async function expectHeard(peer: Peer, watcher: Peer): Promise<void> {
  const had = watcher.messages.length;
  peer.send(typed(`${had}`));
  const hasUpdate = () => watcher.messages.slice(had).some(({ type }) => type === "update");
  await expect.poll(hasUpdate, PROMPT).toBe(true);
  await expect.poll(() => peer.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
}

for (const { when, isAsleep } of [
  { when: "while the room is awake", isAsleep: false },
  { when: "that wakes the room", isAsleep: true },
]) {
  test(`[RO17] a session that a retry has opened twice is the second socket; the first one's late close ${when} changes nothing`, async () => {
    const id = `retried-${isAsleep ? "asleep" : "awake"}`;
    const watcher = await Peer.join(id, 9);
    const first = await connectAs(id, "same-session");
    const second = await connectAs(id, "same-session");
    await second.greet(1);
    await expect.poll(() => watcher.heardOf(1), PROMPT).toBe('{"n":1}');
    expect(await connectedTo(id)).toHaveLength(2);

    if (isAsleep) await evictDurableObject(stubOf(id), { webSockets: "hibernate" });
    first.close(1000);
    await expect.poll(() => first.closed?.code, PROMPT).toBe(1000);

    await expectHeard(second, watcher);
    expect(await connectedTo(id)).toContain("same-session");
    expect([second.closed, watcher.closed, watcher.heardOf(1)]).toEqual([undefined, undefined, '{"n":1}']);
    second.send({ type: "bye" });
    await expect.poll(() => watcher.heardOf(1), PROMPT).toBeNull();
    watcher.close(1000);
  });
}

type End = { readonly outcome: string; readonly isOpen: boolean };

/** How a connect ended, and whether the room still has a socket. */
async function endOf(connecting: Promise<Response>, state: DurableObjectState): Promise<End> {
  const { status, webSocket } = await connecting;
  const isOpen = state.getWebSockets().some(({ readyState }) => readyState === WebSocket.OPEN);
  if (webSocket === null) return { outcome: `refused ${status}`, isOpen };
  if (isOpen) return { outcome: "let in", isOpen };
  const closed = new Promise<number>((resolve) => webSocket.addEventListener("close", ({ code }) => resolve(code)));
  webSocket.accept();
  return { outcome: `closed ${await closed}`, isOpen };
}

/** Turns of the microtask queue that a connect takes at most, and then some. */
const MAX_TURNS = 40;

test("[RO18] a socket that is admitted while the document is erased is refused or closed, whichever step the erase falls on", async () => {
  const outcomes = new Set<string>();
  for (let turns = 0; turns < MAX_TURNS; turns += 1) {
    const id = `erased-on-the-way-${turns}`;
    await postUpdate(id, writeText("doomed"));
    await evictDurableObject(stubOf(id));
    const { outcome, isOpen } = await runInDurableObject(stubOf(id), async (room, state) => {
      const connecting = connectTo(room, connectRequest(`session-${turns}`));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await documentRoomIn(room).erase();
      return await endOf(connecting, state);
    });
    expect({ turns, isOpen }).toEqual({ turns, isOpen: false });
    outcomes.add(outcome);
    expect((await send(`/v1/documents/${id}`)).status).toBe(410);
  }
  expect([...outcomes].toSorted()).toEqual(["closed 4404", "refused 410"]);
});

test("[RO18] an erase and a socket that wait for the same answer of R2 leave nobody in", async () => {
  for (const isEraseFirst of [true, false]) {
    const id = `erased-at-first-touch-${isEraseFirst}`;
    await saveAndLose(id);
    const end = await runInDurableObject(stubOf(id), async (room, state) => {
      const erasing = isEraseFirst ? documentRoomIn(room).erase() : undefined;
      const connecting = connectTo(room, connectRequest("newcomer"));
      await (erasing ?? documentRoomIn(room).erase());
      return await endOf(connecting, state);
    });
    expect(end).toEqual({ outcome: expect.stringMatching(/^(refused 410|closed 4404)$/), isOpen: false });
    expect((await send(`/v1/documents/${id}`)).status).toBe(410);
  }
});

/** Leaves the document in R2 alone. */
async function saveAndLose(id: string): Promise<void> {
  await postUpdate(id, writeText("doomed"));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + SAVED_BY_MS });
  await runDurableObjectAlarm(stubOf(id));
  vi.useRealTimers();
  await runInDurableObject(stubOf(id), async (_room, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evictDurableObject(stubOf(id));
}
