/**
 * Who is let in at one address of a shared Hocuspocus socket: judged like an upgrade of that document, by the token of its own frame and
 * by what the socket came with. Rules RT131–RT134 of SPEC.md.
 * @module
 */
import { type Credentials, authenticate } from "../auth/authenticate.ts";
import { grantFor } from "../auth/grant-for.ts";
import { allows } from "../auth/grants.ts";
import type { Member } from "../auth/principal.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type DocumentId, parseDocumentId } from "../protocol/room-id.ts";
import type { RouterContext } from "./context.ts";
import type { Asked, LegApplicant, LegOpening } from "./hocuspocus-leg.ts";
import { openLegWire } from "./hocuspocus-wire.ts";
import { jwksOf } from "./isolate-jwks.ts";
import { count } from "./metrics.ts";
import { isOriginTrusted } from "./origin.ts";
import { type RouterError, reasonOf, toProblem } from "./problem.ts";
import { projectsOf } from "./project-cache.ts";
import { awaitTurn, takeRequest } from "./request-limits.ts";
import { logBug } from "./request-log.ts";
import { documentRoom } from "./room-client.ts";
import { refusalOf, ticketFor } from "./room-socket.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** What passes by itself is waited for as long as this, where no client sees a failure; a provider's own patience is 30 s. */
const MAX_WAIT_MS = 20_000;
const MIN_WAIT_MS = 1_000;
/** Of one socket: each costs a verification. All its addresses three times at once. */
const REFUSALS_PER_MINUTE = 300;

export class LegAdmission {
  readonly #c: RouterContext;
  readonly #upgrade: Credentials;
  readonly #only: DocumentId | null;
  readonly #refusals = new TokenBuckets();
  /** Somebody was let in: the socket needs no turn of its address any more. */
  #isProven = false;
  /** Until then one address after the other is decided. Rejects never. */
  #deciding: Promise<void> | undefined;

  /** `upgrade`: what the socket came with. `only`: the one document that its path names, if it names one. */
  constructor(c: RouterContext, upgrade: Credentials, only: DocumentId | null) {
    this.#c = c;
    this.#upgrade = upgrade;
    this.#only = only;
  }

  async open(asked: Asked, applicant: LegApplicant): Promise<LegOpening> {
    const requestId = this.#c.get("requestId");
    try {
      const deadlineMs = Date.now() + MAX_WAIT_MS;
      for (;;) {
        const socket = await this.#connectInTurn(asked);
        if (socket.ok) return { kind: "open", wire: openLegWire(socket.value, applicant) };
        const { error } = socket;
        const waitMs = waitOf(error);
        if (waitMs === null || Date.now() + waitMs > deadlineMs) return this.#refused(asked, error);
        await scheduler.wait(waitMs);
        if (!applicant.isWaiting()) return { kind: "failed", close: "normal" };
      }
    } catch (error) {
      logBug(requestId, error instanceof Error ? error : new Error(String(error)));
      return { kind: "failed", close: "internal" };
    }
  }

  /** A socket takes one turn, and not one for each of its documents: after a deploy an office with many of them comes in by its sockets. */
  async #connectInTurn(asked: Asked): Promise<Result<WebSocket, RouterError>> {
    while (!this.#isProven && this.#deciding !== undefined) await this.#deciding;
    if (this.#isProven) return await this.#connect(asked);
    const attempt = this.#connectPaced(asked);
    this.#deciding = attempt.then(
      () => undefined,
      () => undefined,
    );
    try {
      const socket = await attempt;
      this.#isProven ||= socket.ok;
      return socket;
    } finally {
      this.#deciding = undefined;
    }
  }

  async #connectPaced(asked: Asked): Promise<Result<WebSocket, RouterError>> {
    const late = await awaitTurn(this.#c);
    return late === null ? await this.#connect(asked) : err(late);
  }

  async #connect({ document, token }: Asked): Promise<Result<WebSocket, RouterError>> {
    const id = parseDocumentId(document);
    if (!id.ok) return id;
    if (this.#only !== null && id.value !== this.#only) {
      return err({ tag: "bad-request", reason: "This address is one document's." });
    }
    const c = this.#c;
    const member = await this.#member(token);
    if (!member.ok) return member;
    const limited = await takeRequest(c, member.value);
    if (limited !== null) return err(limited);
    const grant = grantFor(member.value, { kind: "document", id: id.value });
    if (!allows(grant, "read")) return err({ tag: "forbidden", needs: "read" });
    const ticket = await ticketFor(c, { member: member.value, grant, dialect: "hocuspocus" });
    const answer = await documentRoom(c.env, member.value.project, id.value).connect(ticket);
    if (!answer.ok) return answer;
    const { webSocket } = answer.value;
    return webSocket === null ? err(refusalOf(answer.value)) : ok(webSocket);
  }

  async #member(token: string | null): Promise<Result<Member, RouterError>> {
    const c = this.#c;
    const { isOpen, secrets, operatorSecret } = c.get("config");
    const credentials = withToken(this.#upgrade, isOpen ? null : token);
    const principal = await authenticate(credentials, {
      isOpen,
      secrets,
      operatorSecret,
      projects: projectsOf(c.env),
      jwks: jwksOf(c.get("config")),
      nowMs: Date.now(),
      isOriginAllowed: (origins) => credentials.origin === null || isOriginTrusted(c, credentials.origin, origins),
    });
    if (!principal.ok) return principal;
    return principal.value.kind === "operator" ? err({ tag: "forbidden", needs: "member" }) : ok(principal.value);
  }

  /** Logged as a refused upgrade is: with the request, without what was shown. */
  #refused({ document }: Asked, error: RouterError): LegOpening {
    const c = this.#c;
    const isFlood = this.#refusals.take("", REFUSALS_PER_MINUTE, Date.now()) > 0;
    const close = closeOf(error) ?? (isFlood ? "too-fast" : null);
    count("roost_refusals_total", { tag: error.tag, ...("limit" in error && { limit: error.limit }) });
    const line = {
      level: "info",
      event: "address-refused",
      request: c.get("requestId"),
      document: document.slice(0, 256),
    };
    console.log(JSON.stringify({ ...line, tag: error.tag, reason: reasonOf(error) }));
    if (close !== null) return { kind: "failed", close };
    const { title, detail } = toProblem(error).body;
    return { kind: "refused", reason: detail === undefined ? title : `${title}. ${detail}` };
  }
}

/** A token of a frame stands in the place of the one in the URL, which its page may have got long ago; a key stays beside it. */
function withToken(upgrade: Credentials, token: string | null): Credentials {
  if (token === null || token === "") return upgrade;
  return { ...upgrade, bearer: null, queryToken: null, socketToken: token };
}

/** How long until it may go better, in ms; null where that is up to somebody. */
function waitOf(error: RouterError): number | null {
  if (closeOf(error) === null) return null;
  const saidMs = "retryAfterSeconds" in error ? error.retryAfterSeconds * 1_000 : 0;
  // Others wait for the same.
  return Math.max(MIN_WAIT_MS, saidMs) * (1 + Math.random());
}

/** What passes by itself ends the whole socket once it has lasted: its client comes back without telling its user. */
function closeOf(error: RouterError): CloseReason | null {
  switch (error.tag) {
    case "rate-limited":
    case "too-many-lookups":
      return "too-fast";
    case "room-limit":
      return error.limit === "joinsPerSecond" ? "too-fast" : null;
    case "unavailable":
    case "overloaded":
    case "d1-failed":
    case "r2-failed":
    case "projects-unavailable":
    case "jwks-unavailable":
      return "unavailable";
    default:
      return null;
  }
}
