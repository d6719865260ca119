/**
 * The real Worker with its bindings R2, queue and D1 behind a switchboard, inside the runtime: calls can be made to fail, or to
 * hang before or after they took effect, so that a kill lands at a named point. Everything else is the code that ships.
 * `GET /r2?prefix=` lists keys of the bucket, `?key=` answers an object's bytes. Control: `POST /faults` with a list of {@link Fault}, `GET /faults` tells which have been reached.
 * `GET /probe` counts how often each room was constructed and how many documents were built.
 * @module
 */
import { docsBuilt } from "../../src/core/document/hydrate.ts";
import worker, { DocumentRoom as RealDocumentRoom, PresenceRoom as RealPresenceRoom } from "../../src/index.ts";

export { GameRoom, LobbyRoom } from "../../src/index.ts";
import type { Env } from "../../src/env.ts";
import type { Fault, Probe } from "./faults.ts";

type State = { faults: Fault[]; reached: string[]; wakes: Record<string, number> };

// One isolate serves Worker and rooms here, so module state is shared; a kill clears it.
const state: State = { faults: [], reached: [], wakes: {} };

export class DocumentRoom extends RealDocumentRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, withFaults(env));
    countWake(ctx);
  }
}

export class PresenceRoom extends RealPresenceRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, withFaults(env));
    countWake(ctx);
  }
}

function countWake({ id }: DurableObjectState): void {
  const name = id.name ?? "";
  state.wakes[name] = (state.wakes[name] ?? 0) + 1;
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/probe") return Response.json({ wakes: state.wakes, docsBuilt: docsBuilt() } satisfies Probe);
    if (pathname === "/r2") return await readBucket(env.SNAPSHOTS, searchParams);
    if (pathname !== "/faults") return await worker.fetch(request, withFaults(env), ctx);
    if (request.method === "POST") {
      state.faults = await request.json();
      state.reached = [];
    }
    return Response.json({ reached: state.reached });
  },
  async queue(batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> {
    await worker.queue(batch, withFaults(env), ctx);
  },
};

async function readBucket(bucket: R2Bucket, query: URLSearchParams): Promise<Response> {
  const key = query.get("key");
  if (key === null) {
    const { objects } = await bucket.list({ prefix: query.get("prefix") ?? "" });
    return Response.json(objects.map((object) => object.key));
  }
  const object = await bucket.get(key);
  return object === null ? new Response("no such object", { status: 404 }) : new Response(object.body);
}

const wrapped = new WeakMap<Env, Env>();

function withFaults(env: Env): Env {
  let faulty = wrapped.get(env);
  if (faulty === undefined) {
    faulty = {
      ...env,
      SNAPSHOTS: intercept("SNAPSHOTS", env.SNAPSHOTS),
      EVENTS: intercept("EVENTS", env.EVENTS),
      DB: intercept("DB", env.DB),
    };
    wrapped.set(env, faulty);
  }
  return faulty;
}

function intercept<T extends object>(binding: Fault["binding"], target: T): T {
  return new Proxy(target, {
    get(object, property) {
      const member: unknown = Reflect.get(object, property, object);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => callWithFaults(binding, String(property), args, () => member.apply(object, args));
    },
  });
}

function callWithFaults(
  binding: Fault["binding"],
  method: string,
  args: readonly unknown[],
  call: () => unknown,
): unknown {
  const subject = typeof args[0] === "string" ? args[0] : JSON.stringify(args[0] ?? "");
  const fault = state.faults.find(
    (each) => each.binding === binding && each.method === method && subject.includes(each.match ?? ""),
  );
  if (fault === undefined) return call();
  state.reached.push(`${fault.action} ${binding}.${method} ${subject}`);
  switch (fault.action) {
    case "fail":
      throw new Error(`injected: ${binding}.${method}`);
    case "hang-before":
      return new Promise(() => {});
    case "hang-after":
      return Promise.resolve(call()).then(() => new Promise(() => {}));
    case "twice":
      return Promise.resolve(call()).then(call);
  }
}
