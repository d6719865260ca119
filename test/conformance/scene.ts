/**
 * One cell of the matrix while it runs: its document, its clients and ways to wait for what they say.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import * as Y from "yjs";
import type { Scope } from "../../src/auth/grants.ts";
import { type Project, ask, tokenFor } from "../support/closed-server.ts";
import type { TestServer } from "../support/server.ts";
import { contentOf } from "./content.ts";
import { families as roostFamilies } from "./families/roost.ts";
import type { StockClient, StockFamily, StockOptions } from "./stock-client.ts";

/** What a person would call at once, on a machine that does a hundred such things at the same time. */
export const PROMPT_MS = 30_000;
const POLL_MS = 10;

/** A server, and what opens it: a project where it is closed. */
export type Place = { readonly server: TestServer; readonly project?: Project };

export type ClientOptions = Partial<Pick<StockOptions, "id" | "doc" | "token" | "shared">>;

export class Scene {
  readonly family: StockFamily;
  readonly place: Place;
  /** Of the cell's document; no other cell has it. */
  readonly id: string;
  readonly #clients = new Set<StockClient>();

  constructor(family: StockFamily, place: Place, id: string) {
    this.family = family;
    this.place = place;
    this.id = id;
  }

  /** A client of the family that is looked at, or of another, on a document of its own. `end` takes it away. */
  open(options: ClientOptions = {}, family = this.family): StockClient {
    const client = family.open({ wsUrl: this.place.server.wsUrl, id: this.id, doc: new Y.Doc(), ...options });
    this.#clients.add(client);
    return client;
  }

  /** The same, once it says that it is in sync. */
  async join(options: ClientOptions = {}, family = this.family): Promise<StockClient> {
    const client = this.open(options, family);
    await until(`${family.label} is in sync`, () => client.isSynced());
    return client;
  }

  /** Somebody with Roost's own client. */
  async joinRoost(options: ClientOptions = {}): Promise<StockClient> {
    const [roost] = roostFamilies;
    if (roost === undefined) throw new Error("Roost's own client is missing");
    return await this.join(options, roost);
  }

  leave(client: StockClient): void {
    this.#clients.delete(client);
    end(client);
  }

  end(): void {
    for (const client of this.#clients) end(client);
    this.#clients.clear();
  }

  /** A token of the cell's project for the cell's document alone. `endsInMs` as in `tokenFor`. */
  async token(user: string, scopes: readonly Scope[], claims: { readonly endsInMs?: number } = {}): Promise<string> {
    const { project } = this.place;
    if (project === undefined) throw new Error("an open server knows no tokens");
    return await tokenFor(project, user, { name: user, ...claims, rooms: { [`document:${this.id}`]: scopes } });
  }

  async #request(path: string, init: Parameters<typeof ask>[3] = {}): ReturnType<typeof ask> {
    const credential = this.place.project?.secretKey ?? "";
    return await ask(this.place.server, credential, `/v1/documents/${encodeURIComponent(this.id)}${path}`, init);
  }

  /** Puts an update into the document as a back end would; it is durable when this resolves. */
  async seed(update: Uint8Array): Promise<void> {
    const { status, text } = await this.#request("/updates", { body: update });
    if (status !== 200) throw new Error(`seeding was answered ${status} ${text}`);
  }

  /** Puts this text into the document. */
  async seedText(text: string): Promise<void> {
    const doc = new Y.Doc();
    doc.getText("text").insert(0, text);
    await this.seed(Y.encodeStateAsUpdate(doc));
  }

  async erase(): Promise<void> {
    const { status, text } = await this.#request("", { method: "DELETE" });
    if (status !== 204) throw new Error(`the deletion was answered ${status} ${text}`);
  }

  /** What the server answers to whoever asks for the content. */
  async contentStatus(): Promise<number> {
    return (await this.#request("/content?format=text")).status;
  }

  /** What the server holds, by its HTTP API. */
  async stored(): Promise<Y.Doc> {
    const { server, project } = this.place;
    const address = `${server.url}/v1/documents/${encodeURIComponent(this.id)}/content?format=update`;
    const response = await fetch(address, {
      headers: project === undefined ? {} : { authorization: `Bearer ${project.secretKey}` },
      signal: AbortSignal.timeout(PROMPT_MS),
    });
    if (!response.ok) throw new Error(`the content was answered ${response.status} ${await response.text()}`);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, new Uint8Array(await response.arrayBuffer()));
    return doc;
  }

  async storedText(): Promise<string> {
    return (await this.stored()).getText("text").toString();
  }

  /** Resolves once these clients and the server hold the same, to the last deletion. Fails with the differences. */
  async sameEverywhere(clients: readonly StockClient[], withinMs = PROMPT_MS): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const [stored, ...replicas] = [await this.stored(), ...clients.map(({ doc }) => doc)].map(contentOf);
      if (replicas.every((replica) => JSON.stringify(replica) === JSON.stringify(stored))) return;
      if (performance.now() > deadline) return expect(replicas).toEqual(replicas.map(() => stored));
      await delay(50);
    }
  }

  /** Resolves once the client says that all is saved; at once in families that never say. */
  async whenClean(client: StockClient, withinMs = PROMPT_MS): Promise<void> {
    await until("it says that all is saved", () => client.isClean() !== false, withinMs);
  }
}

function end(client: StockClient): void {
  client.destroy();
  client.doc.destroy();
}

/** Sockets that it had reason to open: not those that came for one that it gave up, as the machine stood still. */
export function openedOf({ opened, gaveUp }: StockClient): number {
  return opened() - (gaveUp?.() ?? 0);
}

/** Resolves with the ms it took; rejects naming `what` was waited for. */
export async function until(what: string, isTrue: () => boolean, withinMs = PROMPT_MS): Promise<number> {
  const startMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(POLL_MS);
  }
  return performance.now() - startMs;
}

/** Resolves after `forMs` in which it was true whenever it was looked at. */
export async function stays(what: string, isTrue: () => boolean, forMs: number): Promise<void> {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    if (!isTrue()) throw new Error(`no longer so: ${what}`);
    await delay(POLL_MS);
  }
}
