/**
 * Whether a socket would still be let in.
 */
import { expect, test } from "vitest";
import type { UserId } from "../../../src/auth/grants.ts";
import type { Project } from "../../../src/auth/project.ts";
import { fallenFrom } from "../../../src/auth/standing.ts";
import type { ProjectId } from "../../../src/protocol/room-id.ts";

const NOW_MS = 1_900_000_000_000;
// SAFETY: as the router writes them.
const [ACME, ALICE] = ["acme" as ProjectId, "alice" as UserId];
const PROJECT: Project = {
  ...{ id: ACME, name: "Acme", keyVersion: 3, previousUntilMs: NOW_MS + 1, jwksUrl: null },
  ...{ origins: [], limits: {}, access: {}, revocations: new Map(), documents: 0 },
};
const GRANT = { project: ACME, user: ALICE, scopes: ["read"] } as const;
const REVOKED: Project = { ...PROJECT, revocations: new Map([[ALICE, NOW_MS + 1]]) };
const PROVIDER: Project = { ...PROJECT, jwksUrl: "https://id.example/keys" };

test.each([
  ["the newest key", { by: "server", keyVersion: 3 }, PROJECT, NOW_MS, null],
  ["one that this isolate has not heard of yet", { by: "page", keyVersion: 4 }, PROJECT, NOW_MS, null],
  ["the version before, in its overlap", { by: "server", keyVersion: 2 }, PROJECT, NOW_MS, null],
  ["the version before, after it", { by: "token", keyVersion: 2 }, PROJECT, NOW_MS + 1, "key-ended"],
  ["an older one", { by: "page", keyVersion: 1 }, PROJECT, NOW_MS, "key-ended"],
  ["a provider's token", { by: "token" }, PROVIDER, NOW_MS, null],
  ["a provider's token where the provider was taken away", { by: "token" }, PROJECT, NOW_MS, "key-ended"],
  ["a project that is gone", { by: "server", keyVersion: 3 }, null, NOW_MS, "key-ended"],
  ["a revoked user", { by: "token", keyVersion: 3 }, REVOKED, NOW_MS, "revoked"],
  ["a user whose revocation is over", { by: "token", keyVersion: 3 }, REVOKED, NOW_MS + 1, null],
  ["a back end that says its name", { by: "server", keyVersion: 3 }, REVOKED, NOW_MS, null],
  ["somebody in open mode", { by: "open" }, null, NOW_MS, null],
] as const)("[AU65] %s", (...[, ticket, project, nowMs, fallen]) => {
  expect(fallenFrom({ grant: GRANT, ...ticket }, project, nowMs)).toBe(fallen);
});
