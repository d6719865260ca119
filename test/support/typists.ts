/**
 * Clients that type through real sockets and keep book of what anyone saw: the promise P1 is checked against their books.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { DocumentProvider } from "../../client/index.ts";
import type { TestServer } from "./server.ts";

/** A mark in the document: who wrote it, and the how manieth of theirs. */
export type Mark = `${string}:${number}`;

export type Typist = {
  readonly name: string;
  readonly doc: Y.Doc;
  /** Marks of others that arrived here. */
  readonly seen: ReadonlySet<Mark>;
  /** Own marks whose row the server has acknowledged; empty for families without acks. */
  readonly acked: ReadonlySet<Mark>;
  readonly type: () => void;
  readonly whenSynced: Promise<void>;
  readonly leave: () => void;
};

const MARKS = "marks";
const TEXT = "text";

export function marksOf(doc: Y.Doc): Y.Array<Mark> {
  return doc.getArray<Mark>(MARKS);
}

export function textOf(doc: Y.Doc): Y.Text {
  return doc.getText(TEXT);
}

/** Types through Roost's own client. */
export function roostTypist(server: TestServer, id: string, name: string): Typist {
  const doc = new Y.Doc();
  const acked = new Set<Mark>();
  const provider = new DocumentProvider({ url: server.url, id, doc, WebSocket, user: name });
  const written: Mark[] = [];
  provider.on("save-state", (state) => {
    if (state === "saved") for (const mark of written) acked.add(mark);
  });
  return {
    name,
    doc,
    seen: watch(doc, provider),
    acked,
    type: () => written.push(typeOnce(doc, name, written.length)),
    whenSynced: provider.whenSynced,
    leave: () => provider.destroy(),
  };
}

/** Types through stock y-websocket. */
export function stockTypist(server: TestServer, id: string, name: string): Typist {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${server.wsUrl}/yjs`, id, doc, { disableBc: true, params: { user: name } });
  let count = 0;
  return {
    name,
    doc,
    seen: watch(doc, provider),
    acked: new Set(),
    type: () => void typeOnce(doc, name, count++),
    whenSynced: new Promise((resolve) => provider.once("sync", () => resolve())),
    leave: () => {
      provider.destroy();
      doc.destroy();
    },
  };
}

/** Everything a fresh client gets from the server. Throws when it does not sync in time. */
export async function readFresh(server: TestServer, id: string, withinMs = 25_000): Promise<Y.Doc> {
  const doc = new Y.Doc();
  const provider = new DocumentProvider({ url: server.url, id, doc, WebSocket });
  const late = delay(withinMs, undefined, { ref: false }).then(() => {
    throw new Error(`a fresh client of ${id} did not sync in ${withinMs} ms`);
  });
  try {
    await Promise.race([provider.whenSynced, late]);
  } finally {
    provider.destroy();
  }
  return doc;
}

function typeOnce(doc: Y.Doc, name: string, count: number): Mark {
  const mark: Mark = `${name}:${count}`;
  doc.transact(() => {
    marksOf(doc).push([mark]);
    const text = textOf(doc);
    text.insert(text.length, `${mark} `);
    // Deletions too, so that compaction has something to collect.
    if (count % 5 === 4) text.delete(0, Math.min(text.length, 6));
  });
  return mark;
}

function watch(doc: Y.Doc, remoteOrigin: unknown): ReadonlySet<Mark> {
  const seen = new Set<Mark>();
  marksOf(doc).observe((event, transaction) => {
    if (transaction.origin !== remoteOrigin) return;
    for (const part of event.changes.delta) {
      if (Array.isArray(part.insert)) for (const mark of part.insert) seen.add(mark);
    }
  });
  return seen;
}
