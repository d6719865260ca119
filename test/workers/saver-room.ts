/**
 * The saver of a document on real storage and a real bucket, with the engine of its room and nobody connected.
 * @module
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as Y from "yjs";
import { type Variables, parseConfig } from "../../src/config.ts";
import { decodeHistory } from "../../src/core/history.ts";
import type { LogRow } from "../../src/core/ports.ts";
import { Room } from "../../src/core/room.ts";
import { compactionUrgency } from "../../src/core/schedule.ts";
import { parseRoomName } from "../../src/protocol/room-id.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { DocumentSaver } from "../../src/rooms/document-saver.ts";
import type { CompactionContext } from "../../src/rooms/document-compactor.ts";
import { type StoredDocument, openDocumentStorage } from "../../src/storage/room/document-storage.ts";
import { SnapshotStore } from "../../src/storage/snapshots.ts";
import { VersionStore } from "../../src/storage/version-store.ts";
import { stubOf } from "./room-peer.ts";

const NOBODY = { send: () => undefined, sendToAll: () => undefined, close: () => undefined };

export type SaverRoom = {
  readonly storage: StoredDocument;
  readonly room: Room;
  readonly saver: DocumentSaver;
  readonly context: CompactionContext;
  /** Accepts an update and writes its row. */
  readonly write: (update: Uint8Array) => void;
  /** As the alarm would: shrinks the tail when that is due. True when it was. */
  readonly shrinkIfDue: () => Promise<boolean>;
};

/** Inside the object of this document, which nothing else has touched. */
export async function inSaverRoom(
  id: string,
  body: (room: SaverRoom) => Promise<void>,
  { bucket = env.SNAPSHOTS, variables = {} }: { readonly bucket?: R2Bucket; readonly variables?: Variables } = {},
): Promise<void> {
  await runInDurableObject(stubOf(id), async (_room, state) => {
    const roomName = `default/document/${id}`;
    const [address, config] = [parseRoomName(roomName), parseConfig(variables)];
    if (!address.ok || !config.ok) throw new Error("a valid name and valid variables");
    const storage = openDocumentStorage(state.storage);
    if (storage.meta.read() === undefined) storage.meta.write({ epoch: 1, createdMs: 1_000, summary: "" });
    const room = new Room({
      storage,
      peers: NOBODY,
      blipHoldMs: 0,
      renewToken: () => undefined,
      limited: () => undefined,
      wroteRow: () => undefined,
    });
    const stores = { snapshots: new SnapshotStore(bucket), versions: new VersionStore(bucket) };
    const context = { roomName, address: address.value, config: config.value, storage, ...stores };
    const flushNow = () => room.flush(Date.now()).ok;
    const saver = new DocumentSaver(context, { room, flushNow });
    const write = (update: Uint8Array): void => {
      const submitted = room.submit(update, { user: "alice", maxBytes: DEFAULT_LIMITS.documentBytes });
      if (!submitted.ok || submitted.value.kind !== "accepted") throw new Error("not accepted");
      flushNow();
    };
    const shrinkIfDue = async (): Promise<boolean> => {
      const partsBytes = storage.parts.info()?.bytes ?? 0;
      if (compactionUrgency(storage.log.stats(), partsBytes, config.value) !== "now") return false;
      await saver.shrinkTail();
      return true;
    };
    await body({ storage, room, saver, context, write, shrinkIfDue });
  });
}

/** A document of about so many MB that is typed on by one person. */
export class LongDocument {
  readonly doc = new Y.Doc();
  readonly #text = this.doc.getText("text");

  constructor(megabytes: number) {
    const paragraph = "All work and no play makes Jack a dull boy. ".repeat(240);
    this.doc.transact(() => {
      for (let bytes = 0; bytes < megabytes * 1024 * 1024; bytes += paragraph.length) {
        // Never at the end, so that it stays a struct of its own.
        this.#text.insert(Math.floor(this.#text.length / 2), paragraph);
      }
    });
  }

  whole(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc);
  }

  /** Types at the end, or anywhere when `at` says so; returns the update. */
  type(text: string, at = this.#text.length): Uint8Array {
    const updates: Uint8Array[] = [];
    const collect = (update: Uint8Array): void => void updates.push(update);
    this.doc.on("update", collect);
    this.#text.insert(at, text);
    this.doc.off("update", collect);
    const [update] = updates;
    if (update === undefined) throw new Error("an edit makes an update");
    return update;
  }
}

export async function keysOf(id: string): Promise<readonly string[]> {
  const { objects } = await env.SNAPSHOTS.list({ prefix: `projects/default/documents/${id}/` });
  return objects.map(({ key }) => key.slice(`projects/default/documents/${id}/`.length));
}

/** Every row that history has, in order. */
export async function historyOf({ snapshots, address }: CompactionContext): Promise<readonly LogRow[]> {
  const listed = await snapshots.listHistory(address, null);
  if (!listed.ok) throw new Error(listed.error.reason);
  const rows: LogRow[] = [];
  for (const { key } of listed.value.segments) {
    const read = await snapshots.readHistory(key);
    const decoded = read.ok && read.value !== null ? decodeHistory(read.value) : undefined;
    if (decoded?.ok !== true) throw new Error(`${key} is unreadable`);
    rows.push(...decoded.value);
  }
  return rows;
}
