/**
 * Providers for tests, and ways to wait for what they do without sleeping.
 * @module
 */
import { vi } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import {
  type CloseInfo,
  type ConnectionStatus,
  DocumentProvider,
  type DocumentProviderOptions,
  type SaveStateName,
} from "../../client/index.ts";

/** Timers of the client, not those of Node's own network code. */
export const CLIENT_TIMERS = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "performance",
  "Date",
] as const;

/** For vi.waitUntil and its kin: their own second is too short for a network of a machine that stands still. */
export const PATIENT = { timeout: 20_000 } as const;

const providers = new Set<DocumentProvider>();

/** A provider in a page of its own: no tabs, no offline copy unless asked. `destroyProviders` ends it. */
export function openProvider(options: Partial<DocumentProviderOptions> & { readonly url: string }): DocumentProvider {
  const { doc = new Y.Doc(), ...rest } = options;
  const provider = new DocumentProvider({
    id: "team/notes",
    offline: false,
    broadcast: false,
    WebSocket,
    doc,
    ...rest,
  });
  providers.add(provider);
  return provider;
}

/** Ends every provider a test opened. */
export function destroyProviders(): void {
  for (const provider of providers) provider.destroy();
  providers.clear();
}

/** Resolves when the provider is in that state. */
export function whenStatus(provider: DocumentProvider, status: ConnectionStatus): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (provider.status !== status) return;
      stop();
      resolve();
    };
    const stop = provider.on("status", check);
    check();
  });
}

export function whenSaveState(provider: DocumentProvider, state: SaveStateName): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (provider.saveState !== state) return;
      stop();
      resolve();
    };
    const stop = provider.on("save-state", check);
    check();
  });
}

/** Resolves when an update of the document makes `isTrue` hold. */
export function whenDoc(doc: Y.Doc, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!isTrue()) return;
      doc.off("update", check);
      resolve();
    };
    doc.on("update", check);
    check();
  });
}

/** Resolves when an awareness update of the provider makes `isTrue` hold. */
export function whenPresence({ awareness }: DocumentProvider, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!isTrue()) return;
      awareness.off("update", check);
      resolve();
    };
    awareness.on("update", check);
    check();
  });
}

/** Moves the client's clock until `done`, in steps: timers run between real network events. Fails after `limitMs` of its time. */
export async function advanceUntil(done: Promise<unknown>, limitMs = 120_000, stepMs = 1): Promise<number> {
  let isDone = false;
  const settled = done.finally(() => {
    isDone = true;
  });
  let elapsedMs = 0;
  while (!isDone) {
    if (elapsedMs > limitMs) throw new Error(`nothing happened in ${limitMs} ms of the client's time`);
    await vi.advanceTimersByTimeAsync(stepMs);
    elapsedMs += stepMs;
    // Lets sockets move: setImmediate is not faked.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await settled;
  return elapsedMs;
}

export function textOf(doc: Y.Doc): string {
  return doc.getText("content").toString();
}

export function type(doc: Y.Doc, text: string): void {
  const content = doc.getText("content");
  content.insert(content.length, text);
}

/** The next close of a socket, or failed attempt. */
export function nextClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.once("closed", resolve);
  });
}

/** Lets the network and the client's timers of `ms` run, in one step. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Collects `kind: message` of every error from here on. */
export function errorsOf(provider: DocumentProvider): readonly string[] {
  const errors: string[] = [];
  provider.on("error", ({ kind, message }) => errors.push(`${kind}: ${message}`));
  return errors;
}

/** A token function that returns `t1`, `t2`, …, and how often it was asked. */
export function countedTokens(): { readonly token: () => string; readonly count: () => number } {
  let count = 0;
  return {
    count: () => count,
    token: () => {
      count += 1;
      return `t${count}`;
    },
  };
}
