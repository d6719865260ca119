/**
 * Every failure of the router as problem+json (RFC 9457), decided in one switch. What is shown is vague about access and never
 * names a stack or a store's own words; those go to the log.
 * @module
 */
import type { AuthError } from "../auth/auth-error.ts";
import type { Scope } from "../auth/grants.ts";
import { assertNever } from "../protocol/result.ts";
import type { BadId } from "../protocol/room-id.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import type { RoomProblem } from "../rooms/room-api.ts";
import type { D1Failed } from "../storage/d1/d1-failed.ts";
import type { BadCursor } from "../storage/d1/page-cursor.ts";
import type { BadSearch } from "../storage/d1/search-terms.ts";
import type { R2Failed } from "../storage/snapshots.ts";
import { type EditError, describeEdit } from "./problem-edits.ts";
import { BUSY_RETRY_AFTER_SECONDS, GAME_PROBLEMS, type GameRefused } from "./problem-games.ts";

export type RouterError =
  | RoomProblem
  | AuthError
  | BadId
  | BadCursor
  | BadSearch
  | D1Failed
  | R2Failed
  | GameRefused
  | { readonly tag: "bad-request"; readonly reason: string }
  | { readonly tag: "forbidden"; readonly needs: Need }
  /** `limit` is one of a project's, or `requests` for what this server lets any address do. */
  | { readonly tag: "rate-limited"; readonly limit: LimitName | "requests"; readonly retryAfterSeconds: number }
  | { readonly tag: "headers-too-large"; readonly limitBytes: number }
  /** A room that is full: `instead` is a path that serves without a socket. */
  | { readonly tag: "room-limit"; readonly limit: LimitName; readonly instead?: string }
  /** `reason` may be shown: it clashes with what is there. */
  | { readonly tag: "conflict"; readonly reason: string }
  | { readonly tag: "no-route" }
  | { readonly tag: "method-not-allowed"; readonly allow: readonly string[] }
  | { readonly tag: "upgrade-required" }
  | { readonly tag: "bad-subprotocol"; readonly expected: string }
  | { readonly tag: "unsupported-media-type"; readonly expected: string }
  | { readonly tag: "not-replayable" }
  | { readonly tag: "overloaded" }
  | { readonly tag: "misconfigured"; readonly reason: string }
  | { readonly tag: "internal" };

/** What a caller would have to have: a scope, or to be the operator, a back end with its secret key, or somebody of a project. */
export type Need = Scope | "operator" | "server" | "member";

/** Members of RFC 9457 §3.1, and Roost's own beside them. */
export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** What the room has, in base64 (V1), where an update depends on something it lacks. */
  readonly stateVector?: string;
  /** Which limit is reached. */
  readonly limit?: string;
  /** A path that serves without a socket, where a room is full. */
  readonly instead?: string;
};

export type Problem = { readonly body: ProblemBody; readonly headers: Readonly<Record<string, string>> };

type Extra = {
  readonly detail?: string;
  readonly stateVector?: string;
  readonly limit?: string;
  readonly instead?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

const RETRY_AFTER_SECONDS = 2;
const OVERLOADED_RETRY_AFTER_SECONDS = 10;
/** A room that is full for now: a join is due within a second, a place when somebody leaves. */
const FULL_RETRY_AFTER_SECONDS = 5;

const NEEDS: Readonly<Record<Exclude<Need, Scope>, string>> = {
  operator: "the operator's secret",
  server: "a secret key of the project",
  member: "a key or a token of a project",
};

/** The answer to `error`: body, and headers beside the content type. */
export function toProblem(error: RouterError): Problem {
  switch (error.tag) {
    case "bad-id":
    case "bad-user":
    case "bad-search":
    case "bad-request":
      return problem(error.tag, 400, "Bad request", { detail: error.reason });
    case "bad-cursor":
      return problem("bad-request", 400, "Bad request", { detail: "The cursor is not one of this list." });
    case "bad-subprotocol":
      return problem(error.tag, 400, "Sub-protocol missing", { detail: `Offer the sub-protocol ${error.expected}.` });
    case "malformed-update":
    case "missing-dependencies":
    case "precondition-failed":
    case "bad-edit":
      return editProblem(error);
    case "unauthorized":
    case "token-expired":
    case "revoked":
    case "forbidden":
    case "origin-refused":
      return accessProblem(error);
    case "game-refused":
      return gameProblem(error);
    case "not-found":
      return problem(error.tag, 404, "No such document");
    case "unknown-version":
      return problem(error.tag, 404, "No such version");
    case "no-route":
      return problem(error.tag, 404, "Nothing here");
    case "method-not-allowed":
      return problem(error.tag, 405, "Method not allowed", { headers: { allow: error.allow.join(", ") } });
    case "conflict":
      return problem(error.tag, 409, "Conflict", { detail: error.reason });
    case "not-replayable":
      return problem(error.tag, 409, "Not replayable", { detail: "No queue could read this message." });
    case "deleted":
      return problem(error.tag, 410, "Document deleted");
    case "unsupported-media-type":
      return problem(error.tag, 415, "Unsupported media type", { detail: `Send ${error.expected}.` });
    case "upgrade-required":
      return problem(error.tag, 426, "Upgrade required", { headers: { connection: "Upgrade", upgrade: "websocket" } });
    case "too-large":
    case "locked":
    case "room-limit":
    case "rate-limited":
    case "too-many-lookups":
    case "headers-too-large":
    case "no-more-rooms":
      return limitProblem(error);
    case "misconfigured":
      return problem(error.tag, 500, "Server misconfigured", { detail: error.reason });
    case "internal":
      return problem(error.tag, 500, "Internal error");
    case "unavailable":
    case "d1-failed":
    case "r2-failed":
    case "projects-unavailable":
    case "jwks-unavailable":
      return problem("unavailable", 503, "Try again later", retryAfter(RETRY_AFTER_SECONDS));
    case "overloaded":
      return problem(error.tag, 503, "Overloaded", retryAfter(OVERLOADED_RETRY_AFTER_SECONDS));
    default:
      return assertNever(error);
  }
}

type AccessError = Extract<
  RouterError,
  { readonly tag: "unauthorized" | "token-expired" | "revoked" | "forbidden" | "origin-refused" }
>;

/** Vague on purpose: a key that never existed, one that was rotated away and one with a typing error look the same. */
function accessProblem(error: AccessError): Problem {
  switch (error.tag) {
    case "unauthorized":
      return problem(error.tag, 401, "Not authorized", { headers: { "www-authenticate": "Bearer" } });
    case "token-expired":
      return problem(error.tag, 401, "Token expired", {
        detail: "Get a fresh one.",
        headers: { "www-authenticate": 'Bearer error="invalid_token"' },
      });
    case "revoked":
      return problem(error.tag, 403, "Access revoked", { detail: `Until ${new Date(error.untilMs).toISOString()}.` });
    case "forbidden":
      return problem(error.tag, 403, "Not allowed", { detail: `This needs ${describeNeed(error.needs)}.` });
    case "origin-refused":
      return problem(error.tag, 403, "Origin not allowed");
    default:
      return assertNever(error);
  }
}

function editProblem(error: EditError): Problem {
  const { status, title, ...extra } = describeEdit(error);
  return problem(error.tag, status, title, extra);
}

type LimitError = Extract<
  RouterError,
  {
    readonly tag:
      | "too-large"
      | "locked"
      | "room-limit"
      | "rate-limited"
      | "too-many-lookups"
      | "headers-too-large"
      | "no-more-rooms";
  }
>;

function limitProblem(error: LimitError): Problem {
  switch (error.tag) {
    case "no-more-rooms":
      return problem(error.tag, 403, "No more rooms", { detail: "The project has all the rooms it may have." });
    case "too-large":
      return problem(error.tag, 413, "Too large", { detail: `The limit is ${error.limitBytes} bytes.` });
    case "locked":
      return problem(error.tag, 423, "Locked", { detail: "Only an administrator may do this now." });
    case "room-limit":
      return tooMany(error.tag, error.limit, FULL_RETRY_AFTER_SECONDS, "instead" in error ? error.instead : undefined);
    case "rate-limited":
      return tooMany(error.tag, error.limit, error.retryAfterSeconds);
    case "too-many-lookups":
      return tooMany("rate-limited", "requests", Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
    case "headers-too-large":
      return problem(error.tag, 431, "Headers too large", { detail: `The limit is ${error.limitBytes} bytes.` });
    default:
      return assertNever(error);
  }
}

function gameProblem({ refusal, reason }: GameRefused): Problem {
  const { status, title } = GAME_PROBLEMS[refusal];
  const headers = refusal === "busy" ? retryAfter(BUSY_RETRY_AFTER_SECONDS) : {};
  return problem(`game-${refusal}`, status, title, { detail: reason, ...headers });
}

/** For the log line: what is wrong in full, as far as the error knows. */
export function reasonOf(error: RouterError): string | undefined {
  return "reason" in error ? error.reason : undefined;
}

function problem(tag: string, status: number, title: string, { headers = {}, ...rest }: Extra = {}): Problem {
  return { body: { type: `urn:roost:problem:${tag}`, title, status, ...rest }, headers };
}

function describeNeed(need: Need): string {
  return need === "operator" || need === "server" || need === "member" ? NEEDS[need] : `the scope ${need}`;
}

function tooMany(tag: string, limit: string, seconds: number, instead?: string): Problem {
  const detail = `The limit ${limit} is reached.`;
  const extra = instead === undefined ? { detail } : { detail: `${detail} GET ${instead} needs no socket.`, instead };
  return problem(tag, 429, "Too many", { ...extra, limit, ...retryAfter(seconds) });
}

function retryAfter(seconds: number): Extra {
  return { headers: { "retry-after": String(seconds) } };
}
