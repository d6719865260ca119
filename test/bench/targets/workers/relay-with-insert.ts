/**
 * The raw relay with one row per frame, written before anybody is sent it.
 * @module
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "./route.ts";
import { Sockets } from "./sockets.ts";

export { worker as default } from "./route.ts";

const CREATE_FRAMES = "CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, frame BLOB NOT NULL) STRICT";
const INSERT_FRAME = "INSERT INTO frames (frame) VALUES (?)";

export class Document extends DurableObject<Env> {
  readonly #sockets = new Sockets(this.ctx);
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(CREATE_FRAMES);
  }

  override fetch(): Response {
    return this.#sockets.accept().response;
  }

  override webSocketMessage(sender: WebSocket, frame: ArrayBuffer | string): void {
    this.#sql.exec(INSERT_FRAME, frame);
    this.#sockets.sendToOthers(frame, sender);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.close(socket, code);
  }
}
