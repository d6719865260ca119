/**
 * Delivers a lane: what one endpoint is to be told of one room, one event after the other. An event that fails holds up those behind
 * it, in its lane and no other, until it is taken or given up. Rules WH5–WH12 of SPEC.md.
 * @module
 */
import { signWebhook, webhookSecret } from "../auth/webhook-signing.ts";
import { type Config, loadConfig } from "../config.ts";
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type WebhookEndpoint, WebhookEndpoints } from "../storage/d1/webhook-endpoints.ts";
import { type Lane, type Lease, type PendingDelivery, WebhookLanes } from "../storage/d1/webhook-lanes.ts";
import { eventId } from "./webhook-events.ts";
import { recordEvents } from "./webhook-record.ts";
import { type WebhookAnswer, postWebhook } from "./webhook-request.ts";
import { isHopeless, pauseMs, retryDelayMs } from "./webhook-schedule.ts";

/** When to come back to the lane; undefined when somebody else does, or nothing is left. */
export type Visit = { readonly againMs: number | undefined };

/** `isRepeated`: whoever took it before may be gone. `dueMs`: when the lane was to be due as it was sent. */
export type Wake = { readonly isRepeated: boolean; readonly dueMs: number | undefined };

export type NotDelivered = { readonly tag: "not-delivered"; readonly reason: string };

/** What one visit does at most, so that no lane keeps the others waiting. */
const MAX_EVENTS = 25;
const MAX_VISIT_MS = 20_000;
/** A rested endpoint's lanes do not come back in the same moment. */
const REST_JITTER_MS = 1_000;
const GONE = 410;
/** A wake that came early by less than this was the one for that time. */
const CLOCKS_DIFFER_MS = 2_000;

/** Works off what the lane holds. An error is one of D1's: the wake is to be tried again. */
export async function deliverLane(lane: Lane, wake: Wake, env: Env): Promise<Result<Visit, NotDelivered>> {
  const lanes = new WebhookLanes(env.DB);
  const claim = await lanes.claim(lane, crypto.randomUUID(), Date.now());
  if (!claim.ok) return notDelivered(claim.error.reason);
  if (claim.value.tag === "done") return ok({ againMs: undefined });
  if (claim.value.tag === "waiting") {
    const { isLeased, untilMs } = claim.value;
    // Whoever set that time has a wake on its way, and whoever holds the lease looks once more before giving it back. Unless this is
    // that wake: it came as late as the queue could hold it back, or was given back to the queue.
    const isThatOne = wake.dueMs === untilMs || untilMs - Date.now() < CLOCKS_DIFFER_MS;
    return ok({ againMs: wake.isRepeated || (!isLeased && isThatOne) ? untilMs : undefined });
  }
  return await new LaneVisit(claim.value.lease, lanes, env).run();
}

class LaneVisit {
  readonly #lease: Lease;
  readonly #lanes: WebhookLanes;
  readonly #env: Env;
  readonly #config: Config;
  readonly #endMs = Date.now() + MAX_VISIT_MS;

  constructor(lease: Lease, lanes: WebhookLanes, env: Env) {
    this.#lease = lease;
    this.#lanes = lanes;
    this.#env = env;
    this.#config = loadConfig(env);
  }

  async run(): Promise<Result<Visit, NotDelivered>> {
    for (let count = 0; count < MAX_EVENTS && Date.now() < this.#endMs; count += 1) {
      const step = await this.#step();
      if (!step.ok) return step;
      if (step.value !== "on") return ok(step.value);
    }
    return await this.#leave(Date.now());
  }

  async #step(): Promise<Result<Visit | "on", NotDelivered>> {
    // Read each time: it may have been changed, rotated, disabled or deleted while the one before was on its way.
    const endpoint = await new WebhookEndpoints(this.#env.DB).read(this.#lease.endpoint);
    if (!endpoint.ok) return await this.#fail(endpoint.error.reason);
    const nowMs = Date.now();
    if (endpoint.value === null || endpoint.value.disabledMs !== null)
      return await this.#leave(nowMs, { isOver: true });
    const { pausedUntilMs } = endpoint.value;
    if (pausedUntilMs > nowMs) return await this.#leave(pausedUntilMs + Math.random() * REST_JITTER_MS);
    const delivery = await this.#lanes.next(this.#lease, nowMs);
    if (!delivery.ok) return await this.#fail(delivery.error.reason);
    if (delivery.value === "lost") return ok({ againMs: undefined });
    if (delivery.value === null) return await this.#close();
    return await this.#deliver(endpoint.value, delivery.value);
  }

  async #deliver(endpoint: WebhookEndpoint, delivery: PendingDelivery): Promise<Result<Visit | "on", NotDelivered>> {
    const answer = await this.#post(endpoint, delivery);
    const nowMs = Date.now();
    const pace = { permille: this.#config.webhookDelayPermille, random: Math.random };
    const retryMs = retryDelayMs(delivery.attempts + 1, pace);
    const isGood = answer.error === null;
    const status = isGood ? "delivered" : retryMs === undefined ? "dead" : "pending";
    const dueMs = isGood ? nowMs : nowMs + (retryMs ?? 0);
    const noted = await this.#lanes.note(this.#lease, {
      ...{ event: delivery.event, url: endpoint.url, status, answer: answer.body, dueMs },
      attempt: { atMs: nowMs, status: answer.status, ms: answer.ms, error: answer.error },
      pausedUntilMs: isGood ? 0 : nowMs + pauseMs(endpoint.failures + 1, pace),
    });
    // Taken but not noted: it comes again, as at least once allows.
    if (!noted.ok) return await this.#fail(noted.error.reason);
    if (isGood) return ok("on");
    if (answer.status === GONE) return await this.#disable(endpoint, "The receiver answered 410 Gone.");
    if (isHopeless(endpoint.failingSinceMs, nowMs, pace)) {
      return await this.#disable(endpoint, `Nothing was taken for too long. The last failure: ${answer.error}`);
    }
    log("webhook-failed", { endpoint: endpoint.id, event: delivery.id, status, attempt: delivery.attempts + 1 });
    return status === "dead" ? ok("on") : await this.#leave(dueMs);
  }

  async #post(endpoint: WebhookEndpoint, { id, type, atMs, event, data }: PendingDelivery): Promise<WebhookAnswer> {
    const secrets = await this.#secretsOf(endpoint);
    if (secrets.length === 0) {
      const error = "Its secret was made with a master secret that is listed no more: rotate it.";
      return { status: null, ms: 0, error, body: "" };
    }
    // SAFETY: webhook-events.ts wrote an object.
    const facts = JSON.parse(data) as Readonly<Record<string, unknown>>;
    const timestamp = new Date(atMs).toISOString();
    const body = JSON.stringify({ type, timestamp, data: { ...facts, sequence: event } });
    const seconds = Math.floor(Date.now() / 1_000);
    const signature = await signWebhook(secrets, { id, seconds, body });
    const rules = { reach: this.#config.webhookReach, timeoutMs: this.#config.webhookTimeoutMs };
    return await postWebhook({ url: endpoint.url, id, seconds, signature, body }, rules);
  }

  /** Newest first; that of before while its overlap lasts. */
  async #secretsOf(endpoint: WebhookEndpoint): Promise<readonly string[]> {
    const { id, secretVersion: version, secretMaster, previousMaster, previousUntilMs } = endpoint;
    const isOverlap = previousMaster !== null && (previousUntilMs ?? 0) > Date.now();
    const facts = [
      { endpoint: id, version, master: secretMaster },
      ...(isOverlap ? [{ endpoint: id, version: version - 1, master: previousMaster }] : []),
    ];
    const secrets = await Promise.all(facts.map(async (one) => await webhookSecret(this.#config.secrets, one)));
    return secrets.filter((secret) => secret !== null);
  }

  /** With a notice to the project's other endpoints, which is in the log of events whether one of them wants it or not. */
  async #disable(endpoint: WebhookEndpoint, reason: string): Promise<Result<Visit | "on", NotDelivered>> {
    const nowMs = Date.now();
    const disabled = await new WebhookEndpoints(this.#env.DB).disable(endpoint, reason, nowMs);
    if (!disabled.ok) return await this.#fail(disabled.error.reason);
    // Somebody else did it, or it has another address by now: the next step sees which.
    if (!disabled.value) return ok("on");
    log("webhook-disabled", { endpoint: endpoint.id, project: endpoint.project, reason });
    const { id, project, url } = endpoint;
    const subject = `${project}/webhook/${id}`;
    const notice = await recordEvents(
      project,
      [
        {
          ...{ id: await eventId([subject, String(nowMs)]), type: "webhook.disabled", subject, version: null },
          ...{ atMs: nowMs, data: { project, endpoint: id, url, reason } },
        },
      ],
      this.#env,
    );
    // The endpoint itself says so all the same.
    if (!notice.ok) log("notice-failed", { endpoint: id, reason: notice.error.reason });
    return ok({ againMs: undefined });
  }

  async #close(): Promise<Result<Visit | "on", NotDelivered>> {
    const closed = await this.#lanes.close(this.#lease);
    if (!closed.ok) return await this.#fail(closed.error.reason);
    return ok(closed.value ? { againMs: undefined } : "on");
  }

  async #leave(dueMs: number, { isOver = false } = {}): Promise<Result<Visit, NotDelivered>> {
    const released = await this.#lanes.release(this.#lease, Math.ceil(dueMs));
    if (!released.ok) return notDelivered(released.error.reason);
    return ok({ againMs: isOver ? undefined : Math.ceil(dueMs) });
  }

  /** D1 failed: the lane is given back, if D1 takes that, and else when the lease ends. */
  async #fail(reason: string): Promise<Result<never, NotDelivered>> {
    await this.#lanes.release(this.#lease, Date.now());
    return notDelivered(reason);
  }
}

function log(event: string, facts: Readonly<Record<string, unknown>>): void {
  console.warn(JSON.stringify({ level: "warn", event, ...facts }));
}

function notDelivered(reason: string): Result<never, NotDelivered> {
  return err({ tag: "not-delivered", reason: `D1: ${reason}` });
}
