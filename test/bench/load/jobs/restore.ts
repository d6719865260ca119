/**
 * A paper that people open, restored to its middle, and edited by as many bytes in one go.
 * @module
 */
import * as Y from "yjs";
import { applyTransaction, readTrace } from "../../../support/trace.ts";
import { type LoadAddress, LoadClient } from "../load-client.ts";

export type RestoreParams = {
  readonly address: LoadAddress;
  readonly clients: number;
  /** Of the trace, all of them when Infinity. */
  readonly transactions: number;
};

export type RestoreResult = {
  /** From the request to the moment the last of them has the middle in their document. */
  readonly restoredMs: number;
  /** To the last frame: what is left of it is the clients' own work. */
  readonly framesMs: number;
  readonly answeredMs: number;
  /** Until all of them had opened the paper, before. */
  readonly openedMs: number;
  /** As `restoredMs`, for an edit of one of them with as many bytes. */
  readonly plainMs: number;
  readonly updateBytes: number;
};

const ROOT = "paper";
/** Transactions in one update, as if somebody pasted. */
const PIECE = 20_000;
const WAIT_MS = 60_000;

export async function restore({ address, clients, transactions }: RestoreParams): Promise<RestoreResult> {
  const { version, text } = await writePaper(address, transactions);
  const openingMs = performance.now();
  const people = await Promise.all(Array.from({ length: clients }, async () => await Person.join(address)));
  const openedMs = performance.now() - openingMs;
  const restored = timeOf(people);
  const path = `${documentUrl(address)}/versions/${version}/restore?user=editor`;
  await post(path);
  const answeredMs = restored.sinceMs();
  const { appliedMs, cameMs } = await restored.whenAll((person) => person.text === text);
  const updateBytes = Math.max(...people.map(({ last }) => last.bytes));

  const plain = timeOf(people);
  const insert = "x".repeat(updateBytes);
  people[0]?.write(insert);
  const { appliedMs: plainMs } = await plain.whenAll((person) => person.text.length === text.length + insert.length);
  await Promise.all(people.map(async ({ client }) => await client.leave()));
  return { restoredMs: appliedMs, framesMs: cameMs, answeredMs, openedMs, plainMs, updateBytes };
}

/** Returns the version of its middle, and its text there. */
async function writePaper(address: LoadAddress, transactions: number): Promise<{ version: string; text: string }> {
  const txns = readTrace("automerge-paper").txns.slice(0, transactions);
  const author = new Y.Doc();
  const text = author.getText(ROOT);
  let middle: { version: string; text: string } | undefined;
  for (let at = 0; at < txns.length; at += PIECE) {
    const before = Y.encodeStateVector(author);
    author.transact(() => {
      for (const { patches } of txns.slice(at, at + PIECE)) applyTransaction(text, patches);
    });
    const body = Buffer.from(Y.encodeStateAsUpdate(author, before));
    await post(`${documentUrl(address)}/updates?user=author`, body, "application/octet-stream");
    if (middle !== undefined || at + PIECE < txns.length / 2) continue;
    const name = JSON.stringify({ name: "Middle" });
    const kept = await post(`${documentUrl(address)}/versions?user=author`, name, "application/json");
    const { version } = (await kept.json()) as { version: string };
    middle = { version, text: text.toString() };
  }
  if (middle === undefined) throw new Error("the trace has a middle");
  return middle;
}

function documentUrl({ url, documentId }: LoadAddress): string {
  return `${new URL(url).origin.replace("ws", "http")}/v1/documents/${encodeURIComponent(documentId)}`;
}

async function post(url: string, body = Buffer.alloc(0) as BodyInit, type = "application/json"): Promise<Response> {
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": type } });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

type Taken = { readonly bytes: number; readonly cameMs: number; readonly appliedMs: number };

/** Applies what comes when it comes. */
class Person {
  readonly doc = new Y.Doc();
  client: LoadClient;
  last: Taken = { bytes: 0, cameMs: 0, appliedMs: 0 };

  constructor(address: LoadAddress) {
    this.client = new LoadClient(address, {
      onHeard: (heard) => {
        if (heard.type !== "update") return;
        const cameMs = performance.now();
        Y.applyUpdate(this.doc, heard.update, "server");
        this.last = { bytes: heard.update.length, cameMs, appliedMs: performance.now() };
      },
    });
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "server") this.client.sendUpdate(update);
    });
  }

  static async join(address: LoadAddress): Promise<Person> {
    const person = new Person(address);
    await person.client.whenSynced();
    return person;
  }

  get text(): string {
    return this.doc.getText(ROOT).toString();
  }

  write(text: string): void {
    this.doc.getText(ROOT).insert(0, text);
  }
}

/** From now on. */
function timeOf(people: readonly Person[]) {
  const startedMs = performance.now();
  const sinceMs = (): number => performance.now() - startedMs;
  return {
    sinceMs,
    whenAll: async (isThere: (person: Person) => boolean) => {
      while (!people.every(isThere)) {
        if (sinceMs() > WAIT_MS) throw new Error("not everybody had it in a minute");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const latest = (time: (taken: Taken) => number) => Math.max(...people.map(({ last }) => time(last))) - startedMs;
      return { appliedMs: latest(({ appliedMs }) => appliedMs), cameMs: latest(({ cameMs }) => cameMs) };
    },
  };
}
