/**
 * A paper, typed as it was written: each transaction an update of its own, at a steady pace, with somebody reading along.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { layoutOf } from "../../../../src/core/document/struct-reader.ts";
import { applyTransaction, readTrace } from "../../../support/trace.ts";
import { digestOf } from "../content.ts";
import { documentOf, fetchDocument } from "../fetch-document.ts";
import { type LoadAddress, LoadClient } from "../load-client.ts";
import type { Heard } from "../wire.ts";

export type TypingParams = {
  readonly address: LoadAddress;
  /** From the beginning of the trace; all of it when there are fewer. */
  readonly transactions: number;
  readonly updatesPerSecond: number;
};

export type TypingResult = {
  readonly updates: number;
  /** From the first one sent until the last one read. */
  readonly tookMs: number;
  /** Of the document in one V1 update, without garbage. */
  readonly stateBytes: number;
  readonly digest: string;
};

const TYPIST = 1_000;
const ROOT = "paper";
/** Typed last: transactions that only delete do not show in what a reader has. */
const END = "end";
const ROOTS = [ROOT, END];
/** Characters that the reader may be behind; the typist waits for a server that is slower. */
const MAX_BEHIND = 4_000;
const STALL_MS = 60_000;
const TICK_MS = 1;

type Typed = {
  readonly updates: readonly Uint8Array[];
  /** After each of them. */
  readonly clocks: readonly number[];
  readonly stateBytes: number;
  readonly digest: string;
};

/** Rejects unless the reader ends with the typist's document. */
export async function typing({ address, transactions, updatesPerSecond }: TypingParams): Promise<TypingResult> {
  const { updates, clocks, stateBytes, digest } = encodeTrace(transactions);
  const read: Uint8Array[] = [];
  let readClock = 0;
  const reader = await LoadClient.join(address, {
    onHeard: (heard) => {
      if (heard.type !== "update") return;
      read.push(heard.update);
      readClock = Math.max(readClock, clockIn(heard));
    },
  });
  const typist = await LoadClient.join(address);
  try {
    const lastClock = clocks.at(-1) ?? 0;
    const startMs = performance.now();
    let movedMs = startMs;
    let movedTo = 0;
    for (let sent = 0; readClock < lastClock;) {
      const dueMs = performance.now() - startMs;
      while (sent < updates.length && (sent * 1_000) / updatesPerSecond <= dueMs) {
        if ((clocks[sent] ?? 0) - readClock > MAX_BEHIND) break;
        typist.sendUpdate(updates[sent] ?? new Uint8Array());
        sent += 1;
      }
      if (movedTo !== readClock) [movedTo, movedMs] = [readClock, performance.now()];
      if (performance.now() - movedMs > STALL_MS) throw new Error(`the reader got to ${readClock} of ${lastClock}`);
      await pause(TICK_MS);
    }
    const tookMs = performance.now() - startMs;
    if (digestOf(documentOf(read), ROOTS) !== digest)
      throw new Error("the reader has another document than the typist");
    return { updates: updates.length, tookMs, stateBytes, digest };
  } finally {
    await Promise.all([reader.leave(), typist.leave()]);
  }
}

/** Digest of the paper that a client who comes with nothing gets from the server. */
export async function readPaper({ address }: { readonly address: LoadAddress }): Promise<string> {
  return digestOf(await fetchDocument(address), ROOTS);
}

function encodeTrace(transactions: number): Typed {
  const doc = new Y.Doc();
  doc.clientID = TYPIST;
  const text = doc.getText(ROOT);
  const updates: Uint8Array[] = [];
  const clocks: number[] = [];
  doc.on("update", (update: Uint8Array) => {
    updates.push(update);
    clocks.push(Y.getState(doc.store, TYPIST));
  });
  for (const { patches } of readTrace("automerge-paper").txns.slice(0, transactions)) {
    doc.transact(() => applyTransaction(text, patches));
  }
  doc.getText(END).insert(0, END);
  return { updates, clocks, stateBytes: Y.encodeStateAsUpdate(doc).length, digest: digestOf(doc, ROOTS) };
}

function clockIn(heard: Heard & { readonly type: "update" }): number {
  return layoutOf(heard.update).blocks.find(({ client }) => client === TYPIST)?.end ?? 0;
}
