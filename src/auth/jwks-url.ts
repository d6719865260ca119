/**
 * From where a project's own public keys may be fetched: the address is a customer's word, the request is ours.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { hasControl } from "./user-id.ts";

/** `reason` is one sentence that may be shown to whoever set it. */
export type BadJwksUrl = { readonly tag: "bad-jwks-url"; readonly reason: string };

export type JwksUrlRule = {
  /** Also a server of this machine, by http and on any port: for development and tests. */
  readonly allowsLoopback?: boolean;
};

export const MAX_JWKS_URL_CHARS = 512;

/** Names that no public resolver knows (RFC 6761, 6762, 8375; ICANN's list of name collisions). */
const PRIVATE_NAMES = ["localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa"];
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
/** A parsed URL spells every IPv4 address so, were it decimal, octal, hexadecimal or short. */
const IPV4 = /^\d+(\.\d+){3}$/;

/**
 * The address as it will be asked: https, port 443, a public name, no credentials. Addresses by number are refused altogether, as no
 * list of ranges is ever complete. A public name may still lead to a private address; Cloudflare's network lets no Worker reach one.
 */
export function checkJwksUrl(text: string, rule: JwksUrlRule = {}): Result<string, BadJwksUrl> {
  if (text.length > MAX_JWKS_URL_CHARS) return bad(`It has at most ${MAX_JWKS_URL_CHARS} characters.`);
  const url = hasControl(text) || text.includes(" ") ? null : URL.parse(text);
  if (url === null) return bad("It is no URL.");
  if (url.username !== "" || url.password !== "") return bad("It holds credentials.");
  if (rule.allowsLoopback === true && LOOPBACK.includes(url.hostname) && /^https?:$/.test(url.protocol)) {
    return ok(url.href);
  }
  if (url.protocol !== "https:") return bad("It is not https.");
  if (url.port !== "") return bad("Its port is not 443.");
  return isPublicName(url.hostname) ? ok(url.href) : bad("Its host is no public name.");
}

function isPublicName(hostname: string): boolean {
  if (hostname.startsWith("[") || IPV4.test(hostname) || hostname.endsWith(".") || !hostname.includes("."))
    return false;
  return !PRIVATE_NAMES.some((name) => hostname === name || hostname.endsWith(`.${name}`));
}

function bad(reason: string): Result<never, BadJwksUrl> {
  return err({ tag: "bad-jwks-url", reason });
}
