/**
 * When the sockets of games end by themselves: with their token, or to be judged anew. The family cannot show a fresh token in a
 * socket, so its clients come back with one.
 * @module
 */
import { TOKEN_SKEW_MS } from "../core/session-rights.ts";
import type { GameSocket } from "./game-wire.ts";

type Ended = { readonly entry: GameSocket; readonly isExpired: boolean };

export class SessionEnds {
  readonly #sockets: () => Iterable<GameSocket>;
  /** Of the first; unknown after somebody came. */
  #dueMs: number | undefined;

  constructor(sockets: () => Iterable<GameSocket>) {
    this.#sockets = sockets;
  }

  /** Infinity where none ends. */
  get dueMs(): number {
    this.#dueMs ??= Math.min(Infinity, ...Array.from(this.#sockets(), (entry) => Math.min(...endsOf(entry))));
    return this.#dueMs;
  }

  /** Somebody came. */
  forget(): void {
    this.#dueMs = undefined;
  }

  takeDue(nowMs: number): readonly Ended[] {
    if (nowMs < this.dueMs) return [];
    this.#dueMs = undefined;
    return [...this.#sockets()].flatMap((entry) => {
      const [expiryMs, closesMs] = endsOf(entry);
      return nowMs < Math.min(expiryMs, closesMs) ? [] : [{ entry, isExpired: expiryMs <= nowMs }];
    });
  }
}

/** Of its token, and of its hour without being judged. */
function endsOf({ ticket }: GameSocket): readonly [number, number] {
  return [(ticket.grant.expiresMs ?? Infinity) + TOKEN_SKEW_MS, ticket.closesMs ?? Infinity];
}
