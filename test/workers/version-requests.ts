/**
 * Requests about versions, as a back end makes them.
 * @module
 */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import * as Y from "yjs";
import type { ListedVersion } from "../../src/storage/d1/versions.ts";
import { postUpdate, readJson, send } from "./router-requests.ts";

export type Listed = { readonly versions: readonly ListedVersion[]; readonly cursor: string | null };

const JSON_TYPE = { "content-type": "application/json" };

export const pathOf = (id: string, rest = ""): string => `/v1/documents/${encodeURIComponent(id)}${rest}`;

export async function post(path: string, body?: object): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_TYPE };
  return await send(path, { method: "POST", ...sent });
}

export async function patch(path: string, body: object): Promise<Response> {
  return await send(path, { method: "PATCH", body: JSON.stringify(body), headers: JSON_TYPE });
}

/** Makes a version and returns its entry. */
export async function keep(id: string, name: string, user = "alice"): Promise<ListedVersion> {
  const response = await post(pathOf(id, `/versions?user=${user}`), { name });
  expect(response.status).toBe(201);
  return await readJson<ListedVersion>(response);
}

export async function list(id: string, query = ""): Promise<Listed> {
  return await readJson<Listed>(await send(pathOf(id, `/versions${query}`)));
}

/** Somebody's own copy, which sends what it types. */
export class Writer {
  readonly doc = new Y.Doc();
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  /** Types at the end of the root text `notes`. */
  async type(text: string): Promise<void> {
    await this.edit((doc) => doc.getText("notes").insert(doc.getText("notes").length, text));
  }

  async edit(change: (doc: Y.Doc) => void): Promise<void> {
    const before = Y.encodeStateVector(this.doc);
    this.doc.transact(() => change(this.doc));
    const response = await postUpdate(this.#id, Y.encodeStateAsUpdate(this.doc, before));
    expect(response.status).toBe(200);
  }

  /** What the server has comes in; what it lacks goes out. */
  async sync(): Promise<void> {
    const answer = await send(pathOf(this.#id, "/content"));
    Y.applyUpdate(this.doc, new Uint8Array(await answer.arrayBuffer()));
    await postUpdate(this.#id, Y.encodeStateAsUpdate(this.doc));
  }

  get text(): string {
    return this.doc.getText("notes").toString();
  }
}

export async function textOf(id: string): Promise<string> {
  return await (await send(pathOf(id, "/content?format=text"))).text();
}

/** Keys below a document's prefix. */
export async function keysOf(id: string): Promise<readonly string[]> {
  const prefix = `projects/default/documents/${encodeURIComponent(id)}/`;
  const { objects } = await env.SNAPSHOTS.list({ prefix });
  return objects.map(({ key }) => key.slice(prefix.length));
}
