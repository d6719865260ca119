/**
 * A closed server as its operator and a project's back end use it, inside the runtime.
 * @module
 */
import { env } from "cloudflare:workers";
import type { Scope } from "../../src/auth/grants.ts";
import { readJson, sendWith } from "./router-requests.ts";

export const OPERATOR = "operator-".repeat(4);

/** A deployment with two master secrets, newest first. */
export const CLOSED = {
  ROOST_OPEN: "0",
  ROOST_SECRETS: `two:${"2".repeat(40)},one:${"1".repeat(40)}`,
  ROOST_OPERATOR_SECRET: OPERATOR,
};

export type Keys = { readonly secretKey: string; readonly publishableKey: string };

type Body = Readonly<Record<string, unknown>>;
type Asked = { readonly method?: string; readonly body?: Body; readonly variables?: object };

/** A request with a bearer credential; a body makes it a POST. */
export async function ask(
  credential: string,
  path: string,
  { method, body, variables }: Asked = {},
): Promise<Response> {
  return await sendWith({ ...CLOSED, ...variables }, path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export const asOperator = async (path: string, asked: Asked = {}) => await ask(OPERATOR, path, asked);

/** A new project; throws what the server says otherwise. */
export async function createProject(id: string, settings: Body = {}): Promise<Keys> {
  const response = await asOperator("/v1/projects", { body: { id, ...settings } });
  if (response.status !== 201) throw new Error(await response.text());
  return await readJson<Keys>(response);
}

export async function mint(
  { secretKey }: Keys,
  user: string,
  rooms: Readonly<Record<string, readonly Scope[]>> = { "*": ["read", "write", "presence"] },
): Promise<string> {
  const response = await ask(secretKey, "/v1/tokens", { body: { user, rooms } });
  if (response.status !== 201) throw new Error(await response.text());
  return (await readJson<{ token: string }>(response)).token;
}

/** The same database seen through another object: what an isolate keeps beside it starts anew. */
export function otherIsolate(): { readonly DB: D1Database } {
  return { DB: viaProxy(env.DB) };
}

/** The database, until `isDown` says that it is gone. */
export function fallibleIsolate(isDown: () => boolean): { readonly DB: D1Database } {
  return {
    DB: viaProxy(env.DB, () => {
      if (isDown()) throw new Error("D1 is down");
    }),
  };
}

function viaProxy<T extends object>(target: T, onUse: () => void = () => undefined): T {
  return new Proxy(target, {
    get: (of, property) => {
      onUse();
      const value: unknown = Reflect.get(of, property);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
}
