/**
 * Sockets as the router lets them in, with tickets of the test's own making, and tokens for them.
 * @module
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { CONNECT_TICKET_HEADER, type ConnectTicket, encodeConnectTicket } from "../../src/auth/connect-ticket.ts";
import { type Grant, type Scope, SCOPES, type UserId } from "../../src/auth/grants.ts";
import { formatKey } from "../../src/auth/keys.ts";
import { type MintClaims, mintToken } from "../../src/auth/mint-token.ts";
import { loadConfig } from "../../src/config.ts";
import type { ProjectId } from "../../src/protocol/room-id.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/protocol/room-limits.ts";
import type { DocumentRoomApi, RoomDescription } from "../../src/rooms/room-api.ts";
import { Peer, stubOf } from "./room-peer.ts";

// SAFETY: as the router writes them.
const PROJECT = "default" as ProjectId;

export type TicketOptions = Partial<Omit<ConnectTicket, "grant" | "limits">> & {
  readonly user?: string;
  readonly scopes?: readonly Scope[];
  readonly expiresMs?: number;
  readonly profile?: Grant["profile"];
  readonly limits?: Partial<Limits>;
};

let sessions = 0;

/** What the router would say of somebody with a token, or with what `by` says. */
export function ticketOf(options: TicketOptions = {}): ConnectTicket {
  const { user = "alice", scopes = ["read", "write", "presence"], expiresMs, profile, limits, ...rest } = options;
  sessions += 1;
  return {
    dialect: "roost",
    session: `s${sessions}`,
    grant: {
      project: PROJECT,
      user: user as UserId,
      scopes,
      ...(profile !== undefined && { profile }),
      ...(expiresMs !== undefined && { expiresMs }),
    },
    requestId: "test",
    address: "a",
    limits: { ...DEFAULT_LIMITS, ...limits },
    joinsPerSecond: limits?.joinsPerSecond ?? DEFAULT_LIMITS.joinsPerSecond,
    by: "token",
    closesMs: null,
    keyVersion: 1,
    mayCreate: true,
    ...rest,
  };
}

/** The room's own answer. */
export async function connectWith(id: string, ticket: ConnectTicket): Promise<Response> {
  const headers = { upgrade: "websocket", [CONNECT_TICKET_HEADER]: encodeConnectTicket(ticket) };
  return await stubOf(id).fetch(new Request(`https://room/connect?_pk=${ticket.session}`, { headers }));
}

/** As {@link connectWith}: `101`, or the status with the problem and the limit it is about. */
export async function answerTo(id: string, ticket: ConnectTicket): Promise<string> {
  const { status, headers, webSocket } = await connectWith(id, ticket);
  webSocket?.accept();
  const about = [headers.get("x-roost-problem"), headers.get("x-roost-limit")].filter((part) => part !== null);
  return [status, ...about].join(" ");
}

/** A socket that is let in, says hello, shows `client` and has the document. */
export async function enter(id: string, client: number, options: TicketOptions = {}): Promise<Peer> {
  const { webSocket, status } = await connectWith(id, ticketOf(options));
  if (webSocket === null) throw new Error(`refused with ${status}`);
  webSocket.accept();
  const peer = new Peer(webSocket);
  await peer.greet(client);
  return peer;
}

/** The document is there, and empty: who may only read makes none. */
export async function makeDocument(id: string): Promise<void> {
  const caller = { user: "robot", address: "there", isAdmin: false, limits: DEFAULT_LIMITS, mayCreate: true };
  const made = await stubOf(id).applyUpdate(Uint8Array.of(0, 0), caller);
  if (!made.ok) throw new Error(made.error.tag);
}

/** A token for every document, signed by the secrets of the runtime. */
export async function mint(
  claims: Partial<MintClaims> = {},
  version = 1,
  project: ProjectId = PROJECT,
): Promise<string> {
  const { secrets } = loadConfig(env);
  const secretKey = await formatKey(secrets, { kind: "sk", project, version });
  const rooms = { "*": SCOPES };
  const minted = await mintToken(secretKey, { user: "alice", rooms, ...claims }, { nowMs: Date.now() });
  if (!minted.ok) throw new Error(minted.error.reason);
  return minted.value.token;
}

export async function describeRoom(id: string): Promise<RoomDescription> {
  const described = await inRoom(id, async (room) => await room.describe({ isAdmin: true }));
  if (!described.ok) throw new Error(described.error.tag);
  return described.value;
}

/** Calls the room inside its own object, where its answer is not copied. */
export async function inRoom<T>(
  id: string,
  call: (room: DocumentRoomApi, state: DurableObjectState) => Promise<T>,
): Promise<T> {
  return await runInDurableObject(stubOf(id), async (room: object, state) => await call(documentRoomIn(room), state));
}

/** What `runInDurableObject` hands over, as the document that it is. */
export function documentRoomIn(room: object): DocumentRoomApi {
  if (!isDocumentRoom(room)) throw new Error("an object of another class");
  return room;
}

function isDocumentRoom(room: object): room is DocumentRoomApi {
  return "applyUpdate" in room;
}
