/**
 * Requests to the Worker as a client makes them, inside the runtime.
 * @module
 */
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import * as Y from "yjs";
import worker from "../../src/index.ts";

const ORIGIN = "http://roost.test";

export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  return await exports.default.fetch(new Request(`${ORIGIN}${path}`, init));
}

/** With other bindings or variables than the runtime's. */
export async function sendWith(variables: object, path: string, init: RequestInit = {}): Promise<Response> {
  return await worker.fetch(new Request(`${ORIGIN}${path}`, init), { ...env, ...variables }, createExecutionContext());
}

export async function readJson<T>(response: Response): Promise<T> {
  expect(response.headers.get("content-type")).toMatch(/json/);
  return await response.json<T>();
}

type Problem = { readonly type: string; readonly title: string; readonly status: number; readonly detail?: string };

/** The body of a failure, checked for its shape (RT2). */
export async function readProblem(response: Response): Promise<Problem & { readonly stateVector?: string }> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("x-request-id")).toMatch(/./);
  const text = await response.text();
  expect(text).not.toMatch(/stack|\.ts:|at async/);
  const problem = JSON.parse(text) as Problem;
  expect(problem).toMatchObject({ status: response.status, title: expect.stringMatching(/./) });
  return problem;
}

/** `404 not-found`: status and kind in one. */
export async function failureOf(response: Response): Promise<string> {
  const { status, type } = await readProblem(response);
  expect(type).toMatch(/^urn:roost:problem:/);
  return `${status} ${type.replace("urn:roost:problem:", "")}`;
}

export async function postUpdate(id: string, update: Uint8Array, type = "application/octet-stream"): Promise<Response> {
  const path = `/v1/documents/${encodeURIComponent(id)}/updates?user=alice`;
  return await send(path, { method: "POST", body: update, headers: { "content-type": type } });
}

/** A document whose text `notes` says `text`, as one update. */
export function writeText(text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.getText("notes").insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

export async function openSocket(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await send(path, { headers: { upgrade: "websocket", ...headers } });
  response.webSocket?.accept();
  return response;
}
