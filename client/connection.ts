/**
 * One wish to be connected, from `connect()` to `disconnect()`: partysocket's reconnecting socket with the delays, the
 * heartbeat and the manners it does not have.
 * @module
 */
import ReconnectingWebSocket, { CloseEvent as OwnCloseEvent } from "partysocket/ws";
import { isBackOffCloseCode, isFinalCloseCode } from "../src/protocol/close-codes.ts";
import { encodeClientFrame } from "../src/protocol/frames.ts";
import { PING, SUBPROTOCOL } from "../src/protocol/limits.ts";
import { Heartbeat } from "./heartbeat.ts";
import { ProviderError } from "./provider-error.ts";
import { askRefusal } from "./refusal.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { Token, type TokenSource, tokenError } from "./token.ts";

/** A room that wakes from R2 needs more than partysocket's 4 s, and giving up early makes its load worse. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A socket that lived this long after it was in sync starts the delays anew; one that dies sooner goes on backing off. */
const STABLE_MS = 5_000;
/** Failed handshakes in a row: the second one is asked about, then each fifth. A server in trouble is not asked twice an attempt. */
const FIRST_ASKED = 2;
const ASKED_EVERY = 5;
/** Answer to a quick question: page shown again, network changed. */
const PROBE_MS = 3_000;
/** Ours, told to a server that may still hear it. */
const SILENT_CODE = 4000;
const ABNORMAL_CODE = 1006;
/** The token has ended. */
const REFRESH_TOKEN_CODE = 4501;
/** Second sub-protocol entry: `roost.token.<token>`. A JWT and a key fit as they are; anything else has to be base64url. */
const SUBPROTOCOL_TOKEN_PREFIX = "roost.token.";

/** Why a socket closed. `final`: it stays closed until somebody calls `connect()`. */
export type CloseInfo = { readonly code: number; readonly reason: string; readonly final: boolean };

export type ConnectionOptions = {
  readonly url: string;
  /** Asked for the reason when handshakes fail. */
  readonly documentUrl: string;
  /** Empty: none. */
  readonly token: TokenSource;
  /** Constructor where there is no global one. */
  readonly WebSocket: unknown;
  readonly onOpen: () => void;
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onClose: (info: CloseInfo) => void;
  readonly onError: (error: ProviderError) => void;
};

/**
 * partysocket waits `min × growⁿ` without jitter. Those delays are set to 0 and the wait stands in its asynchronous
 * protocols provider, which runs before every attempt: it can be random and cut short, and the token is fetched after
 * it, fresh. Nothing is ever sent into partysocket's queue: it would go out before `hello`.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: ReconnectingWebSocket;
  readonly #heartbeat: Heartbeat;
  readonly #token: Token;
  readonly #end = new AbortController();
  #isOpen = false;
  #isClosed = false;
  #failures = 0;
  #failedHandshakes = 0;
  #mustBackOff = false;
  /** A refused handshake was explained: the room is locked, full, or not reachable yet. */
  #isHeldOff = false;
  #delayMs = 0;
  #syncedAtMs: number | undefined;
  #endDelay: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#token = new Token({
      source: options.token,
      send: (token) => this.send(encodeClientFrame([{ type: "token", token }])),
      onError: options.onError,
    });
    this.#heartbeat = new Heartbeat({
      ping: () => this.#socket.send(PING),
      dead: () => this.#reconnect(SILENT_CODE, "nothing heard"),
    });
    this.#socket = new ReconnectingWebSocket(options.url, () => this.#nextProtocols(), {
      ...(options.WebSocket === undefined ? {} : { WebSocket: options.WebSocket }),
      minReconnectionDelay: 0,
      maxReconnectionDelay: 0,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      maxEnqueuedMessages: 0,
      shouldReconnectOnClose: ({ code }) => !isFinalCloseCode(code),
    });
    this.#socket.binaryType = "arraybuffer";
    // Properties, not listeners: those get a copy of each event, which in Node says "unknown reason" for an empty one.
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#heard(data);
    this.#socket.onclose = (event: { readonly code: number; readonly reason: string }) => this.#lost(event);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a frame; does nothing while the socket is not open. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#isOpen && this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
  }

  /** The server accepted us and the document is in sync. */
  synced(): void {
    this.#syncedAtMs ??= performance.now();
  }

  /** Ends a wait for the next attempt, or asks an open socket for a sign of life. A pause that the server asked for is kept. */
  hurry(): void {
    if (this.#isOpen) this.#heartbeat.probe(PROBE_MS);
    else if (!this.#mustBackOff) this.#endDelay?.();
  }

  /** Sends a token got anew, see {@link Token.renew}; without a socket the next attempt brings one. */
  renewToken(isWanted: boolean): void {
    if (this.#isOpen) this.#token.renew(isWanted);
  }

  /** Gives the socket up and connects again after the usual delay. */
  retry(reason: string): void {
    this.#reconnect(SILENT_CODE, reason);
  }

  /** Closes for good, without an `onClose`. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isOpen = false;
    this.#end.abort();
    this.#heartbeat.stop();
    this.#token.stop();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(1000, "");
    this.#endDelay?.();
  }

  #opened(): void {
    this.#isOpen = true;
    this.#failedHandshakes = 0;
    this.#mustBackOff = false;
    this.#isHeldOff = false;
    this.#heartbeat.start();
    this.#options.onOpen();
  }

  #heard(data: unknown): void {
    this.#heartbeat.heard();
    if (data instanceof ArrayBuffer) this.#options.onFrame(new Uint8Array(data));
  }

  /** Called once per attempt: closed by the server, failed, timed out, or given up by us. */
  #lost(event: { readonly code: number; readonly reason: string }): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#heartbeat.stop();
    this.#token.stop();
    // partysocket closes with its own event and 1000 what failed or timed out.
    const isFailure = event instanceof OwnCloseEvent && event.code === 1000;
    const code = isFailure ? ABNORMAL_CODE : event.code;
    if (this.#syncedAtMs !== undefined && performance.now() - this.#syncedAtMs >= STABLE_MS) this.#failures = 0;
    this.#syncedAtMs = undefined;
    this.#mustBackOff = this.#isHeldOff || isBackOffCloseCode(code);
    const isFirst = this.#failures === 0;
    this.#planRetry();
    // A token that has ended says nothing about the server: the next one is tried at once, unless that was tried just now.
    if (isFirst && code === REFRESH_TOKEN_CODE) this.#delayMs = 0;
    this.#options.onClose({ code, reason: event.reason, final: isFinalCloseCode(code) });
    if (wasOpen) return;
    this.#failedHandshakes += 1;
    // One is a blip; at the second the server may have refused it.
    if (this.#failedHandshakes % ASKED_EVERY === FIRST_ASKED) void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const { documentUrl: url, onClose, onError } = this.#options;
    const { current, isRenewable } = this.#token;
    const answer = await askRefusal({ url, token: current, isRenewable, signal: this.#end.signal });
    if (this.#isOpen || this.#isClosed) return;
    this.#isHeldOff = answer instanceof ProviderError && answer.kind === "unavailable";
    if (answer === undefined) return;
    if (answer instanceof ProviderError) return onError(answer);
    this.close();
    onClose({ ...answer, final: true });
  }

  #reconnect(code: number, reason: string): void {
    if (!this.#isOpen || this.#isClosed) return;
    const isClosing = this.#socket.readyState !== this.#socket.OPEN;
    // Detaches and closes the old socket before it makes the next one.
    this.#socket.reconnect(code, reason);
    // One that was closing already is detached without an event.
    if (isClosing) this.#lost({ code, reason });
  }

  #planRetry(): void {
    this.#delayMs = retryDelayMs({
      failures: this.#failures,
      mustBackOff: this.#mustBackOff,
      random: Math.random(),
    });
    this.#failures += 1;
  }

  /** Waits its turn, then names the protocol and the token. Never rejects: partysocket would try again at once. */
  async #nextProtocols(): Promise<string[]> {
    for (;;) {
      await this.#delay();
      // What follows a close() goes nowhere: partysocket looks before it connects.
      if (this.#isClosed) return [SUBPROTOCOL];
      try {
        const token = await this.#token.next();
        return token === "" ? [SUBPROTOCOL] : [SUBPROTOCOL, `${SUBPROTOCOL_TOKEN_PREFIX}${token}`];
      } catch (error) {
        this.#options.onError(tokenError(error));
        this.#planRetry();
      }
    }
  }

  #delay(): Promise<void> {
    const delayMs = this.#isClosed ? 0 : this.#delayMs;
    this.#delayMs = 0;
    if (delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#endDelay = undefined;
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      this.#endDelay = end;
    });
  }
}
