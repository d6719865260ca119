/**
 * Refused upgrades of stock providers. A browser hides why an upgrade failed, and clients that do not know try again for ever, every
 * 2.5 s at best. So the router lets such a socket in by itself, without a room behind it, says in the family's words what is wrong, keeps
 * it open and silent for a while, and closes it with a code that is final for whoever knows that.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { CLOSE_FRAMES, type CloseReason } from "../protocol/close-codes.ts";
import { deniedFrame } from "../protocol/denied-frame.ts";
import { type RouterContext, type RouterEnv, isUpgrade } from "./context.ts";
import { stockSubprotocol } from "./credentials.ts";
import type { ProblemBody, RouterError } from "./problem.ts";

/** Below the 30 s after which clients give up a silent socket. An older one comes back this often instead of every 2.5 s. */
const HOLD_MS = 20_000;
/** In an isolate; above it the plain refusal stays. */
const MAX_OPEN = 1_000;
/** A client says hello and goes on typing. What it says is dropped, but reading it is work. */
const MAX_HEARD_BYTES = 1024 * 1024;

/** How a family hears that it may not. */
export type Voice = {
  /** Said as soon as the socket is open. */
  readonly greeting?: (reason: string) => Uint8Array;
  /** Said in answer to a frame, in families whose every frame names what it is about. */
  readonly answer?: (frame: Uint8Array, reason: string) => Uint8Array | undefined;
};

/** Of families that frame as y-websocket does. */
export const DENIED_VOICE: Voice = { greeting: deniedFrame };

type Tag = RouterError["tag"];

/**
 * What is about who asks, or about the document: nothing gets better by trying again at once. Not in it: wrong origins, as no page of
 * another site gets a socket, and what is over soon.
 */
const SPOKEN: Readonly<Partial<Record<Tag, CloseReason>>> = {
  unauthorized: "unauthorized",
  "token-expired": "unauthorized",
  revoked: "forbidden",
  forbidden: "forbidden",
  "no-more-rooms": "forbidden",
  locked: "forbidden",
  "not-found": "deleted",
  deleted: "deleted",
};

export type Refusal = { readonly close: CloseReason; readonly reason: string; readonly voice: Voice };

/** The refused sockets of an isolate. */
export class RefusedSockets {
  readonly #holdMs: number;
  readonly #maxOpen: number;
  #open = 0;

  constructor(holdMs: number, maxOpen: number) {
    this.#holdMs = holdMs;
    this.#maxOpen = maxOpen;
  }

  get size(): number {
    return this.#open;
  }

  /** The client's end of a socket that says why and ends by itself; undefined where there are too many. */
  hold({ close, reason, voice }: Refusal): WebSocket | undefined {
    if (this.#open >= this.#maxOpen) return undefined;
    const [client, server] = Object.values(new WebSocketPair());
    if (client === undefined || server === undefined) throw new Error("a WebSocketPair has two ends");
    this.#open += 1;
    let isOpen = true;
    let heardBytes = 0;
    const end = (code: number, text: string): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#open -= 1;
      clearTimeout(timer);
      closeQuietly(server, code, text);
    };
    const final = CLOSE_FRAMES[close];
    const timer = setTimeout(() => end(final.code, reason), this.#holdMs);
    server.addEventListener("close", () => end(CLOSE_FRAMES.normal.code, ""));
    server.addEventListener("error", () => end(CLOSE_FRAMES.normal.code, ""));
    server.addEventListener("message", ({ data }) => {
      if (!isOpen) return;
      heardBytes += typeof data === "string" ? data.length : data.byteLength;
      if (heardBytes > MAX_HEARD_BYTES) return end(final.code, reason);
      const answer = typeof data === "string" ? undefined : voice.answer?.(new Uint8Array(data), reason);
      if (answer !== undefined) server.send(answer);
    });
    server.binaryType = "arraybuffer";
    server.accept();
    const greeting = voice.greeting?.(reason);
    if (greeting !== undefined) server.send(greeting);
    return client;
  }
}

const refused = new RefusedSockets(HOLD_MS, MAX_OPEN);

/** Around all that may refuse an upgrade. `except`: tags that a family makes something better of by itself. */
export function sayRefusals(
  voice: Voice,
  except: readonly Tag[] = [],
  sockets = refused,
): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    await next();
    const tag = c.get("failure")?.tag;
    const spoken = Object.entries(SPOKEN).find(([each]) => each === tag && !except.some((other) => other === tag));
    if (spoken === undefined || !isUpgrade(c)) return;
    const [, close] = spoken;
    const webSocket = sockets.hold({ close, reason: await reasonOf(c.res), voice });
    if (webSocket === undefined) return;
    answerWith(c, webSocket);
  };
}

/** In the words of the problem. */
async function reasonOf(response: Response): Promise<string> {
  const { title, detail } = await response.clone().json<ProblemBody>();
  return detail === undefined ? title : `${title}. ${detail}`;
}

function answerWith(c: RouterContext, webSocket: WebSocket): void {
  const headers = new Headers({ "x-request-id": c.get("requestId") });
  const subprotocol = stockSubprotocol(c);
  if (subprotocol !== undefined) headers.set("sec-websocket-protocol", subprotocol);
  // An answer in place of another would be a copy of it, without its socket.
  c.res = undefined;
  c.res = new Response(null, { status: 101, webSocket, headers });
}

function closeQuietly(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed by the other side in the meantime.
  }
}
