/**
 * y-partyserver as its documentation shows it: hibernating, the whole state in one row, default save times.
 * @module
 */
import { routePartykitRequest } from "partyserver";
import { YServer } from "y-partyserver";
import { applyUpdate, encodeStateAsUpdate } from "yjs";

const CREATE_STATE = "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, content BLOB NOT NULL)";
const SELECT_STATE = "SELECT content FROM state WHERE id = 1";
const REPLACE_STATE = "INSERT OR REPLACE INTO state (id, content) VALUES (1, ?)";

export class Document extends YServer {
  static options = { hibernate: true };

  async onLoad() {
    this.ctx.storage.sql.exec(CREATE_STATE);
    const [row] = this.ctx.storage.sql.exec(SELECT_STATE).toArray();
    if (row !== undefined) applyUpdate(this.document, new Uint8Array(row.content));
  }

  async onSave() {
    this.ctx.storage.sql.exec(REPLACE_STATE, encodeStateAsUpdate(this.document));
  }
}

// oxlint-disable-next-line import/no-default-export -- the runtime asks for it
export default {
  async fetch(request, env) {
    return (await routePartykitRequest(request, env)) ?? new Response("up");
  },
};
