/**
 * Sockets of strangers, and a count of how they were answered.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { encodeClientFrame } from "../../src/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import { encodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import { PRESENCE_SUBPROTOCOL, PRESENCE_VERSION } from "../../src/protocol/presence-messages.ts";

export type Attack = {
  readonly port: number;
  /** Of the room that is attacked. */
  readonly id: string;
  /** What lets in, one for each socket in turn; keys or tokens that do not, for those that knock. */
  readonly tokens: readonly string[];
  readonly count: number;
  readonly forMs: number;
  /** A document's when absent. */
  readonly kind?: "presence";
  /** From so many addresses in turn; from the one of this machine when absent. */
  readonly addresses?: number;
};

/** One way to use a server up. `onStart`: everything is in place, from here on it counts. */
export type Run = (attack: Attack, tally: Tally, onStart: () => void) => Promise<void>;

/** How often what happened: `opened`, `closed 4529`, `status 401`, `sent`, … */
export type Outcome = Readonly<Record<string, number>>;

export class Tally {
  readonly counts: Record<string, number> = {};
  add(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }
}

/** What a client begins with. */
export const OPENING = encodeClientFrame([
  { type: "hello", version: PROTOCOL_VERSION },
  { type: "sync-step-1", stateVector: Uint8Array.of(0) },
]);
export const PRESENCE_OPENING = encodePresenceClientFrame([{ type: "hello", version: PRESENCE_VERSION, hello: {} }]);

export type Opened = { readonly socket: WebSocket; readonly closed: Promise<void> };

/** Opens `count` at once; those that were let in. `onOpen` hears of each as soon as it is. */
export async function openSockets(
  { port, id, tokens, count, kind, addresses }: Attack,
  tally: Tally,
  onOpen: (socket: WebSocket) => void = () => {},
): Promise<readonly Opened[]> {
  const [path, subprotocol] = kind === "presence" ? ["presence", PRESENCE_SUBPROTOCOL] : ["documents", SUBPROTOCOL];
  const address = `ws://127.0.0.1:${port}/v1/${path}/${encodeURIComponent(id)}/connect`;
  const all = Array.from({ length: count }, async (_, index): Promise<readonly Opened[]> => {
    const token = tokens[index % tokens.length] ?? "";
    // Where nothing stands in front of the Worker, it believes whoever names an address.
    const headers = addresses === undefined ? {} : { "cf-connecting-ip": `198.51.100.${1 + (index % addresses)}` };
    const socket = new WebSocket(address, [subprotocol, `roost.token.${token}`], { headers });
    const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
    const { promise: opened, resolve: onOpened } = Promise.withResolvers<boolean>();
    socket.on("error", () => {});
    socket.once("open", () => {
      tally.add("opened");
      onOpen(socket);
      onOpened(true);
    });
    socket.once("unexpected-response", (_asked, answer) => {
      tally.add(`status ${answer.statusCode}`);
      onOpened(false);
      socket.terminate();
    });
    socket.once("close", (code) => {
      if (socket.protocol !== "" && code !== 1005) tally.add(`closed ${code}`);
      onOpened(false);
      onClosed();
    });
    return (await opened) ? [{ socket, closed }] : [];
  });
  return (await Promise.all(all)).flat();
}

export async function leaveAll(opened: readonly Opened[]): Promise<void> {
  for (const { socket } of opened) socket.close();
  await Promise.race([Promise.all(opened.map(({ closed }) => closed)), delay(2_000)]);
  for (const { socket } of opened) socket.terminate();
}
