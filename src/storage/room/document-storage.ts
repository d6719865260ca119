/**
 * Everything a document room keeps, in its object's own SQLite (DESIGN §4).
 * @module
 */
import type { DocumentStorage } from "../../core/ports.ts";
import { SqlAttributionStore } from "./attribution-store.ts";
import { SqlAuthorStore } from "./author-store.ts";
import { RoomDatabase } from "./database.ts";
import { SqlMetaStore } from "./meta-store.ts";
import { SqlOutboxStore } from "./outbox-store.ts";
import { SqlPartStore } from "./part-store.ts";
import { SqlQuarantineStore } from "./quarantine-store.ts";
import { forgetUserIn } from "./forget-user.ts";
import { ForgottenUsers } from "./forgotten-users.ts";
import type { SqlHost } from "./schema.ts";
import { Senders } from "./senders.ts";
import { SqlTaskStore } from "./task-store.ts";
import { SqlUpdateLog } from "./update-log.ts";

const CLEARED = ["updates", "senders", "authors", "attribution", "parts", "tasks", "outbox", "quarantine"].map(
  (table) => `DELETE FROM ${table}`,
);

export type StoredDocument = DocumentStorage & {
  /** What a user wrote stays, and is nobody's: their name is in no row any more, nor in what is on its way out. */
  forgetUser(user: string): void;
};

/**
 * The stores of this object. Reading a room that was never used creates nothing; the first write creates the tables.
 * Older tables are migrated here, at once. Throws on a schema newer than this code.
 * One per object, and a new one after `deleteAll()`: the stores remember what they read.
 */
export function openDocumentStorage(storage: SqlHost): StoredDocument {
  const db = new RoomDatabase(storage);
  const senders = new Senders(db);
  const log = new SqlUpdateLog(db, senders);
  const parts = new SqlPartStore(db, (seq) => log.keepSeq(seq));
  const tasks = new SqlTaskStore(db);
  const meta = new SqlMetaStore(db);
  const attribution = new SqlAttributionStore(db, senders);
  const forgotten = new ForgottenUsers();
  return {
    log,
    parts,
    meta,
    tasks,
    outbox: new SqlOutboxStore(db),
    authors: new SqlAuthorStore(db, senders),
    attribution,
    quarantine: new SqlQuarantineStore(db),
    forgotten,
    transaction: (body) => db.transaction(body),
    forgetUser: (user) => {
      forgotten.note(user);
      db.atomically(() => forgetUserIn(db, meta, user));
      senders.forget();
    },
    clear: () => {
      db.atomically(() => {
        log.keepSeq(log.lastSeq());
        for (const statement of CLEARED) db.change(statement);
        attribution.forgetRebuild();
      });
      for (const store of [log, senders, parts, tasks]) store.forget();
    },
  };
}
