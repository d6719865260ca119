/**
 * Fresh tokens and keys in sockets of real rooms: judged as an upgrade at that moment would be. Each test has a project of its own.
 */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { ConnectTicket } from "../../src/auth/connect-ticket.ts";
import type { UserId } from "../../src/auth/grants.ts";
import { formatKey } from "../../src/auth/keys.ts";
import type { MintClaims } from "../../src/auth/mint-token.ts";
import { loadConfig } from "../../src/config.ts";
import type { SessionId } from "../../src/core/events.ts";
import { DEFAULT_PROJECT, type DocumentId, type ProjectId } from "../../src/protocol/room-id.ts";
import { err } from "../../src/protocol/result.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/protocol/room-limits.ts";
import { type Reauthenticate, TokenRenewal } from "../../src/rooms/token-renewal.ts";
import type { RoomSocket } from "../../src/rooms/sockets.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { Revocations } from "../../src/storage/d1/revocations.ts";
import { PROMPT, Peer, alarmOf, stubOf, typed } from "./room-peer.ts";
import { type TicketOptions, connectWith, mint, ticketOf } from "./room-tickets.ts";

const HOUR_MS = 3_600_000;
const EVERYTHING = { "*": ["read", "write", "presence"] } as const;

afterEach(() => vi.useRealTimers());

type World = {
  readonly project: ProjectId;
  readonly id: string;
  readonly enter: (options?: TicketOptions) => Promise<Peer>;
  readonly token: (claims?: Partial<MintClaims>, version?: number) => Promise<string>;
  readonly key: (kind?: "sk" | "pk") => Promise<string>;
};

/** A project in D1, and a document of it; the room's object has a name of the tests' own project. */
async function world(name: string, limits: Partial<Limits> = {}): Promise<World> {
  const project = name as ProjectId;
  const settings = { name, jwksUrl: null, issuer: null, limits, origins: [], access: {} };
  await new Projects(env.DB).create(project, settings, Date.now());
  const { secrets } = loadConfig(env);
  return {
    project,
    id: name,
    enter: async (options = {}) => {
      const ticket = ticketOf(options);
      const { webSocket } = await connectWith(name, { ...ticket, grant: { ...ticket.grant, project } });
      if (webSocket === null) throw new Error("refused");
      webSocket.accept();
      const peer = new Peer(webSocket);
      await peer.greet(1);
      peer.messages.length = 0;
      return peer;
    },
    token: async (claims, version) => await mint({ rooms: EVERYTHING, ...claims }, version, project),
    key: async (kind = "sk") => await formatKey(secrets, { kind, project, version: 1 }),
  };
}

/** How the room takes it: a close code, or that it says what may be done now. */
async function answerTo(peer: Peer, token: string): Promise<unknown> {
  peer.messages.length = 0;
  peer.send({ type: "token", token });
  const renewed = () => peer.messages.some(({ type }) => type === "rights");
  await expect.poll(() => peer.closed !== undefined || renewed(), PROMPT).toBe(true);
  return peer.closed?.code ?? "renewed";
}

test("[RO45] what was made with a key that was rotated away opens nothing, and nothing of its project does once that is gone", async () => {
  const { project, enter, token, key } = await world("leaked");
  const mallory = await enter();
  const back = await enter({ by: "server" });
  await new Projects(env.DB).rotate(project, { overlapMs: 0, force: false, nowMs: Date.now() });
  expect(await answerTo(mallory, await token())).toBe(4401);
  expect(await answerTo(back, await key())).toBe(4401);
  const alice = await enter();
  expect(await answerTo(alice, await token({}, 2))).toBe("renewed");
  alice.close(1000);
});

test("[RO45] a revoked user is shown out with 4403, a token of a project that does not exist with 4401", async () => {
  const { project, enter, token } = await world("refusing");
  await new Revocations(env.DB).put(project, { user: "alice", untilMs: Date.now() + HOUR_MS }, Date.now());
  expect(await answerTo(await enter(), await token())).toBe(4403);
  const nowhere = await enter();
  expect(await answerTo(nowhere, await mint({}, 1, "nowhere" as ProjectId))).toBe(4401);
});

test.each([
  ["server", "alice", "sk", "renewed"],
  ["page", "anonymous", "pk", "renewed"],
  ["page", "anonymous", "sk", 4401],
  ["server", "anonymous", "pk", 4401],
  ["token", "alice", "sk", 4401],
  ["server", "alice", "token", 4401],
  ["open", "alice", "sk", 4401],
] as const)("[RO45] a socket that came as %s of %s and shows a %s", async (by, user, shown, answer) => {
  const { project, enter, token, key } = await world(`kinds-${by}-${user}-${shown}`);
  const access = { "document:*": ["read", "write"] };
  await new Projects(env.DB).update(project, { access }, Date.now());
  const peer = await enter({ by, user });
  expect(await answerTo(peer, shown === "token" ? await token() : await key(shown))).toBe(answer);
  peer.close(1000);
});

test("[RO44] limits are those of now: the project's, and lower where the token says so", async () => {
  const { id, enter, token } = await world("limited", { frameBytes: 20_000, documentBytes: 2_000_000 });
  const alice = await enter({ limits: { frameBytes: 1_000_000, documentBytes: 70_000 } });
  const limits = { frameBytes: 1_000_000, documentBytes: 3_000_000, socketsPerUser: 3 };
  expect(await answerTo(alice, await token({ limits }))).toBe("renewed");
  alice.send(typed("x".repeat(30_000)));
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4413);
  const bob = await enter({ user: "bob" });
  expect(await answerTo(bob, await token({ user: "bob", limits: { documentBytes: 70_000 } }))).toBe("renewed");
  for (let number = 1; number < 6; number += 1) bob.send(typed("y".repeat(15_000)));
  await expect.poll(() => bob.messages.some(({ type }) => type === "refused"), PROMPT).toBe(true);
  bob.close(1000);
  expect(id).toBe("limited");
});

test("[RO50] a socket is closed with 4501 when it has to be judged anew, by the alarm of a room that sleeps", async () => {
  const { id, enter, key } = await world("hourly");
  const closesMs = Date.now() + HOUR_MS;
  const back = await enter({ by: "server", closesMs });
  vi.useFakeTimers({ toFake: ["Date"], now: closesMs - 60_000 });
  expect(await answerTo(back, await key())).toBe("renewed");
  vi.setSystemTime(closesMs);
  await evictDurableObject(stubOf(id), { webSockets: "hibernate" });
  await runDurableObjectAlarm(stubOf(id));
  const dueMs = (await alarmOf(id)) ?? 0;
  expect([dueMs > closesMs + HOUR_MS / 2, dueMs <= closesMs + HOUR_MS]).toEqual([true, true]);
  expect(back.closed).toBeUndefined();
  vi.setSystemTime(dueMs);
  await runDurableObjectAlarm(stubOf(id));
  await expect.poll(() => back.closed?.code, PROMPT).toBe(4501);
  expect(back.messages.some(({ type }) => type === "token-wanted")).toBe(false);
});

const NOWHERE = {
  roomName: "default/document/nowhere",
  // SAFETY: a valid id.
  address: { project: DEFAULT_PROJECT, kind: "document", id: "nowhere" as DocumentId },
  settle: () => undefined,
} as const;

function socketOf(ticket: ConnectTicket): RoomSocket<unknown> {
  // SAFETY: as rooms do.
  const id = ticket.session as SessionId;
  return { id, ticket, dialect: null, joinedMs: 0, socket: new WebSocketPair()[0] };
}

test("[RO44] what a token brings is for the socket that sent it: not for one that has its session since", async () => {
  const ticket = ticketOf();
  const sockets = new Map<SessionId, RoomSocket<unknown>>();
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<Reauthenticate>>>();
  const told: unknown[] = [];
  const renewal = new TokenRenewal({
    ...NOWHERE,
    reauthenticate: async () => await promise,
    sockets,
    end: (...args) => void told.push(args),
    regrant: (_id, grant) => void told.push(grant),
  });
  const id = ticket.session as SessionId;
  sockets.set(id, socketOf(ticket));
  renewal.renew(id, "a token");
  sockets.set(id, socketOf(ticket));
  resolve({
    ok: true,
    value: {
      ...{ kind: "token", project: ticket.grant.project, user: "alice" as UserId, access: { "*": ["admin"] } },
      ...{ limits: DEFAULT_LIMITS, joinsPerSecond: 1, origins: [], mayCreate: true },
    },
  });
  await scheduler.wait(0);
  expect([told, sockets.get(id)?.ticket]).toEqual([[], ticket]);
});

test.each(["projects-unavailable", "jwks-unavailable"] as const)("[RO45] %s is no fault of the token", async (tag) => {
  const ended: unknown[] = [];
  const ticket = ticketOf();
  const id = ticket.session as SessionId;
  const renewal = new TokenRenewal({
    ...NOWHERE,
    reauthenticate: async () => err({ tag, reason: "away" }),
    sockets: new Map([[id, socketOf(ticket)]]),
    end: (_id, reason) => void ended.push(reason),
    regrant: () => undefined,
  });
  renewal.renew(id, "a token");
  await scheduler.wait(0);
  expect(ended).toEqual(["unavailable"]);
});
