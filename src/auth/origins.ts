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
 * True when a page of `origin` may call the server at `host` (its `Host` header, with port). The server's own pages always may;
 * open mode trusts those of this machine as well, not every page that its developer happens to visit.
 */
export function isOriginAllowed(origin: string, host: string, rule: OriginRule): boolean {
  if (rule.allowedOrigins.includes("*") || rule.allowedOrigins.includes(origin)) return true;
  const url = URL.parse(origin);
  if (url === null) return false;
  return url.host === host || (rule.isOpen && isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
