/**
 * Why a handshake failed. A browser hides the answer to a refused upgrade and says 1006; the server gives the same one to a plain
 * request, and some answers are final.
 * @module
 */
import type { CloseFrame } from "../src/protocol/close-codes.ts";
import { ProviderError } from "./provider-error.ts";

const ASK_TIMEOUT_MS = 5_000;

/** Problem types (RFC 9457) of Roost; what answers without one is something in front of it, or something else. */
const PROBLEM = "urn:roost:problem:";

/** Statuses of what no retry heals, and the close codes that say the same on a socket. */
const FINAL: Readonly<Record<number, number>> = { 400: 4400, 401: 4401, 403: 4403, 410: 4404 };
/** Not made yet by anybody who may write, locked, too many, not reachable: others were let in before, or will be. */
const NOT_NOW: readonly number[] = [404, 423, 429, 503];

export type Question = {
  /** Summary of the room, asked for the reason when handshakes fail. */
  readonly httpUrl: string;
  readonly readSummary?: ReadSummary;
};

/** What the last attempt showed; empty for nothing. Renewable: the next one brings another. */
type Shown = { readonly current: string; readonly isRenewable: boolean };

/**
 * Code and reason when the server says that it will go on refusing; an error to show while the retries go on: `address` where
 * something else answers, `token` for one that has ended, `unavailable` where the server asks for patience. Undefined for what
 * says nothing, no answer included.
 */
export async function askRefusal(
  question: Question,
  { current, isRenewable }: Shown,
  signal: AbortSignal,
): Promise<CloseFrame | ProviderError | undefined> {
  try {
    const response = await fetch(question.httpUrl, {
      headers: current === "" ? {} : { authorization: `Bearer ${current}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]),
    });
    const { status } = response;
    const type = response.headers.get("content-type") ?? "";
    if (/^application\/(problem\+)?json/.test(type)) {
      return judge(status, await response.json(), isRenewable, question);
    }
    await response.body?.cancel();
    // What a gateway says before a server that restarts, or is busy.
    if (status >= 500 || status === 429) return undefined;
    return new ProviderError("address", `no Roost server answers at ${question.httpUrl}: HTTP ${status} ${type}`);
  } catch {
    // Offline, a proxy's page, another origin: the retries go on.
    return undefined;
  }
}

type Problem = { readonly type?: string; readonly title?: string; readonly detail?: string };

/** What the answer of a room that can be read, but not joined, may say of it. */
export type Summary = {
  readonly lock?: string;
  readonly people?: number;
  readonly connections?: number;
  readonly size?: string;
};

/** What a summary says to a client that cannot join; undefined where it says nothing about that. */
export type ReadSummary = (summary: Summary) => ProviderError | undefined;

/** Throws on what is no object. */
function judge(
  status: number,
  answer: Problem & Summary,
  isRenewable: boolean,
  { readSummary }: Question,
): CloseFrame | ProviderError | undefined {
  const { type, title, detail, lock } = answer;
  if (lock === "closed") return new ProviderError("unavailable", "the room is locked");
  if (type?.startsWith(PROBLEM) !== true) return readSummary?.(answer);
  const words = `${title}${detail === undefined ? "" : `: ${detail}`}`;
  if (type === `${PROBLEM}token-expired` && isRenewable) return new ProviderError("token", words);
  const code = FINAL[status];
  if (code !== undefined) return { code, reason: words };
  return NOT_NOW.includes(status) ? new ProviderError("unavailable", words) : undefined;
}
