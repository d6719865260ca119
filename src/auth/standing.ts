/**
 * Whether a socket that was let in would still be: what its project says now of its key, its provider, its page and its user.
 * @module
 */
import type { RoomAddress } from "../protocol/room-id.ts";
import { DEFAULT_LIMITS, type LimitName, mergeLimits } from "../protocol/room-limits.ts";
import type { ConnectTicket } from "./connect-ticket.ts";
import type { Scope } from "./grants.ts";
import { toBase64Url } from "./hmac.ts";
import { isVersionGood } from "./keys.ts";
import { pageAccess } from "./page-access.ts";
import type { Project, TokenTrust } from "./project.ts";
import { namesOneRoom, scopesFor } from "./room-access.ts";

/** `key-ended`: whoever has a new one, or less, may come back. `revoked`: nobody of that name. */
export type Fallen = "key-ended" | "revoked";

export type Judged = Pick<ConnectTicket, "by" | "keyVersion" | "provider" | "origin" | "grant" | "limits">;

/** What everybody in a room is judged by. `room`: of a lobby, its game as a game's room. */
export type Standing = {
  /** Null where it is gone. */
  readonly project: Project | null;
  /** Of the project, as {@link providerOf} tells it. */
  readonly provider: string | undefined;
  readonly room: Pick<RoomAddress, "kind" | "id">;
  readonly nowMs: number;
};

/** Those that are counted on an open socket; the others, where it comes in. */
const LIVE_LIMITS: readonly LimitName[] = [
  ...(["frameBytes", "documentBytes", "syncMessagesPerSecond", "syncBytesPerSecond"] as const),
  ...(["roomBytesPerSecond", "presencePerSecond", "eventsPerSecond"] as const),
];
/** 96 bits: no two providers of one project share them. */
const PROVIDER_CHARS = 16;

const providers = new WeakMap<TokenTrust, Promise<string>>();

/** Stands for who verifies a project's tokens beside its own keys: another address or issuer is another one. Undefined where nobody does. */
export async function providerOf(trust: TokenTrust): Promise<string | undefined> {
  const { jwksUrl, issuer } = trust;
  if (jwksUrl === null) return undefined;
  const known = providers.get(trust) ?? shortHash(JSON.stringify([jwksUrl, issuer ?? null]));
  providers.set(trust, known);
  return await known;
}

/** Null where it counts. Nobody vouched for the sockets of open mode: those count as long as they like. */
export function fallenFrom(ticket: Judged, standing: Standing): Fallen | null {
  const { by, grant } = ticket;
  const { project, nowMs } = standing;
  if (by === "open") return null;
  if (project === null) return "key-ended";
  // Of its own name in a token alone; a back end says what it likes.
  if (by === "token" && (project.revocations.get(grant.user) ?? 0) > nowMs) return "revoked";
  const isAsGood =
    isVouchedFor(ticket, project, standing) &&
    isPageGood(ticket, project) &&
    hasNoMore(ticket, project) &&
    (by !== "page" || hasItsScopes(ticket, project, standing.room));
  return isAsGood ? null : "key-ended";
}

function isVouchedFor({ keyVersion, provider }: Judged, project: Project, standing: Standing): boolean {
  if (keyVersion !== undefined) return isVersionGood(project, keyVersion, standing.nowMs);
  return provider !== undefined && provider === standing.provider;
}

function isPageGood({ origin }: Judged, { origins }: Project): boolean {
  return origin === undefined || origins.includes("*") || origins.includes(origin);
}

/** Of nothing that its project has lowered meanwhile. */
function hasNoMore({ limits }: Judged, project: Project): boolean {
  const own = mergeLimits(DEFAULT_LIMITS, project.limits);
  return LIVE_LIMITS.every((name) => limits[name] <= own[name]);
}

function hasItsScopes({ grant }: Judged, project: Project, room: Standing["room"]): boolean {
  const access = pageAccess(project.access);
  const scopes: readonly Scope[] = [
    ...scopesFor(access, room),
    // A room of a game may be let into by the name of the game, which is known in the room alone.
    ...(room.kind === "game"
      ? Object.keys(access).flatMap((pattern) => (namesOneRoom(pattern, "game") ? (access[pattern] ?? []) : []))
      : []),
  ];
  return grant.scopes.every((scope) => scopes.includes(scope));
}

async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return toBase64Url(new Uint8Array(digest)).slice(0, PROVIDER_CHARS);
}
