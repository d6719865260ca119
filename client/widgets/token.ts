/**
 * Stands in the widget for client/presence/simple-token.ts (scripts/bundle-widget.ts): there a token is a text, which nothing renews.
 * @module
 */
import type { SimpleToken as Renewable } from "../presence/simple-token.ts";

export class SimpleToken implements Pick<Renewable, "current" | "next" | "renew" | "stop"> {
  readonly current: string;

  constructor(current: string) {
    this.current = current;
  }

  async next(): Promise<string> {
    return this.current;
  }

  renew(): void {
    // The server ends the connection, and says why.
  }

  stop(): void {
    // Nothing runs.
  }
}
