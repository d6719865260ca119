/**
 * A history segment: log rows as they were, with senders and times, as they go to R2 before compaction deletes them. Rules HR1 and HR2.
 * `varUint(1) • varUint(rows) • rows × (varUint(firstSeq) varUint(seq) varUint(atMs) varUint(updates) • updates × (string(user) bytes(update)))`
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { readBytes, readText } from "../protocol/bounded.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { LogRow, StampedUpdate } from "./ports.ts";

const FORMAT = 1;

export type BadHistory = { readonly tag: "bad-history"; readonly reason: string };

/** The bytes of one segment. Every update is copied once: a segment may be a paste of 16 MB. */
export function encodeHistory(rows: readonly LogRow[]): Uint8Array {
  const chunks: Uint8Array[] = [varUints(FORMAT, rows.length)];
  for (const row of rows) {
    chunks.push(varUints(row.firstSeq, row.seq, row.atMs, row.updates.length));
    for (const { user, update } of row.updates) chunks.push(senderAndLength(user, update.length), update);
  }
  const segment = new Uint8Array(chunks.reduce((bytes, chunk) => bytes + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    segment.set(chunk, at);
    at += chunk.length;
  }
  return segment;
}

function varUints(...values: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const value of values) encoding.writeVarUint(encoder, value);
  return encoding.toUint8Array(encoder);
}

function senderAndLength(user: string, bytes: number): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, user);
  encoding.writeVarUint(encoder, bytes);
  return encoding.toUint8Array(encoder);
}

/** The rows of a segment, in order. */
export function decodeHistory(bytes: Uint8Array): Result<readonly LogRow[], BadHistory> {
  const decoder = decoding.createDecoder(bytes);
  try {
    if (decoding.readVarUint(decoder) !== FORMAT) return err({ tag: "bad-history", reason: "unknown format" });
    const rows: LogRow[] = [];
    const count = decoding.readVarUint(decoder);
    while (rows.length < count) rows.push(readRow(decoder));
    if (decoding.hasContent(decoder)) return err({ tag: "bad-history", reason: "bytes after the last row" });
    return ok(rows);
  } catch (error) {
    return err({ tag: "bad-history", reason: error instanceof Error ? error.message : "unreadable" });
  }
}

function readRow(decoder: decoding.Decoder): LogRow {
  const firstSeq = decoding.readVarUint(decoder);
  const seq = decoding.readVarUint(decoder);
  const atMs = decoding.readVarUint(decoder);
  const count = decoding.readVarUint(decoder);
  const updates: StampedUpdate[] = [];
  while (updates.length < count) updates.push({ user: readText(decoder), update: readBytes(decoder) });
  return { firstSeq, seq, atMs, updates };
}
