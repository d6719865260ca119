/**
 * The application's token, without the patience of `Token`: one that cannot be renewed in time ends the socket, and the next one brings
 * another within the time that a person is held for.
 * @module
 */
import type { TokenPort, TokenSource } from "../token.ts";

export class SimpleToken implements TokenPort {
  current = "";
  readonly isRenewable: boolean;
  readonly #source: TokenSource;
  readonly #send: (token: string) => void;

  constructor(source: TokenSource, send: (token: string) => void) {
    this.#source = source;
    this.#send = send;
    this.isRenewable = typeof source === "function";
  }

  async next(): Promise<string> {
    const source = this.#source;
    return (this.current = typeof source === "function" ? await source() : source);
  }

  renew(): void {
    // The next attempt says what is wrong.
    if (this.isRenewable) void this.next().then(this.#send, () => undefined);
  }

  stop(): void {
    // Sending does nothing without a socket.
  }
}
