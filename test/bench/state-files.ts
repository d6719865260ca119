/**
 * What a server keeps of its documents on disk.
 * @module
 */
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Of an object in the local runtime: its database and its write-ahead log. */
const DATABASE = /^[0-9a-f]{64}\.sqlite$/;
const WRITE_AHEAD_LOG = /^[0-9a-f]{64}\.sqlite-wal$/;
const OBJECTS = /[\\/]do[\\/][^\\/]+$/;

export type StateBytes = {
  /** Databases of the objects; every file of a server that is no Worker. */
  readonly database: number;
  /** The same with what is not moved into the database yet. */
  readonly total: number;
};

/** Bytes of all documents under a target's state folder. */
export async function stateBytes(stateDir: string): Promise<StateBytes> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const objects = files.filter(({ parentPath }) => OBJECTS.test(parentPath));
  const sizeOf = async (name: RegExp): Promise<number> => {
    const sizes = await Promise.all(objects.filter((file) => name.test(file.name)).map(fileBytes));
    return sum(sizes);
  };
  if (objects.length > 0) {
    const database = await sizeOf(DATABASE);
    return { database, total: database + (await sizeOf(WRITE_AHEAD_LOG)) };
  }
  const total = sum(await Promise.all(files.map(fileBytes)));
  return { database: total, total };
}

/** The most there was while `work` ran, looked at every `everyMs`. */
export async function peakStateBytes<T>(
  stateDir: string,
  everyMs: number,
  work: Promise<T>,
): Promise<{ readonly done: T; readonly peak: StateBytes }> {
  let peak = await stateBytes(stateDir);
  const end = new AbortController();
  const ended = work.finally(() => end.abort());
  while (!end.signal.aborted) {
    const now = await stateBytes(stateDir);
    peak = { database: Math.max(peak.database, now.database), total: Math.max(peak.total, now.total) };
    // Cut short by the end of the work.
    await pause(everyMs, undefined, { signal: end.signal }).catch(() => undefined);
  }
  return { done: await ended, peak };
}

/** Resolves with what there is when no file has been written for `quietMs`. */
export async function settledStateBytes(stateDir: string, quietMs: number, withinMs: number): Promise<StateBytes> {
  const deadline = performance.now() + withinMs;
  // A log that is written over from its beginning keeps its size.
  while (Date.now() - (await lastWriteMs(stateDir)) < quietMs) {
    if (performance.now() > deadline) throw new Error(`still writing after ${withinMs} ms`);
    await pause(SETTLE_POLL_MS);
  }
  return await stateBytes(stateDir);
}

const SETTLE_POLL_MS = 500;

async function lastWriteMs(stateDir: string): Promise<number> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const stats = await Promise.all(entries.map(({ parentPath, name }) => statOf(join(parentPath, name))));
  return Math.max(0, ...stats.map((found) => found?.mtimeMs ?? 0));
}

async function fileBytes({
  parentPath,
  name,
}: {
  readonly parentPath: string;
  readonly name: string;
}): Promise<number> {
  return (await statOf(join(parentPath, name)))?.size ?? 0;
}

/** Undefined for what is gone: a write-ahead log goes when its database is closed. */
async function statOf(path: string): Promise<Stats | undefined> {
  return await stat(path).catch(() => undefined);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
