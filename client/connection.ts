/**
 * One wish to be connected, from `connect()` to `disconnect()`: a reconnecting socket with delays, a heartbeat and manners.
 * @module
 */
import { isBackOffCloseCode, isFinalCloseCode } from "../src/protocol/close-codes.ts";
import { PING } from "../src/protocol/limits.ts";
import { Heartbeat } from "./heartbeat.ts";
import { ProviderError } from "./provider-error.ts";
import { type Question, askRefusal } from "./refusal.ts";
import { retryDelayMs } from "./retry-delay.ts";
import type { OpenSocket, Socket } from "./socket.ts";
import { type TokenPort, tokenError } from "./token.ts";

/** A socket that lived this long after it was in sync starts the delays anew; one that dies sooner goes on backing off. */
const STABLE_MS = 5_000;
/** Failed handshakes in a row: the second one is asked about, then each fifth. A server in trouble is not asked twice an attempt. */
const FIRST_ASKED = 2;
const ASKED_EVERY = 5;
/** Answer to a quick question: page shown again, network changed. */
const PROBE_MS = 3_000;
/** Ours, told to a server that may still hear it. */
const SILENT_CODE = 4000;
/** The token has ended. */
const REFRESH_TOKEN_CODE = 4501;
/** Second sub-protocol entry: `roost.token.<token>`. A JWT and a key fit as they are; anything else has to be base64url. */
const TOKEN_PREFIX = "roost.token.";

/** Why a socket closed. `final`: it stays closed until somebody calls `connect()`. */
export type CloseInfo = { readonly code: number; readonly reason: string; readonly final: boolean };

export type ConnectionOptions = Question & {
  readonly socketUrl: string;
  readonly openSocket: OpenSocket;
  /** What both sides speak. */
  readonly subprotocol: string;
  readonly token: TokenPort;
  /** Constructor where there is no global one. */
  readonly WebSocket: unknown;
  readonly onOpen: () => void;
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onClose: (info: CloseInfo) => void;
  readonly onError: (error: ProviderError) => void;
};

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #heartbeat: Heartbeat;
  readonly #end = new AbortController();
  #isOpen = false;
  #isClosed = false;
  #failures = 0;
  #failedHandshakes = 0;
  #mustBackOff = false;
  /** A refused handshake was explained: the room is locked, full, or not reachable yet. */
  #isHeldOff = false;
  #delayMs = 0;
  #syncedAtMs = Infinity;
  #endDelay: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#heartbeat = new Heartbeat({
      ping: () => this.#socket.send(PING),
      dead: () => this.retry("nothing heard"),
    });
    this.#socket = options.openSocket({
      ...options,
      protocols: () => this.#nextProtocols(),
      onOpen: () => this.#opened(),
      onData: (data) => this.#heard(data),
      onLost: (code, reason) => this.#lost(code, reason),
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a frame; does nothing while the socket is not open. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#isOpen && this.#socket.isOpen()) this.#socket.send(frame);
  }

  /** The server accepted us and the document is in sync. */
  synced(): void {
    this.#syncedAtMs = Math.min(this.#syncedAtMs, performance.now());
  }

  /** Ends a wait for the next attempt, or asks an open socket for a sign of life. A pause that the server asked for is kept. */
  hurry(): void {
    if (this.#isOpen) this.#heartbeat.probe(PROBE_MS);
    else if (!this.#mustBackOff) this.#endDelay?.();
  }

  /** Sends a token got anew, see {@link Token.renew}; without a socket the next attempt brings one. */
  renewToken(isWanted: boolean): void {
    if (this.#isOpen) this.#options.token.renew(isWanted);
  }

  /** Gives the socket up and connects again after the usual delay. */
  retry(reason: string): void {
    if (this.#isOpen && !this.#isClosed) this.#socket.reconnect(SILENT_CODE, reason);
  }

  /** Closes for good, without an `onClose`. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isOpen = false;
    this.#end.abort();
    this.#heartbeat.stop();
    this.#options.token.stop();
    this.#socket.close();
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
  #lost(code: number, reason: string): void {
    if (this.#isClosed) return;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#heartbeat.stop();
    this.#options.token.stop();
    if (performance.now() - this.#syncedAtMs >= STABLE_MS) this.#failures = 0;
    this.#syncedAtMs = Infinity;
    this.#mustBackOff = this.#isHeldOff || isBackOffCloseCode(code);
    this.#planRetry();
    // A token that has ended says nothing about the server: the next one is tried at once, unless that was tried just now.
    if (this.#failures === 1 && code === REFRESH_TOKEN_CODE) this.#delayMs = 0;
    this.#options.onClose({ code, reason, final: isFinalCloseCode(code) });
    if (wasOpen) return;
    this.#failedHandshakes += 1;
    // One is a blip; at the second the server may have refused it.
    if (this.#failedHandshakes % ASKED_EVERY === FIRST_ASKED) void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const { onClose, onError } = this.#options;
    const answer = await askRefusal(this.#options, this.#options.token, this.#end.signal);
    if (this.#isOpen || this.#isClosed) return;
    this.#isHeldOff = answer instanceof ProviderError && answer.kind === "unavailable";
    if (answer === undefined) return;
    if (answer instanceof ProviderError) return onError(answer);
    this.close();
    onClose({ ...answer, final: true });
  }

  #planRetry(): void {
    this.#delayMs = retryDelayMs({
      failures: this.#failures,
      mustBackOff: this.#mustBackOff,
      random: Math.random(),
    });
    this.#failures += 1;
  }

  /** Waits its turn, then names the protocol and the token. Never rejects: the socket would try again at once. */
  async #nextProtocols(): Promise<string[]> {
    const { subprotocol } = this.#options;
    for (;;) {
      await this.#delay();
      // What follows a close() goes nowhere: the socket looks before it connects.
      if (this.#isClosed) return [subprotocol];
      try {
        const token = await this.#options.token.next();
        return token === "" ? [subprotocol] : [subprotocol, TOKEN_PREFIX + token];
      } catch (error) {
        this.#options.onError(tokenError(error));
        this.#planRetry();
      }
    }
  }

  async #delay(): Promise<void> {
    const delayMs = this.#isClosed ? 0 : this.#delayMs;
    this.#delayMs = 0;
    if (delayMs === 0) return;
    await new Promise<void>((resolve) => {
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
