/**
 * Public keys of the projects' identity providers, fetched when a token needs one and kept for a while.
 * @module
 */
import { importJWK } from "jose";
import { type Result, err, ok } from "../protocol/result.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { fetchKeySet } from "./jwks-fetch.ts";
import { type JwksAlgorithm, type PublicKey, isKeyFor } from "./jwks-keys.ts";
import { type JwksUrlRule, MAX_JWKS_URL_CHARS, checkJwksUrl } from "./jwks-url.ts";

/** `reason` is for the log. */
export type JwksUnavailable = { readonly tag: "jwks-unavailable"; readonly reason: string };

export type WantedKey = { readonly kid: string; readonly alg: JwksAlgorithm };

export type JwksSource = {
  /** Null where the key set at `url` has no such key. */
  readonly find: (url: string, wanted: WantedKey) => Promise<Result<CryptoKey | null, JwksUnavailable>>;
};

export type JwksOptions = JwksUrlRule & {
  /** Of one fetch, its body included. */
  readonly timeoutMs?: number;
};

/** How long a key that was taken back may still be trusted, and how often each isolate asks. */
export const JWKS_FRESH_MS = 600_000;
/** While fetching fails. */
export const JWKS_STALE_MS = 3_600_000;
/** Anybody can make up an unknown `kid`; nobody gets more fetches out of us. */
export const JWKS_RETRY_MS = 30_000;
export const JWKS_TIMEOUT_MS = 5_000;
const MAX_URLS = 500;

type KeySet = {
  readonly url: string;
  keys: readonly PublicKey[] | null;
  fetchedMs: number;
  triedMs: number;
  /** Of the last try. */
  failure: string | null;
  pending: Promise<void> | null;
};

/**
 * A cache over `fetch`, which gets a whole request: no redirects, and with the signal that ends it. One key set is fetched once at a
 * time, and again when it is 10 minutes old, or for an unknown `kid`, but never twice within 30 s.
 */
export function createJwks(
  fetch: (request: Request) => Promise<Response>,
  now: () => number,
  options: JwksOptions = {},
): JwksSource {
  const timeoutMs = options.timeoutMs ?? JWKS_TIMEOUT_MS;
  const sets = new BoundedCache<KeySet>({ entries: MAX_URLS, keyChars: MAX_URLS * MAX_JWKS_URL_CHARS });

  function setOf(url: string): KeySet {
    const known = sets.get(url);
    if (known !== undefined) return known;
    const created = { url, keys: null, fetchedMs: -Infinity, triedMs: -Infinity, failure: null, pending: null };
    sets.set(url, created);
    return created;
  }

  async function load(set: KeySet): Promise<void> {
    const fetched = await fetchKeySet(fetch, set.url, timeoutMs);
    set.failure = fetched.ok ? null : fetched.error.reason;
    if (!fetched.ok) return;
    set.keys = fetched.value;
    set.fetchedMs = now();
  }

  async function refresh(set: KeySet): Promise<void> {
    if (set.pending === null || now() - set.triedMs > timeoutMs) {
      if (now() - set.triedMs < JWKS_RETRY_MS) return;
      set.triedMs = now();
      set.pending = load(set).finally(() => {
        set.pending = null;
      });
    }
    // A fetch belongs to the request that began it. Should that one be cancelled, the others' wait has an end of its own.
    await Promise.race([set.pending, ended(AbortSignal.timeout(timeoutMs))]);
  }

  async function find(text: string, wanted: WantedKey): Promise<Result<CryptoKey | null, JwksUnavailable>> {
    const url = checkJwksUrl(text, options);
    if (!url.ok) return unavailable(url.error.reason);
    const set = setOf(url.value);
    const known = set.keys?.find((key) => isKeyFor(key, wanted));
    if (known !== undefined && now() - set.fetchedMs < JWKS_FRESH_MS) return await importKey(known, wanted.alg);
    await refresh(set);
    if (set.keys === null || now() - set.fetchedMs >= JWKS_STALE_MS) {
      return unavailable(set.failure ?? "The key set did not come in time.");
    }
    const found = set.keys.find((key) => isKeyFor(key, wanted));
    if (found !== undefined) return await importKey(found, wanted.alg);
    return set.failure === null ? ok(null) : unavailable(set.failure);
  }

  return { find };
}

/** Null for a key whose numbers make none. */
async function importKey({ jwk }: PublicKey, alg: JwksAlgorithm): Promise<Result<CryptoKey | null, never>> {
  try {
    const key = await importJWK(jwk, alg);
    return ok(key instanceof Uint8Array ? null : key);
  } catch {
    return ok(null);
  }
}

function ended(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

function unavailable(reason: string): Result<never, JwksUnavailable> {
  return err({ tag: "jwks-unavailable", reason });
}
