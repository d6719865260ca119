/**
 * What Y-Sweet's SDK and clients ask of a closed server.
 * @module
 */
import { expect } from "vitest";
import * as Y from "yjs";
import { type World, ask, makeWorld } from "./access-world.ts";
import { failureOf, readJson } from "./router-requests.ts";
import { stockAnswer } from "./stock-answer.ts";

export type ClientToken = {
  readonly url: string;
  readonly baseUrl: string;
  readonly docId: string;
  readonly token: string;
  readonly authorization: string;
};

export const world: World = await makeWorld();

export async function post(path: string, body: unknown, credential = world.keys.secretKey): Promise<Response> {
  const isUpdate = body instanceof Uint8Array;
  const headers = {
    authorization: `Bearer ${credential}`,
    "content-type": isUpdate ? "application/octet-stream" : "application/json",
  };
  return await ask(path, { method: "POST", body: isUpdate ? body : JSON.stringify(body), headers });
}

export async function get(path: string, credential: string): Promise<Response> {
  return await ask(path, { headers: { authorization: `Bearer ${credential}` } });
}

/** A document and a token for it. */
export async function tokenFor(docId: string, asked: object = {}, credential?: string): Promise<ClientToken> {
  expect((await post("/doc/new", { docId })).status).toBe(200);
  const response = await post(`/doc/${docId}/auth`, asked, credential);
  expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
  return await readJson<ClientToken>(response);
}

/** A socket as the client opens it: the id behind the address in the token. */
export async function connect({ url, docId, token }: ClientToken): Promise<string> {
  const path = `${new URL(url).pathname}/${docId}?token=${token}`;
  const response = await ask(path, { headers: { upgrade: "websocket" } });
  return response.webSocket === null ? await failureOf(response) : await stockAnswer(response.webSocket);
}

export async function textOf(response: Response): Promise<string> {
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  const doc = new Y.Doc();
  Y.applyUpdate(doc, new Uint8Array(await response.arrayBuffer()));
  return doc.getText("notes").toString();
}
