/**
 * A real server process for end-to-end tests: workerd with SQLite, R2, D1 and queues, on a free port of 127.0.0.1.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Eviction, LogLine } from "../../scripts/local-runtime.ts";
import { WORKER, findBundle } from "./bundled-workers.ts";
import { findChild } from "./child-processes.ts";
import type { FromServer, ToServer } from "./server-process.ts";

export type ServerOptions = {
  /** State to go on from, left in place by `stop`; a new folder that `stop` removes when absent. */
  readonly stateDir?: string;
  /** Strings of `env`, on top of open mode. `undefined` takes one away. */
  readonly vars?: Readonly<Record<string, string | undefined>>;
  /** Absolute path of a Worker that wraps `src/index.ts`, to inject faults at a binding. */
  readonly entry?: string;
};

export type TestServer = {
  /** `http://127.0.0.1:port`, the same after a crash. */
  readonly url: string;
  readonly wsUrl: string;
  readonly stateDir: string;
  /** What the Worker has logged so far. */
  readonly logs: readonly LogLine[];
  /** Of the runtime that lives now; throws while it is down. */
  readonly workerdPid: () => number;
  /** Kills the runtime with SIGKILL before it returns, resolves when it answers again on the same port. */
  readonly kill9: () => Promise<void>;
  /** Resolves when the server answers, also after something else killed it. */
  readonly whenUp: () => Promise<void>;
  /** Resolves once the object is out of memory. */
  readonly evict: (eviction: Eviction) => Promise<void>;
  readonly stop: () => Promise<void>;
};

const START_MS = 90_000;
const RESTART_MS = 40_000;
const PROBE_MS = 5_000;
const POLL_MS = 20;
const STOP_MS = 15_000;

/** Resolves when the server answers requests; rejects with its own error otherwise. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const scratch = await mkdtemp(join(tmpdir(), "roost-test-"));
  const stateDir = options.stateDir ?? join(scratch, "state");
  const vars = { ROOST_OPEN: "1", ...options.vars };
  const child = fork(join(import.meta.dirname, "server-process.ts"), {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const logs: LogLine[] = [];
  const tell = (message: ToServer) => child.connected && child.send(message);
  tell({
    start: {
      stateDir,
      port: 0,
      bundleDir: join(scratch, "worker"),
      vars: Object.fromEntries(
        Object.entries(vars).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      ...sourceOf(options.entry),
    },
  });
  const stop = async () => {
    await end(child, () => tell({ stop: true }));
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await whenReady(child, logs);
    const evict = evictionsOf(child);
    return { url, wsUrl: url.replace("http", "ws"), stateDir, logs, evict, stop, ...lifeOf(child, url) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** SQLite files of the rooms; touch them only while the server is stopped. */
export async function roomFiles(stateDir: string): Promise<readonly string[]> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.parentPath.endsWith("-DocumentRoom") && /^[0-9a-f]{64}\.sqlite$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a run of tests has bundled before is not bundled again for each server. */
function sourceOf(entry: string | undefined): { readonly entry?: string; readonly bundle?: string } {
  const bundle = findBundle(entry ?? WORKER);
  if (bundle !== undefined) return { bundle };
  return entry === undefined ? {} : { entry };
}

async function whenReady(child: ChildProcess, logs: LogLine[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error(`no server after ${START_MS} ms`)), START_MS);
  child.on("message", (message: FromServer) => {
    if ("log" in message) logs.push(message.log);
    else if ("ready" in message) resolve(message.ready.url);
    else if ("failed" in message) reject(new Error(message.failed));
  });
  child.once("exit", (code) => reject(new Error(`the server process ended with ${code}`)));
  return promise.finally(() => clearTimeout(timer));
}

function evictionsOf(child: ChildProcess): TestServer["evict"] {
  let calls = 0;
  return async (eviction) => {
    calls += 1;
    const call = calls;
    const { promise, resolve } = Promise.withResolvers<string>();
    const listen = (message: FromServer) => {
      if ("evicted" in message && message.evicted === call) resolve(message.error);
    };
    child.on("message", listen);
    const message: ToServer = { evict: eviction, call };
    child.send(message);
    const error = await promise.finally(() => child.off("message", listen));
    if (error !== "") throw new Error(error);
  };
}

function lifeOf(child: ChildProcess, url: string): Pick<TestServer, "workerdPid" | "kill9" | "whenUp"> {
  const workerdPid = () => {
    const pid = child.pid === undefined ? undefined : findChild(child.pid, "workerd");
    if (pid === undefined) throw new Error("the runtime is down");
    return pid;
  };
  const whenUp = async () => {
    const deadline = performance.now() + RESTART_MS;
    while (!(await answers(url))) {
      if (performance.now() > deadline) throw new Error(`the server did not come back in ${RESTART_MS} ms`);
      await delay(POLL_MS);
    }
  };
  const kill9 = async () => {
    const killed = workerdPid();
    process.kill(killed, "SIGKILL");
    while (child.pid !== undefined && findChild(child.pid, "workerd") === killed) await delay(POLL_MS);
    await whenUp();
  };
  return { workerdPid, kill9, whenUp };
}

async function answers(url: string): Promise<boolean> {
  try {
    // A fresh connection: a kept one may still belong to the runtime that died.
    const response = await fetch(`${url}/healthz`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(PROBE_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess, ask: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const workerd = child.pid === undefined ? undefined : findChild(child.pid, "workerd");
  ask();
  const inTime = await Promise.race([exited.then(() => true), delay(STOP_MS, false)]);
  if (inTime) return;
  child.kill("SIGKILL");
  // Orphaned by that: it would keep the port.
  if (workerd !== undefined) killIfThere(workerd);
  await exited;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It went with its parent, or had gone before.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
