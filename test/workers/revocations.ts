/**
 * Revoking, joining and rooms that answer as they are told, for tests.
 * @module
 */
import { env } from "cloudflare:workers";
import type { JoinedMessage } from "../../src/queue/messages.ts";
import { CLOSED, type Keys, ask } from "./project-requests.ts";
import { readJson, sendWith } from "./router-requests.ts";

type Revoked = { readonly untilMs: number | null; readonly closedSockets: number; readonly roomsLeft: number };

export const revoke = async (
  { secretKey }: Keys,
  user: string,
  body: Record<string, unknown>,
  variables: object = {},
) => await ask(secretKey, `/v1/users/${encodeURIComponent(user)}/revoke`, { body, variables });
export const revoked = async (...args: Parameters<typeof revoke>) => await readJson<Revoked>(await revoke(...args));

export const DAY = { forSeconds: 86_400 };

export function joinedOf(project: string, user: string, id: string, atMs = Date.now()): JoinedMessage {
  return { v: 1, kind: "joined", project, user, room: `${project}/document/${id}`, atMs };
}

export const roomsOf = async (user: string) => {
  const sql = "SELECT room FROM user_rooms WHERE user = ?1 ORDER BY room";
  return (await env.DB.prepare(sql).bind(user).all<{ room: string }>()).results.map(({ room }) => room);
};

/** A socket with its token; `code` is the close code, once there is one. */
export async function connect(token: string, id: string, variables: object = {}) {
  const headers = { upgrade: "websocket", "sec-websocket-protocol": `roost.v1, roost.token.${token}` };
  const response = await sendWith({ ...CLOSED, ...variables }, `/v1/documents/${id}/connect`, { headers });
  const socket = response.webSocket;
  if (socket === null) throw new Error(await response.text());
  const state: { code: number | null } = { code: null };
  socket.addEventListener("close", ({ code }) => {
    state.code = code;
  });
  socket.accept();
  return state;
}

/** Stands for rooms that cannot be told, and counts those asked at once. */
export function roomsWith(answer: (name: string) => unknown) {
  const seen = { names: [] as string[], now: 0, most: 0 };
  const kick = async (name: string) => {
    seen.names.push(name);
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    await scheduler.wait(1);
    seen.now -= 1;
    return answer(name);
  };
  return {
    seen,
    variables: { DOCUMENT_ROOM: { getByName: (name: string) => ({ kick: async () => await kick(name) }) } },
  };
}

/** D1 that waits for `pause` before each batch and each statement that runs by itself. */
export function beforeEachQuery(pause: () => Promise<void>): D1Database {
  const inner = env.DB;
  const paused = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (of, property) => {
        if (property === "bind") return (...values: unknown[]) => paused(of.bind(...values));
        if (property === "all") return async () => (await pause(), await of.all());
        if (property === "first") return async (...names: [string]) => (await pause(), await of.first(...names));
        return Reflect.get(of, property);
      },
    });
  return new Proxy(inner, {
    get: (of, property) => {
      if (property === "prepare") return (sql: string) => paused(of.prepare(sql));
      // The platform does not take a proxy for a statement: those of a batch come unwrapped.
      if (property === "batch")
        return async (statements: D1PreparedStatement[]) => (await pause(), await of.batch(statements));
      return Reflect.get(of, property);
    },
  });
}
