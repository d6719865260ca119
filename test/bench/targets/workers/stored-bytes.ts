/**
 * The least a first sync can cost: rows as they were stored, to whoever connects. Nothing is parsed.
 *
 * PUT /<id> with a sequence of varUint8Array(update), each at most 1 MiB, replaces what is stored: a row per update.
 * A socket gets each as `00 02 varUint8Array(update)`, the last one as a step 2: `00 01 …`.
 * @module
 */
import { DurableObject } from "cloudflare:workers";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Env } from "./route.ts";
import { Sockets } from "./sockets.ts";

export { worker as default } from "./route.ts";

/** Of a row; the platform's own limit is 2 MB. */
const MAX_UPDATE_BYTES = 1_048_576;
const SYNC = 0;
const STEP_2 = 1;
const UPDATE = 2;
const EMPTY_UPDATE = Uint8Array.of(0, 0);

const CREATE_FRAMES = "CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, frame BLOB NOT NULL) STRICT";
const DELETE_FRAMES = "DELETE FROM frames";
const INSERT_FRAME = "INSERT INTO frames (frame) VALUES (?)";
const SELECT_FRAMES = "SELECT frame FROM frames ORDER BY seq";

export class Document extends DurableObject<Env> {
  readonly #sockets = new Sockets(this.ctx);
  readonly #storage = this.ctx.storage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage.sql.exec(CREATE_FRAMES);
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.method === "PUT") return this.#store(new Uint8Array(await request.arrayBuffer()));
    const { socket, response } = this.#sockets.accept();
    let isEmpty = true;
    for (const { frame } of this.#storage.sql.exec<{ frame: ArrayBuffer }>(SELECT_FRAMES)) {
      socket.send(frame);
      isEmpty = false;
    }
    if (isEmpty) socket.send(encodeFrame(STEP_2, EMPTY_UPDATE));
    return response;
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.close(socket, code);
  }

  #store(body: Uint8Array): Response {
    const decoder = decoding.createDecoder(body);
    const updates: Uint8Array[] = [];
    while (decoding.hasContent(decoder)) updates.push(decoding.readVarUint8Array(decoder));
    if (updates.some((update) => update.length > MAX_UPDATE_BYTES)) return new Response("too large", { status: 413 });
    this.#storage.transactionSync(() => {
      this.#storage.sql.exec(DELETE_FRAMES);
      for (const [index, update] of updates.entries()) {
        const type = index === updates.length - 1 ? STEP_2 : UPDATE;
        this.#storage.sql.exec(INSERT_FRAME, encodeFrame(type, update));
      }
    });
    return new Response(null, { status: 204 });
  }
}

function encodeFrame(type: number, update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, type);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder);
}
