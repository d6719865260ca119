/**
 * What a project's back end does to a document while others are in it, in closed mode.
 * @module
 */
import { expect } from "vitest";
import * as Y from "yjs";
import { ask } from "./access-world.ts";

export async function administer(secretKey: string, id: string, what: "kick" | "lock", body: object): Promise<void> {
  const response = await ask(`/v1/rooms/document/${id}/${what}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${secretKey}`, "content-type": "application/json" },
  });
  expect(response.status).toBe(200);
}

export async function writeAsServer(secretKey: string, id: string, text: string): Promise<void> {
  const response = await ask(`/v1/documents/${id}/updates`, {
    method: "POST",
    body: typed(text),
    headers: { authorization: `Bearer ${secretKey}`, "content-type": "application/octet-stream" },
  });
  expect(response.status).toBe(200);
}

export async function textOf(secretKey: string, id: string): Promise<string> {
  const headers = { authorization: `Bearer ${secretKey}` };
  return await (await ask(`/v1/documents/${id}/content?format=text`, { headers })).text();
}

export function typed(text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.getText("notes").insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}
