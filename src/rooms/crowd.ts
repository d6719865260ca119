/**
 * How many sockets there are, in all and of each user and address: counted as they come and go, as a room may hold thousands.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";

export class Crowd {
  readonly #users = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enter({ grant, address }: ConnectTicket): void {
    this.#size += 1;
    count(this.#users, grant.user, 1);
    count(this.#addresses, address, 1);
  }

  /** The pair of {@link enter}. */
  leave({ grant, address }: ConnectTicket): void {
    this.#size -= 1;
    count(this.#users, grant.user, -1);
    count(this.#addresses, address, -1);
  }

  ofUser(user: string): number {
    return this.#users.get(user) ?? 0;
  }

  ofAddress(address: string): number {
    return this.#addresses.get(address) ?? 0;
  }
}

function count(counts: Map<string, number>, key: string, change: number): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
