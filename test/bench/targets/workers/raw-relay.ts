/**
 * The least an object can do: each frame to every other socket. Nothing is parsed, nothing is stored.
 * @module
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "./route.ts";
import { Sockets } from "./sockets.ts";

export { worker as default } from "./route.ts";

export class Document extends DurableObject<Env> {
  readonly #sockets = new Sockets(this.ctx);

  override fetch(): Response {
    return this.#sockets.accept().response;
  }

  override webSocketMessage(sender: WebSocket, frame: ArrayBuffer | string): void {
    this.#sockets.sendToOthers(frame, sender);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.close(socket, code);
  }
}
