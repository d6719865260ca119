/**
 * Two projects and everybody who might ask for something in one of them, against the Worker in closed mode.
 * @module
 */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { CompactSign } from "jose";
import { SCOPES, type Scope } from "../../src/auth/grants.ts";
import { formatKey, keyIdOf, signingKey } from "../../src/auth/keys.ts";
import { type MintClaims, mintToken } from "../../src/auth/mint-token.ts";
import type { RoomAccess } from "../../src/auth/room-access.ts";
import { loadConfig } from "../../src/config.ts";
import worker from "../../src/index.ts";
import type { ProjectId } from "../../src/protocol/room-id.ts";
import type { Limits } from "../../src/protocol/room-limits.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { Revocations } from "../../src/storage/d1/revocations.ts";

export const HOST = "http://roost.test";
/** Whose pages may use the first project. */
export const PAGE = "https://app.example";
const EVIL_PAGE = "https://evil.example";

export const OPERATOR_SECRET = "operator-of-the-tests-0123456789abcdef";
/** Rooms have the same secrets from vitest.config.ts, so that they can verify a fresh token. */
export const closedEnv = { ...env, ROOST_OPEN: "", ROOST_OPERATOR_SECRET: OPERATOR_SECRET };
const { secrets } = loadConfig(closedEnv);

const ACME = "acme" as ProjectId;
const RIVAL = "rival" as ProjectId;
const HOUR_MS = 3_600_000;

/** Refused everywhere for as long as the tests run. */
const REVOKED_USER = "eve";

/** A request to the Worker in closed mode. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return await worker.fetch(new Request(`${HOST}${path}`, init), closedEnv, createExecutionContext());
}

/** How somebody shows who they are, and from where. */
export type Caller = { readonly bearer?: string; readonly queryKey?: string; readonly origin?: string };

/** As headers and query of a request; a socket's token travels as a sub-protocol. */
export function showing(
  { bearer, queryKey, origin }: Caller,
  socket?: { readonly protocols: readonly string[] },
): { readonly query: string; readonly headers: Record<string, string> } {
  const isSocket = socket !== undefined;
  const offered = [...(socket?.protocols ?? []), ...(bearer === undefined ? [] : [`roost.token.${bearer}`])];
  return {
    query: queryKey === undefined ? "" : `?key=${queryKey}`,
    headers: {
      ...(origin === undefined ? {} : { origin }),
      ...(isSocket ? { upgrade: "websocket" } : {}),
      ...(isSocket && offered.length > 0 ? { "sec-websocket-protocol": offered.join(", ") } : {}),
      ...(!isSocket && bearer !== undefined ? { authorization: `Bearer ${bearer}` } : {}),
    },
  };
}

type Keys = { readonly secretKey: string; readonly pageKey: string };

/** A project of its own, whose pages may read, with keys of its first version. */
export async function makeProject(id: string, limits: Partial<Limits> = {}): Promise<Keys> {
  // SAFETY: an id that the tests chose.
  const project = id as ProjectId;
  const low = ["read", "presence"];
  const access = { "document:*": low, "presence:*": low, "game:*": low };
  const settings = { name: "", jwksUrl: null, issuer: null, limits, origins: [PAGE], access };
  await new Projects(env.DB).create(project, settings, Date.now());
  return await keysOf(project, 1);
}

async function keysOf(project: ProjectId, version: number): Promise<Keys> {
  return {
    secretKey: await formatKey(secrets, { kind: "sk", project, version }),
    pageKey: await formatKey(secrets, { kind: "pk", project, version }),
  };
}

/** Puts both projects into D1, once for a test file. The first one's keys have been rotated twice, and the last overlap goes on. */
export async function makeWorld(): Promise<World> {
  // Every route is asked by every caller, more than once: that is more than one person asks in a minute.
  const ended = await makeProject(ACME, { requestsPerMinute: 1_000_000 });
  for (const overlapMs of [0, HOUR_MS]) {
    await new Projects(env.DB).rotate(ACME, { overlapMs, force: false, nowMs: Date.now() });
  }
  const revocation = { user: REVOKED_USER, untilMs: Date.now() + HOUR_MS };
  await new Revocations(env.DB).put(ACME, revocation, Date.now());
  const versions = { previous: await keysOf(ACME, 2), keys: await keysOf(ACME, 3) };
  return new World({ ended, ...versions, rival: await makeProject(RIVAL) });
}

type Versions = {
  /** Of the version before the one before. */
  readonly ended: Keys;
  /** Of the version before, within its overlap. */
  readonly previous: Keys;
  readonly keys: Keys;
  readonly rival: Keys;
};

export class World {
  readonly project = ACME;
  readonly keys: Keys;
  readonly rival: Keys;
  readonly #ended: Keys;
  readonly #previous: Keys;

  constructor({ ended, previous, keys, rival }: Versions) {
    this.#ended = ended;
    this.#previous = previous;
    this.keys = keys;
    this.rival = rival;
  }

  async token(rooms: RoomAccess, { user = "alice", ...more }: Partial<MintClaims> = {}): Promise<string> {
    return await mint(this.keys.secretKey, { user, rooms, ...more });
  }

  /** Everybody of the table, by the name of their column. */
  async callers(): Promise<Readonly<Record<CallerName, Caller>>> {
    const of = async (...scopes: readonly Scope[]) => ({
      bearer: await this.token({ "document:*": scopes, "presence:*": scopes, "game:*": scopes }),
    });
    const everywhere = { "*": SCOPES };
    const butAdmin = SCOPES.filter((scope) => scope !== "admin");
    return {
      nobody: {},
      forged: { bearer: await forge(this.keys.secretKey, this.rival.secretKey) },
      rival: { bearer: await mint(this.rival.secretKey, { user: "mallory", rooms: everywhere }) },
      wrongRoom: { bearer: await this.token({ "document:elsewhere/*": SCOPES, "game:elsewhere/*": SCOPES }) },
      expired: {
        bearer: await mint(this.keys.secretKey, { user: "alice", rooms: everywhere }, Date.now() - 2 * HOUR_MS),
      },
      revoked: { bearer: await this.token(everywhere, { user: REVOKED_USER }) },
      wrongOrigin: { bearer: await this.token(everywhere), origin: EVIL_PAGE },
      endedKey: { bearer: this.#ended.secretKey },
      endedToken: { bearer: await mint(this.#ended.secretKey, { user: "alice", rooms: everywhere }) },
      read: await of("read"),
      write: await of("write"),
      presence: await of("presence"),
      history: await of("history"),
      admin: await of("admin"),
      all: {
        bearer: await this.token({ "document:*": SCOPES, "presence:*": SCOPES, "game:*": SCOPES }),
        origin: PAGE,
      },
      page: { queryKey: this.keys.pageKey, origin: PAGE },
      noPage: { queryKey: this.keys.pageKey },
      server: { bearer: this.keys.secretKey },
      previousKey: { bearer: this.#previous.secretKey },
      operator: { bearer: OPERATOR_SECRET },
      readLocked: await of(...butAdmin),
      closed: await of(...butAdmin),
      closedAdmin: await of(...SCOPES),
    };
  }
}

export const CALLER_NAMES = [
  ...["nobody", "forged", "rival", "wrongRoom", "expired", "revoked", "wrongOrigin", "endedKey", "endedToken"],
  ...["read", "write", "presence", "history", "admin", "all", "page", "noPage", "server", "previousKey", "operator"],
  ...["readLocked", "closed", "closedAdmin"],
] as readonly CallerName[];

export type CallerName =
  /** No key and no token. */
  | "nobody"
  /** Says it is of the project, signed with another one's key. */
  | "forged"
  /** Of another project, and may do everything there. */
  | "rival"
  | "wrongRoom"
  | "expired"
  | "revoked"
  | "wrongOrigin"
  /** A secret key that was rotated away, and a token that it signs. */
  | "endedKey"
  | "endedToken"
  /** The scope alone, in every document. */
  | Scope
  | "all"
  /** A publishable key on a page of the project, and on no page. */
  | "page"
  | "noPage"
  | "server"
  /** The secret key of before, within its overlap. */
  | "previousKey"
  | "operator"
  /** All scopes but admin in a room that is locked to reading, and in one that is closed; all scopes in that one. */
  | "readLocked"
  | "closed"
  | "closedAdmin";

export async function mint(secretKey: string, claims: MintClaims, nowMs = Date.now()): Promise<string> {
  const minted = await mintToken(secretKey, claims, { nowMs });
  if (!minted.ok) throw new Error(minted.error.reason);
  return minted.value.token;
}

/** What a project that knows how tokens look could make of another one's. */
async function forge(victimKey: string, ownKey: string): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { sub: "mallory", rooms: { "*": SCOPES }, iat: nowSeconds, exp: nowSeconds + 600 };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "HS256", kid: keyIdOf(victimKey) ?? "", typ: "JWT" })
    .sign(await signingKey(ownKey));
}
