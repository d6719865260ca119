/**
 * One key set from its address, bounded in bytes and time.
 * @module
 */
import { type Result, err } from "../protocol/result.ts";
import { type BadKeySet, type PublicKey, parseKeySet } from "./jwks-keys.ts";

export const MAX_KEY_SET_BYTES = 65_536;

/** `reason` names neither the address nor anything that was answered. */
export type JwksFetchFailed = { readonly tag: "fetch-failed"; readonly reason: string };

/** The keys at `url`. A redirect is not followed: it leads to an address that nobody checked. */
export async function fetchKeySet(
  fetch: (request: Request) => Promise<Response>,
  url: string,
  timeoutMs: number,
): Promise<Result<readonly PublicKey[], JwksFetchFailed | BadKeySet>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { accept: "application/jwk-set+json, application/json" };
  try {
    const response = await untilEnd(fetch(new Request(url, { redirect: "manual", signal, headers })), signal);
    if (response.status !== 200 || response.redirected) {
      await response.body?.cancel();
      return failed(`The key set was answered ${response.status}.`);
    }
    const text = await untilEnd(readText(response), signal);
    return text === null ? failed(`The key set has more than ${MAX_KEY_SET_BYTES} bytes.`) : parseKeySet(text);
  } catch {
    return failed(signal.aborted ? "The key set did not come in time." : "The key set could not be fetched.");
  }
}

/** Null where there are too many bytes; those that follow are not read. */
async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done) return text + decoder.decode();
    bytes += chunk.value.length;
    if (bytes > MAX_KEY_SET_BYTES) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
}

/** The signal ends the request, as a rule; a body that is read without heed to it must not be waited for either. */
async function untilEnd<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(new Error("too late"));
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function failed(reason: string): Result<never, JwksFetchFailed> {
  return err({ tag: "fetch-failed", reason });
}
