/**
 * A refused upgrade as problem+json (RFC 9457), passed through by the router.
 * @module
 */
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import { assertNever } from "../protocol/result.ts";
import type { RoomProblem } from "./room-api.ts";

type Wire = { readonly status: number; readonly title: string };

/** Delay a client is asked to keep before it tries again. */
const RETRY_AFTER_SECONDS = "2";

export function refusalResponse(problem: RoomProblem): Response {
  const { status, title } = wireOf(problem);
  const headers = new Headers({ "content-type": "application/problem+json", "x-roost-problem": problem.tag });
  if (problem.tag === "room-limit") headers.set("x-roost-limit", problem.limit);
  if (status === 503) headers.set("retry-after", RETRY_AFTER_SECONDS);
  return new Response(JSON.stringify({ type: "about:blank", title, status, code: problem.tag }), { status, headers });
}

/** A socket that is closed with 1013 as soon as it is open, which tells a client of ours more than a failed upgrade. */
export function closedResponse(): Response {
  const [client, server] = Object.values(new WebSocketPair());
  if (client === undefined || server === undefined) throw new Error("a WebSocketPair has two ends");
  server.accept();
  const { code, reason } = CLOSE_FRAMES.unavailable;
  server.close(code, reason);
  return new Response(null, { status: 101, webSocket: client });
}

function wireOf(problem: RoomProblem): Wire {
  switch (problem.tag) {
    case "not-found":
      return { status: 404, title: "There is no such document." };
    case "deleted":
      return { status: 410, title: "The document was deleted." };
    case "unavailable":
      return { status: 503, title: "The document's storage cannot be reached yet." };
    case "malformed-update":
      return { status: 400, title: "The update is malformed." };
    case "missing-dependencies":
      return { status: 409, title: "The update depends on something the document lacks." };
    case "too-large":
      return { status: 413, title: "The document is too large." };
    case "locked":
      return { status: 423, title: "The room is locked." };
    case "room-limit":
      return { status: 429, title: `The limit ${problem.limit} is reached.` };
    case "rate-limited":
      return { status: 429, title: "Too many bytes." };
    case "unknown-version":
      return { status: 404, title: "There is no such version." };
    case "precondition-failed":
      return { status: 412, title: "The document is another one by now." };
    case "bad-edit":
      return { status: 422, title: problem.reason };
    case "no-more-rooms":
      return { status: 403, title: "The project has all the rooms it may have." };
    default:
      return assertNever(problem);
  }
}
