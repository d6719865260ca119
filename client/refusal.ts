/**
 * Why a handshake failed. A browser hides the answer to a refused upgrade and says 1006; the server gives the same one to a plain
 * request, and some answers are final.
 * @module
 */
import { CLOSE_FRAMES, type CloseFrame, type CloseReason } from "../src/protocol/close-codes.ts";

const ASK_TIMEOUT_MS = 5_000;

/** Problem types (RFC 9457) that no retry heals, as the close codes that say the same on a socket. */
const FINAL_PROBLEMS: Readonly<Record<string, CloseReason>> = {
  "urn:roost:problem:deleted": "deleted",
  "urn:roost:problem:unauthorized": "unauthorized",
  "urn:roost:problem:forbidden": "forbidden",
  "urn:roost:problem:origin-refused": "forbidden",
};

export type Question = {
  /** `https://host/v1/documents/<id>` */
  readonly url: string;
  /** Empty: none. */
  readonly token: string;
  readonly signal: AbortSignal;
};

/** `stranger`: who answers is no Roost server; says so in a sentence. */
export type Refusal = CloseFrame | { readonly stranger: string };

/** Code and reason when the server says that it will go on refusing; undefined for what may heal, no answer included. */
export async function askRefusal(question: Question): Promise<Refusal | undefined> {
  try {
    const response = await fetch(question.url, {
      headers: question.token === "" ? {} : { authorization: `Bearer ${question.token}` },
      signal: AbortSignal.any([question.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]),
    });
    const { status } = response;
    const type = response.headers.get("content-type") ?? "";
    if (!type.startsWith("application/problem+json")) {
      await response.body?.cancel();
      // What a gateway says before a server that restarts, or is busy.
      if (status >= 500 || status === 429 || type.startsWith("application/json")) return undefined;
      return { stranger: `no Roost server answers at ${question.url}: HTTP ${status} ${type}` };
    }
    const problem: unknown = await response.json();
    const name = typeof problem === "object" && problem !== null && "type" in problem ? String(problem.type) : "";
    const reason = Object.hasOwn(FINAL_PROBLEMS, name) ? FINAL_PROBLEMS[name] : undefined;
    return reason === undefined ? undefined : CLOSE_FRAMES[reason];
  } catch {
    // Offline, a proxy's page, another origin: the retries go on.
    return undefined;
  }
}
