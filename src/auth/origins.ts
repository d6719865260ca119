/**
 * Which web pages may call. Browsers apply no CORS to WebSockets, so the same answer decides about those at upgrade.
 * @module
 */

export type OriginRule = {
  readonly isOpen: boolean;
  /** Origins such as `https://example.com`; `*` among them means any. */
  readonly allowedOrigins: readonly string[];
};

/**
 * True when a page of `origin` may call the server at `host` (its `Host` header, with port). Open mode trusts the server's own
 * pages and those of this machine, not every page that its developer happens to visit.
 */
export function isOriginAllowed(origin: string, host: string, rule: OriginRule): boolean {
  if (rule.allowedOrigins.includes("*") || rule.allowedOrigins.includes(origin)) return true;
  if (!rule.isOpen) return false;
  const url = URL.parse(origin);
  return url !== null && (url.host === host || isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
