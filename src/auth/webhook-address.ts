/**
 * Where events may be sent: the address is a customer's word, the request is ours.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { checkJwksUrl } from "./jwks-url.ts";
import { hasControl } from "./user-id.ts";

/** `reason` is one sentence that may be shown to whoever set it. */
export type BadWebhookUrl = { readonly tag: "bad-webhook-url"; readonly reason: string };

/**
 * `public`: https, port 443, a public name, no credentials. `loopback`: also this machine, by http and on any port, for development.
 * `any`: every http or https address, for deployments whose receivers are in their own network.
 */
export type WebhookReach = "public" | "loopback" | "any";

export const MAX_WEBHOOK_URL_CHARS = 512;

/** Beside those that no JWKS may be at: what resolvers inside a cluster or a machine answer. */
const INNER_NAMES = ["localdomain", "svc", "cluster", "consul"];

/** The address as it will be asked; asked again before each request, as what is stored may be of another time or setting. */
export function checkWebhookUrl(text: string, reach: WebhookReach): Result<string, BadWebhookUrl> {
  if (text.length > MAX_WEBHOOK_URL_CHARS) return bad(`It has at most ${MAX_WEBHOOK_URL_CHARS} characters.`);
  const url = hasControl(text) || /\s/u.test(text) ? null : URL.parse(text);
  if (url === null) return bad("It is no URL.");
  // Never sent to the receiver, so whoever wrote one is mistaken.
  if (url.hash !== "") return bad("It has a fragment.");
  if (reach === "any") return checkAnywhere(url);
  const checked = checkJwksUrl(text, { allowsLoopback: reach === "loopback" });
  if (!checked.ok) return bad(checked.error.reason);
  const isInner = INNER_NAMES.some((name) => url.hostname.endsWith(`.${name}`));
  return isInner ? bad("Its host is no public name.") : ok(url.href);
}

function checkAnywhere(url: URL): Result<string, BadWebhookUrl> {
  if (url.username !== "" || url.password !== "") return bad("It holds credentials.");
  return /^https?:$/.test(url.protocol) ? ok(url.href) : bad("It is neither https nor http.");
}

function bad(reason: string): Result<never, BadWebhookUrl> {
  return err({ tag: "bad-webhook-url", reason });
}
