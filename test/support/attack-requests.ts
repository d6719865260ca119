/**
 * What strangers do to a server with requests.
 * @module
 */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import * as Y from "yjs";
import { type Run, type Tally, openSockets } from "./attack-sockets.ts";

const BODY_BYTES = 200_000;
/** Who was told that it is too much does not ask at once. */
const AGAIN_MS = 100;

/** Requests and upgrades with what is no token or key, `count` a second. */
export const knock: Run = async ({ port, id, tokens, count, forMs }, tally, onStart) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const startMs = performance.now();
  const pending = new Set<Promise<void>>();
  onStart();
  for (let sent = 0; performance.now() - startMs < forMs;) {
    for (const due = ((performance.now() - startMs) / 1_000) * count; sent < due; sent++) {
      const token = tokens[sent % tokens.length] ?? "";
      const one =
        sent % 4 === 3 ? knockSocket({ port, id, token }, tally) : knockOnce(agent, { port, id, token }, tally);
      pending.add(one);
      void one.finally(() => pending.delete(one));
    }
    await delay(5);
    // Who is not answered does not ask faster.
    while (pending.size > 200) await Promise.race(pending);
  }
  await Promise.all(pending);
  agent.destroy();
};

/** Bodies of 200 KB into one document, one after the other for each token: each is new, and has to be taken or refused whole. */
export const restFlood: Run = async ({ port, id, tokens, count, forMs }, tally, onStart) => {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const endMs = performance.now() + forMs;
  onStart();
  const post = async (token: string): Promise<void> => {
    while (performance.now() < endMs) {
      const status = await postOnce(agent, { port, id, token }, freshUpdate());
      tally.add(`status ${status}`);
      if (status === 200) tally.add("taken bytes", BODY_BYTES);
      else await delay(AGAIN_MS);
    }
  };
  const startMs = performance.now();
  await Promise.all(tokens.slice(0, count).map(post));
  tally.add("lasted ms", Math.round(performance.now() - startMs));
  agent.destroy();
};

function freshUpdate(): Uint8Array {
  const doc = new Y.Doc();
  doc.getText("flood").insert(0, "x".repeat(BODY_BYTES));
  return Y.encodeStateAsUpdate(doc);
}

function postOnce(agent: Agent, { port, id, token }: Knock, body: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
  const path = `/v1/documents/${encodeURIComponent(id)}/updates`;
  const asked = request({ agent, port, host: "127.0.0.1", path, method: "POST", headers });
  asked.once("response", (answer) => {
    answer.resume();
    answer.once("close", () => resolve(answer.statusCode ?? 0));
  });
  asked.once("error", reject);
  asked.end(body);
  return promise;
}

type Knock = { readonly port: number; readonly id: string; readonly token: string };

function knockOnce(agent: Agent, { port, id, token }: Knock, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const path = `/v1/documents/${encodeURIComponent(id)}`;
    const asked = request({ agent, port, host: "127.0.0.1", path, headers: { authorization: `Bearer ${token}` } });
    asked.once("response", (answer) => {
      tally.add(`status ${answer.statusCode}`);
      answer.resume();
      answer.once("close", () => resolve());
    });
    asked.once("error", (error) => {
      tally.add(`error ${error.message}`);
      resolve();
    });
    asked.end();
  });
}

async function knockSocket({ port, id, token }: Knock, tally: Tally): Promise<void> {
  const knocked = await openSockets({ port, id, tokens: [token], count: 1, forMs: 0 }, tally);
  for (const { socket } of knocked) socket.terminate();
}
