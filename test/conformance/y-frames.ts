/**
 * What the providers have in common that frame as y-websocket does: how they say that they were refused, and their sockets.
 * @module
 */
import { WebSocket } from "ws";

const AUTH = 2;

/** A provider's handler for a type of message: what it does, it does before it returns. */
type Handler = (...args: never[]) => void;

/** All that the provider says of being refused from here on: it warns of it. */
export function refusalsOf({ messageHandlers }: { readonly messageHandlers: Handler[] }): string[] {
  const refusals: string[] = [];
  const handler = messageHandlers[AUTH];
  if (handler === undefined) throw new Error("it does not hear that it is refused");
  messageHandlers[AUTH] = (...args) => {
    const { warn } = console;
    console.warn = (text: string) => refusals.push(text.split("\n")[1] ?? text);
    try {
      handler(...args);
    } finally {
      console.warn = warn;
    }
  };
  return refusals;
}

/** A WebSocket class that keeps every socket it makes in `sockets`. */
export function watched(sockets: WebSocket[]): typeof globalThis.WebSocket {
  const watching: unknown = class extends WebSocket {
    constructor(url: string, protocols: string[] = []) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  // SAFETY: all of it that the providers use.
  return watching as typeof globalThis.WebSocket;
}
