/**
 * The open sockets of an object in a list of its own: asking the runtime for them at each frame halves what it can send.
 * @module
 */

const NO_STATUS = 1005;
const NO_CLOSE_FRAME = 1006;
const NORMAL = 1000;

export class Sockets {
  readonly #ctx: DurableObjectState;
  #list: readonly WebSocket[];

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#list = ctx.getWebSockets();
  }

  get count(): number {
    return this.#list.length;
  }

  /** Accepts the client's socket, to be hibernated when idle. */
  accept(): { readonly socket: WebSocket; readonly response: Response } {
    const { 0: client, 1: socket } = new WebSocketPair();
    this.#ctx.acceptWebSocket(socket);
    this.#list = [...this.#list, socket];
    return { socket, response: new Response(null, { status: 101, webSocket: client }) };
  }

  /** For `webSocketClose`, which has to answer the close frame itself. */
  close(socket: WebSocket, code: number): void {
    this.#list = this.#list.filter((other) => other !== socket);
    socket.close(code === NO_STATUS || code === NO_CLOSE_FRAME ? NORMAL : code);
  }

  sendToOthers(frame: ArrayBuffer | Uint8Array | string, sender: WebSocket | undefined): void {
    for (const socket of this.#list) if (socket !== sender) send(socket, frame);
  }
}

function send(socket: WebSocket, frame: ArrayBuffer | Uint8Array | string): void {
  try {
    socket.send(frame);
  } catch {
    // Closing: its own event takes it from the list.
  }
}
