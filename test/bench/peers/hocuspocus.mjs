/**
 * Hocuspocus with its database extension: `hocuspocus.mjs <state folder> <port>`. It stores the whole state of a document in
 * one row, as its SQLite extension does, here with the SQLite that Node brings. Default save times.
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";

const [stateDir, port] = process.argv.slice(2);
mkdirSync(stateDir, { recursive: true });
const sqlite = new DatabaseSync(join(stateDir, "documents.sqlite"));
sqlite.exec("CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, content BLOB NOT NULL)");
const select = sqlite.prepare("SELECT content FROM documents WHERE name = ?");
const replace = sqlite.prepare(
  "INSERT INTO documents (name, content) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content",
);

const server = new Server({
  address: "127.0.0.1",
  port: Number(port),
  quiet: true,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => select.get(documentName)?.content ?? null,
      store: async ({ documentName, state }) => {
        replace.run(documentName, state);
      },
    }),
  ],
});
process.once("disconnect", () => void server.destroy().finally(() => process.exit(1)));
await server.listen();
process.send?.({ url: `http://127.0.0.1:${server.address.port}` });
