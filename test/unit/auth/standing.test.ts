/**
 * Whether a socket would still be let in.
 */
import { expect, test } from "vitest";
import type { Scope, UserId } from "../../../src/auth/grants.ts";
import type { Project } from "../../../src/auth/project.ts";
import { type Judged, fallenFrom, providerOf } from "../../../src/auth/standing.ts";
import type { DocumentId, ProjectId, RoomKind } from "../../../src/protocol/room-id.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";

const NOW_MS = 1_900_000_000_000;
// SAFETY: as the router writes them.
const [ACME, ALICE, ROOM] = ["acme" as ProjectId, "alice" as UserId, "notes" as DocumentId];
const PROJECT: Project = {
  ...{ id: ACME, name: "Acme", keyVersion: 3, previousUntilMs: NOW_MS + 1, jwksUrl: null },
  ...{ origins: ["https://acme.example"], limits: {}, revocations: new Map(), documents: 0 },
  access: { "document:notes": ["read", "presence"], "game:board": ["read"], "game:arenas/*": ["write"] },
};
const grantOf = (...scopes: Scope[]) => ({ project: ACME, user: ALICE, scopes });
const GRANT = grantOf("read");
const REVOKED: Project = { ...PROJECT, revocations: new Map([[ALICE, NOW_MS + 1]]) };
const PROVIDER: Project = { ...PROJECT, jwksUrl: "https://id.example/keys", issuer: "https://id.example" };
const PAGE = { by: "page", keyVersion: 3 } as const;
const SERVER = { by: "server", keyVersion: 3 } as const;

async function judge(
  ticket: Partial<Judged> & Pick<Judged, "by">,
  project: Project | null,
  { nowMs = NOW_MS, kind = "document" }: { readonly nowMs?: number; readonly kind?: RoomKind } = {},
) {
  const provider = project === null ? undefined : await providerOf(project);
  const standing = { project, provider, room: { kind, id: ROOM }, nowMs };
  return fallenFrom({ grant: GRANT, limits: DEFAULT_LIMITS, ...ticket }, standing);
}

test.each([
  ["the newest key", SERVER, PROJECT, NOW_MS, null],
  ["one that this isolate has not heard of yet", { ...PAGE, keyVersion: 4 }, PROJECT, NOW_MS, null],
  ["the version before, in its overlap", { ...SERVER, keyVersion: 2 }, PROJECT, NOW_MS, null],
  ["the version before, after it", { by: "token", keyVersion: 2 }, PROJECT, NOW_MS + 1, "key-ended"],
  ["an older one", { ...PAGE, keyVersion: 1 }, PROJECT, NOW_MS, "key-ended"],
  ["a project that is gone", SERVER, null, NOW_MS, "key-ended"],
  ["a revoked user", { by: "token", keyVersion: 3 }, REVOKED, NOW_MS, "revoked"],
  ["a user whose revocation is over", { by: "token", keyVersion: 3 }, REVOKED, NOW_MS + 1, null],
  ["a back end that says its name", SERVER, REVOKED, NOW_MS, null],
  ["somebody in open mode", { by: "open" }, null, NOW_MS, null],
] as const)("[AU65] %s", async (...[, ticket, project, nowMs, fallen]) => {
  expect(await judge(ticket, project, { nowMs })).toBe(fallen);
});

test.each([
  ["the same", PROVIDER, null],
  ["none any more", PROJECT, "key-ended"],
  ["another address", { ...PROVIDER, jwksUrl: "https://id.example/new-keys" }, "key-ended"],
  ["another issuer", { ...PROVIDER, issuer: "https://other.example" }, "key-ended"],
  ["no issuer any more", omitIssuer(PROVIDER), "key-ended"],
] as const)("[AU65] a provider's token, where the project has now %s", async (_what, project, fallen) => {
  const provider = await providerOf(PROVIDER);
  if (provider === undefined) throw new Error("it has one");
  expect(await judge({ by: "token", provider }, project)).toBe(fallen);
  // Of a key of the project's own: not the provider's.
  expect(await judge({ by: "token", keyVersion: 3 }, project)).toBe(null);
});

test("[AU65] a provider is told from others without its address", async () => {
  const { jwksUrl, issuer = "" } = PROVIDER;
  const all = [PROVIDER, omitIssuer(PROVIDER), { ...PROVIDER, jwksUrl: `${jwksUrl}${issuer}`, issuer: "" }];
  const marks = await Promise.all(all.map(async (project) => await providerOf(project)));
  expect(new Set(marks).size).toBe(3);
  for (const mark of marks) expect(mark).toMatch(/^[\w-]{16}$/);
});

test.each([
  ["has what it came with", PAGE, GRANT, null],
  ["lacks a scope now", PAGE, grantOf("read", "write"), "key-ended"],
  ["has no more in it than before", PAGE, grantOf(), null],
  ["is of a token, which says itself what it may", { by: "token", keyVersion: 3 }, grantOf("admin"), null],
  ["is of a back end", SERVER, grantOf("history"), null],
] as const)("[AU65] a page's socket %s", async (_what, ticket, grant, fallen) => {
  expect(await judge({ ...ticket, grant }, PROJECT)).toBe(fallen);
});

test("[AU65] a page's socket falls with what its project allows to pages, whatever else the project has", async () => {
  const history: Project = { ...PROJECT, access: { "document:*": ["history", "admin"] } };
  expect(await judge({ ...PAGE, grant: grantOf("history") }, history)).toBe("key-ended");
  expect(await judge(PAGE, { ...PROJECT, access: {} })).toBe("key-ended");
});

test("[AU65] in a game a page may have come in by the name of any game", async () => {
  expect(await judge(PAGE, PROJECT, { kind: "game" })).toBe(null);
  expect(await judge({ ...PAGE, grant: grantOf("write") }, PROJECT, { kind: "game" })).toBe("key-ended");
});

test.each([
  ["that the project has", "https://acme.example", PROJECT, null],
  ["that the project has no more", "https://shop.example", PROJECT, "key-ended"],
  ["of any kind, where any may come", "https://shop.example", { ...PROJECT, origins: ["*"] }, null],
] as const)("[AU65] a socket of a page %s", async (_what, origin, project, fallen) => {
  for (const ticket of [PAGE, SERVER, { by: "token", keyVersion: 3 } as const]) {
    expect(await judge({ ...ticket, origin }, project)).toBe(fallen);
  }
});

test("[AU65] a socket that has more of a limit than its project has now comes back for less", async () => {
  const lowered = (limits: Project["limits"]) => ({ ...PROJECT, limits });
  expect(await judge(PAGE, lowered({ syncBytesPerSecond: 1_024 }))).toBe("key-ended");
  expect(await judge(PAGE, lowered({ frameBytes: DEFAULT_LIMITS.frameBytes, eventsPerSecond: 1_000 }))).toBe(null);
  // Counted where sockets come in and requests are made: nothing of it is the socket's.
  expect(await judge(PAGE, lowered({ socketsPerRoom: 1, joinsPerSecond: 1, requestsPerMinute: 1 }))).toBe(null);
  const limits = { ...DEFAULT_LIMITS, syncBytesPerSecond: 1_024 };
  expect(await judge({ ...PAGE, limits }, lowered({ syncBytesPerSecond: 1_024 }))).toBe(null);
});

function omitIssuer({ issuer: _, ...project }: Project): Project {
  return project;
}
