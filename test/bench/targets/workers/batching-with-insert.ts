/**
 * Batching with one row per flush, durable before anybody is sent what is in it: as fast as an object that parses and checks
 * nothing can be and lose nothing.
 * @module
 */
import { Batching } from "./batching.ts";
import type { Env } from "./route.ts";

export { worker as default } from "./route.ts";

const CREATE_FRAMES = "CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, frame BLOB NOT NULL) STRICT";
const INSERT_FRAME = "INSERT INTO frames (frame) VALUES (?)";

export class Document extends Batching {
  constructor(ctx: DurableObjectState, env: Env) {
    const { sql } = ctx.storage;
    sql.exec(CREATE_FRAMES);
    super(ctx, env, {
      append: (row) => void sql.exec(INSERT_FRAME, row),
      durable: async () => await ctx.storage.sync(),
    });
  }
}
