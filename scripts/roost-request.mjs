/**
 * One request of `npx roost` to the server, and what is wrong in words. No secret is ever part of a message.
 * @module
 */
import { Misuse } from "./roost-arguments.mjs";

/** The server said no, or did not answer. */
export class Refused extends Error {}

/** @typedef {(method: string, path: string, body?: object, credential?: string) => Promise<any>} Ask */

const TIMEOUT_MS = 60_000;
const MAX_SHOWN_CHARS = 300;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Asks as the operator unless a call has a key of its own.
 * @param {string} url
 * @param {string} operatorSecret
 * @returns {Ask}
 */
export function askServer(url, operatorSecret) {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new Misuse("--url is a URL such as https://roost.example.com");
  if (base.username !== "" || base.password !== "") throw new Misuse("--url holds no credentials");
  return async (method, path, body, credential = operatorSecret) => {
    if (/[^\x21-\x7e]/.test(credential)) throw new Misuse("the secret or key holds a space or another odd character");
    if (credential !== "" && base.protocol === "http:" && !LOOPBACK.test(base.hostname)) {
      throw new Misuse("a secret goes over http to this machine only: use https");
    }
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(credential === "" ? {} : { authorization: `Bearer ${credential}` }),
    };
    const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: /** @type {const} */ ("error") };
    const response = await fetch(new URL(path, base), {
      ...init,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error) => {
      throw new Refused(`cannot reach ${base.origin}: ${causeOf(error)}`);
    });
    const answer = await response.text();
    if (!response.ok) throw new Refused(describe(response.status, answer));
    try {
      return JSON.parse(answer);
    } catch {
      throw new Refused(`${base.origin} answers, but not as Roost does`);
    }
  };
}

/**
 * @param {number} status
 * @param {string} answer
 */
function describe(status, answer) {
  if (status === 401) return "not authorized: is ROOST_OPERATOR_SECRET (or ROOST_KEY) the one of this server?";
  try {
    const { title, detail } = JSON.parse(answer);
    if (status === 404) return "there is no such project";
    return `${title}${typeof detail === "string" ? `: ${detail}` : ""}`;
  } catch {
    return `status ${status}: ${answer.slice(0, MAX_SHOWN_CHARS)}`;
  }
}

/** @param {unknown} error */
function causeOf(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
