/**
 * A server that is open to nobody, its operator, its projects and the people they let in.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { Scope } from "../../src/auth/grants.ts";
import { type MintClaims, mintToken } from "../../src/auth/mint-token.ts";
import { type ServerOptions, type TestServer, startServer } from "./server.ts";

export type ClosedServer = TestServer & { readonly operatorSecret: string };

export type ClosedServerOptions = ServerOptions & {
  /** `id:secret` pairs, newest first; a random one when absent. */
  readonly secrets?: readonly string[];
  readonly operatorSecret?: string;
};

/** Keys of a project, as its operator gets them. */
export type Keys = { readonly secretKey: string; readonly publishableKey: string };
export type Project = Keys & { readonly id: string };

export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

const REQUEST_MS = 20_000;
const MINT_SECONDS = 3_600;
export const ALL_SCOPES: readonly Scope[] = ["read", "write", "presence", "history", "admin"];

/** As `ROOST_SECRETS` and `ROOST_OPERATOR_SECRET` have to be. */
export function makeSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Resolves when it answers. Closed: without a key or a token nobody is let in. */
export async function startClosedServer(options: ClosedServerOptions = {}): Promise<ClosedServer> {
  const { secrets = [`m1:${makeSecret()}`], operatorSecret = makeSecret(), vars, ...rest } = options;
  const closed = {
    ROOST_OPEN: undefined,
    ROOST_SECRETS: secrets.join(","),
    ROOST_OPERATOR_SECRET: operatorSecret,
  };
  const server = await startServer({ ...rest, vars: { ...closed, ...vars } });
  return { ...server, operatorSecret };
}

/** One request with `credential` in its header; none when empty. */
export async function ask(
  { url }: Pick<TestServer, "url">,
  credential: string,
  path: string,
  init: { readonly method?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { method = init.body === undefined ? "GET" : "POST", body } = init;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(credential !== "" && { authorization: `Bearer ${credential}` }),
      ...(body !== undefined && !(body instanceof Uint8Array) && { "content-type": "application/json" }),
      ...(body instanceof Uint8Array && { "content-type": "application/octet-stream" }),
      ...init.headers,
    },
    ...(body !== undefined && { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The JSON of an answer that has to be good. */
export async function askJson<T>(...request: Parameters<typeof ask>): Promise<T> {
  const { status, text } = await ask(...request);
  if (status < 200 || status > 299) throw new Error(`${request[2]} was answered ${status} ${text}`);
  return JSON.parse(text) as T;
}

/** A new project; `settings` as `POST /v1/projects` takes them. */
export async function createProject(
  server: ClosedServer,
  id: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Project> {
  const keys = await askJson<Keys>(server, server.operatorSecret, "/v1/projects", { body: { id, ...settings } });
  return { id, secretKey: keys.secretKey, publishableKey: keys.publishableKey };
}

/** A token that the project's back end makes on its own: for every room and scope, and an hour, unless told otherwise. */
export async function tokenFor(
  { secretKey }: Pick<Keys, "secretKey">,
  user: string,
  { endsInMs = MINT_SECONDS * 1_000, ...claims }: Partial<MintClaims> & { readonly endsInMs?: number } = {},
): Promise<string> {
  // Made so long ago that it ends when it should: a token of no length cannot be minted.
  const nowMs = Date.now() + endsInMs - MINT_SECONDS * 1_000;
  const minted = await mintToken(
    secretKey,
    { rooms: { "*": ALL_SCOPES }, ...claims, user, expiresInSeconds: MINT_SECONDS },
    { nowMs },
  );
  if (!minted.ok) throw new Error(minted.error.reason);
  return minted.value.token;
}
