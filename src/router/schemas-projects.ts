/**
 * What goes in and out over HTTP about projects, tokens, users and the audit log.
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Scope } from "../auth/grants.ts";
import { MAX_JWKS_URL_CHARS } from "../auth/jwks-url.ts";
import { DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS } from "../auth/mint-token.ts";
import { type RoomAccess, parseAccess } from "../auth/room-access.ts";
import { hasControl, parseUserId } from "../auth/user-id.ts";
import { type Result, err } from "../protocol/result.ts";
import { LIMIT_NAMES, parseLimits } from "../protocol/room-limits.ts";
import { callerQuery, pageQuery, projectId, timeText } from "./schemas.ts";

const MAX_NAME_CHARS = 120;
const MAX_ORIGINS = 100;
const MAX_ORIGIN_CHARS = 300;
const MAX_ISSUER_CHARS = 512;
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;
const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;
const MAX_REVOKED_SECONDS = 10 * 365 * 24 * 60 * 60;
/** 9999-12-31. */
const MAX_TIME_MS = 253_402_300_799_000;
/** What a page may get that shows nothing but a publishable key. */
const PAGE_SCOPES: ReadonlySet<Scope> = new Set(["read", "write", "presence"]);

type Shown = { readonly reason: string };

/** What a pure parser accepts, as a schema; its reason is the issue. */
function parsed<T>(parse: (value: unknown) => Result<T, Shown>) {
  return z.unknown().transform((value, context): T => {
    const result = parse(value);
    if (result.ok) return result.value;
    context.addIssue(result.error.reason);
    return z.NEVER;
  });
}

const timeMs = z.number().int().openapi({ description: "Milliseconds since 1970." });

const line = (maxChars: number) =>
  z
    .string()
    .min(1)
    .max(maxChars)
    .refine((value) => value.isWellFormed() && !hasControl(value), "holds control characters");

const name = line(MAX_NAME_CHARS).openapi({ example: "Shop" });

const origins = z
  .array(z.string().max(MAX_ORIGIN_CHARS).refine(isOrigin, 'is no origin like "https://example.com", nor "*"'))
  .max(MAX_ORIGINS)
  .openapi({
    description: "Web pages that may use its publishable key and its tokens.",
    example: ["https://a.example"],
  });

/** Checked by the handler, which knows whether the server is open. */
const jwksUrl = z.string().max(MAX_JWKS_URL_CHARS).nullable().openapi({
  description: "Where the project's identity provider publishes its public keys: https, a public host.",
});

const issuer = line(MAX_ISSUER_CHARS).nullable().openapi({
  description:
    "Claim `iss` of its tokens: needed where the provider signs those of other customers with the same keys.",
  example: "https://id.shop.example/",
});

const limits = parsed(parseLimits).openapi({
  type: "object",
  description: `Instead of the defaults: ${LIMIT_NAMES.join(", ")}.`,
  example: { socketsPerRoom: 200 },
});

const rooms = parsed(parseAccess).openapi({
  type: "object",
  description: "From room pattern to scopes.",
  example: { "document:team/*": ["read", "write", "presence"] },
});

const access = parsed(parsePageAccess).openapi({
  type: "object",
  description: "What its publishable key alone allows: read, write and presence at most.",
  example: { "document:public/*": ["read", "presence"] },
});

const settings = { name, origins, jwksUrl, issuer, limits, access };

export const createProjectBody = z
  .strictObject({
    id: projectId.openapi({ type: "string", example: "shop" }),
    name: name.optional(),
    origins: origins.default([]),
    jwksUrl: jwksUrl.optional(),
    issuer: issuer.optional(),
    limits: limits.optional(),
    access: access.optional(),
  })
  .openapi("NewProject");

export const changeProjectBody = z
  .strictObject(settings)
  .partial()
  .openapi("ProjectChanges", { description: "What is given replaces what was." });

export const rotateBody = z
  .strictObject({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(DEFAULT_OVERLAP_SECONDS)
      .openapi({ description: "How long the keys of before still count; 0 ends them at once." }),
    force: z.boolean().default(false).openapi({ description: "Also while those before them still count." }),
  })
  .openapi("Rotation");

export const projectParams = z.object({
  project: projectId.openapi({ param: { name: "project", in: "path" }, type: "string", example: "shop" }),
});

export const projectsQuery = z.strictObject({ ...callerQuery, ...pageQuery });

const projectFields = {
  id: z.string(),
  name: z.string(),
  keyVersion: z.number().int(),
  previousUntilMs: timeMs.nullable().openapi({ description: "Until when keys of the version before count." }),
  origins: z.array(z.string()).readonly(),
  jwksUrl: z.string().nullable(),
  issuer: z.string().nullable(),
  limits: z.record(z.string(), z.number()),
  access: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
  createdMs: timeMs,
  updatedMs: timeMs,
};

export const project = z.object(projectFields).openapi("Project");

const keyFields = {
  secretKey: z.string().openapi({ description: "For back ends; may do everything in the project." }),
  publishableKey: z.string().openapi({ description: "For web pages." }),
};

export const projectWithKeys = z.object({ ...projectFields, ...keyFields }).openapi("ProjectWithKeys");

export const projectKeys = z
  .object({ keyVersion: z.number().int(), previousUntilMs: timeMs.nullable(), ...keyFields })
  .openapi("ProjectKeys");

export const projectPage = z
  .object({ projects: z.array(project), cursor: z.string().nullable() })
  .openapi("ProjectPage");

export const mintBody = z
  .strictObject({
    user: z
      .string()
      .openapi({ description: "Stable id of the person, 1–128 characters; shown to others.", example: "u-17" }),
    name: z.string().optional().openapi({ description: "What others see, 1–128 characters." }),
    color: z.string().optional().openapi({ example: "#2d6cdf" }),
    avatar: z.string().optional().openapi({ description: "An https URL." }),
    rooms,
    limits: limits.optional(),
    expiresInSeconds: z.number().int().min(1).max(MAX_TOKEN_SECONDS).default(DEFAULT_TOKEN_SECONDS),
  })
  .openapi("NewToken");

export const minted = z.object({ token: z.string(), expiresMs: timeMs }).openapi("Token");

export const userParams = z.object({
  user: z.string().openapi({ param: { name: "user", in: "path" }, description: "User id, percent-encoded." }),
});

export const revokeBody = z
  .strictObject({
    untilMs: z
      .number()
      .int()
      .min(0)
      .max(MAX_TIME_MS)
      .optional()
      .openapi({ description: "A time that has passed lets the user in again." }),
    forSeconds: z.number().int().min(1).max(MAX_REVOKED_SECONDS).optional(),
  })
  .refine((body) => (body.untilMs === undefined) !== (body.forSeconds === undefined), "say untilMs or forSeconds")
  .openapi("Revocation");

export const revoked = z
  .object({
    user: z.string(),
    untilMs: timeMs.nullable().openapi({ description: "Null for one who is let in again." }),
    closedSockets: z.number().int(),
    roomsLeft: z.number().int().openapi({
      description: "Rooms that were not told yet: ask again until it is 0. What connects meanwhile is closed as well.",
    }),
  })
  .openapi("Revoked");

export const auditQuery = z.strictObject({
  ...callerQuery,
  project: projectId.optional().openapi({ type: "string", description: "For the operator, who sees all." }),
  actor: z.string().max(200).optional().openapi({ description: "`operator`, `server`, `page` or `user:<id>`." }),
  action: z.string().max(40).optional().openapi({ example: "rotate-project" }),
  since: timeText.optional().openapi({ description: "Done then or later." }),
  before: timeText.optional().openapi({ description: "Done before then." }),
  ...pageQuery,
});

export const auditPage = z
  .object({
    entries: z.array(
      z
        .object({
          id: z.string(),
          project: z.string().nullable(),
          actor: z.string(),
          action: z.string(),
          target: z.string(),
          atMs: timeMs,
          request: z.string(),
          detail: z.record(z.string(), z.unknown()),
        })
        .openapi("AuditEntry"),
    ),
    cursor: z.string().nullable(),
  })
  .openapi("AuditPage");

/** A user id as it stands in a path: one percent-encoded segment. */
export function parseUserSegment(encoded: string): ReturnType<typeof parseUserId> {
  try {
    return parseUserId(decodeURIComponent(encoded));
  } catch {
    return err({ tag: "bad-user", reason: "The user id is not percent-encoded UTF-8." });
  }
}

function isOrigin(value: string): boolean {
  return value === "*" || URL.parse(value)?.origin === value;
}

function parsePageAccess(value: unknown): Result<RoomAccess, Shown> {
  const parsedAccess = parseAccess(value);
  if (!parsedAccess.ok) return parsedAccess;
  const isEach = Object.values(parsedAccess.value).every((scopes) => scopes.every((scope) => PAGE_SCOPES.has(scope)));
  return isEach ? parsedAccess : err({ reason: `A publishable key has ${[...PAGE_SCOPES].join(", ")} at most.` });
}
