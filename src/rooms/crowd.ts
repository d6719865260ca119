/**
 * How many sockets there are, in all, of each user and address, and of each user of a token: counted as they come and go, as a room may hold thousands.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { UserId } from "../auth/grants.ts";
import { ANONYMOUS } from "../auth/user-id.ts";

export class Crowd {
  readonly #users = new Map<string, number>();
  /** Sockets that came with a token, of each user. */
  readonly #tokens = new Map<UserId, number>();
  readonly #addresses = new Map<string, number>();
  /** Sockets of nobody in particular, of each address. */
  readonly #anonymous = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enter({ grant, address, by }: ConnectTicket): void {
    this.#size += 1;
    if (by === "token") count(this.#tokens, grant.user, 1);
    count(this.#users, grant.user, 1);
    count(this.#addresses, address, 1);
    if (grant.user === ANONYMOUS) count(this.#anonymous, address, 1);
  }

  /** The pair of {@link enter}. */
  leave({ grant, address, by }: ConnectTicket): void {
    this.#size -= 1;
    if (by === "token") count(this.#tokens, grant.user, -1);
    count(this.#users, grant.user, -1);
    count(this.#addresses, address, -1);
    if (grant.user === ANONYMOUS) count(this.#anonymous, address, -1);
  }

  ofUser(user: string): number {
    return this.#users.get(user) ?? 0;
  }

  tokensOf(user: UserId): number {
    return this.#tokens.get(user) ?? 0;
  }

  tokenUsers(): Iterable<UserId> {
    return this.#tokens.keys();
  }

  ofAddress(address: string): number {
    return this.#addresses.get(address) ?? 0;
  }

  anonymousOf(address: string): number {
    return this.#anonymous.get(address) ?? 0;
  }
}

function count<K>(counts: Map<K, number>, key: K, change: number): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
