/**
 * The application's token: asked for at every attempt to connect, and again in the socket before it ends.
 * @module
 */
import { ProviderError, messageOf } from "./provider-error.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** What RFC 9110 allows in a sub-protocol, without the characters that browsers or proxies have been seen to trip over. */
const TOKEN_PATTERN = /^[\w.~+-]*$/;

/** A token, or what gets a fresh one: called for every attempt and before the one in use ends, so it may be short-lived. */
export type TokenSource = string | (() => string | Promise<string>);

/** What a connection asks of it. */
export interface TokenPort {
  /** The one last used; empty before the first, and where there is none. */
  readonly current: string;
  /** Asking again brings another one. */
  readonly isRenewable: boolean;
  /** A token for the next attempt; empty for none. Rejects where there should be one. */
  next(): Promise<string>;
  /** Gets a token anew and sends it. */
  renew(isWanted: boolean): void;
  /** The socket is gone: the next attempt asks anyway. */
  stop(): void;
}

export type TokenPorts = {
  readonly source: TokenSource;
  /** Sends a fresh token on the socket that is open. */
  readonly send: (token: string) => void;
  readonly onError: (error: ProviderError) => void;
};

export class Token implements TokenPort {
  readonly #ports: TokenPorts;
  #current = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts renewals and their ends: what an older one brings is dropped. */
  #turn = 0;
  /** The server waits for one. */
  #isWanted = false;
  #isTold = false;

  constructor(ports: TokenPorts) {
    this.#ports = ports;
  }

  /** The one last used; empty before the first, and where there is none. */
  get current(): string {
    return this.#current;
  }

  /** Asking again brings another one. */
  get isRenewable(): boolean {
    return typeof this.#ports.source === "function";
  }

  /** A token for the next attempt. Rejects with what the application's function throws, and for what a sub-protocol cannot carry. */
  async next(): Promise<string> {
    this.#current = await this.#read();
    return this.#current;
  }

  /**
   * Gets a token and sends it. Where the server wants one it has to be another than the one in use, and is asked for until there is
   * one, or until {@link stop}.
   */
  renew(isWanted: boolean): void {
    const mustDiffer = isWanted || this.#isWanted;
    this.stop();
    this.#isWanted = mustDiffer;
    if (this.isRenewable) return void this.#renew(this.#turn, 0);
    if (this.#isTold) return;
    this.#isTold = true;
    this.#ports.onError(new ProviderError("token", "a token that is a text cannot be renewed: pass a function"));
  }

  /** The socket is gone: the next attempt asks anyway. */
  stop(): void {
    this.#turn += 1;
    this.#isWanted = false;
    clearTimeout(this.#timer);
  }

  async #renew(turn: number, failures: number): Promise<void> {
    let token = "";
    try {
      token = await this.#read();
    } catch (error) {
      if (turn === this.#turn) this.#ports.onError(tokenError(error));
    }
    if (turn !== this.#turn) return;
    if (token !== "" && !(this.#isWanted && token === this.#current)) {
      this.#isWanted = false;
      this.#current = token;
      return this.#ports.send(token);
    }
    if (!this.#isWanted) return;
    // An application may keep its token until it has ended: asked often enough, it gets another one in time.
    const delayMs = retryDelayMs({ failures, mustBackOff: false, random: Math.random() });
    this.#timer = setTimeout(() => void this.#renew(turn, failures + 1), delayMs);
  }

  async #read(): Promise<string> {
    const { source } = this.#ports;
    const token: unknown = typeof source === "function" ? await source() : source;
    if (typeof token !== "string") throw new TypeError("the token function returned no text");
    assertToken(token);
    return token;
  }
}

/** Throws TypeError for text that a sub-protocol cannot carry: letters, digits and `-._~+` it can. */
export function assertToken(token: string): void {
  if (!TOKEN_PATTERN.test(token)) throw new TypeError("a token is base64url text: letters, digits and -._~+");
}

export function tokenError(error: unknown): ProviderError {
  return new ProviderError("token", messageOf(error), error);
}
