/**
 * Requests to the REST API, read with care: what comes over the wire is checked, never assumed.
 * @module
 */
import { type Result, err, ok } from "../../src/protocol/result.ts";
import { fieldOf } from "./browser-storage.ts";

/** `problem` is the server's own answer (RFC 9457), `unreachable` is none. */
export type ApiError =
  | { readonly tag: "problem"; readonly status: number; readonly title: string; readonly detail: string }
  | { readonly tag: "unreachable" };

/** The answer, where it is a good one. Rejects only when the signal of `init` aborts. */
export async function send(address: string, init: RequestInit = {}): Promise<Result<Response, ApiError>> {
  let response: Response;
  try {
    response = await fetch(address, {
      ...init,
      headers: { accept: "application/json, application/problem+json", ...jsonType(init.body) },
    });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    return err({ tag: "unreachable" });
  }
  if (response.ok) return ok(response);
  return err(problemOf(response.status, await readJson(response)));
}

/** The body of the answer as JSON, read by `read`; what that gives undefined for makes no sense here. */
export async function ask<T>(
  address: string,
  init: RequestInit,
  read: (body: unknown) => T | undefined,
): Promise<Result<T, ApiError>> {
  const answer = await send(address, init);
  if (!answer.ok) return answer;
  const value = read(await readJson(answer.value));
  return value === undefined ? err(unreadable(answer.value.status)) : ok(value);
}

/** One sentence about `error` for the person at the page. */
export function errorWords(error: ApiError): string {
  if (error.tag === "unreachable") return "The server cannot be reached. Check the connection and try again.";
  return error.detail === "" ? `${error.title} (${error.status})` : error.detail;
}

/** What a refusal's body says. */
export function problemOf(status: number, body: unknown): ApiError {
  const title = textOf(fieldOf(body, "title"));
  return {
    tag: "problem",
    status,
    title: title === "" ? "The server refused" : title,
    detail: textOf(fieldOf(body, "detail")),
  };
}

export function unreadable(status: number): ApiError {
  return { tag: "problem", status, title: "The server's answer makes no sense here", detail: "" };
}

/** Undefined where there is none. */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** The strings of a list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function jsonType(body: RequestInit["body"]): Readonly<Record<string, string>> {
  return typeof body === "string" ? { "content-type": "application/json" } : {};
}
