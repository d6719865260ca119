/**
 * Life of a forked process that serves on 127.0.0.1 and tells its parent the address.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** From the process, once, when it answers. */
type FromServer = { readonly url: string };

const START_MS = 30_000;
/** An orderly end may write what was not saved yet. */
const STOP_MS = 30_000;
const PROBE_MS = 2_000;
const POLL_MS = 5;

/** Rejects with the way it ended when it does not come up. Its output is ours. */
export async function startProcess(
  script: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = fork(script, [...args], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ready = Promise.withResolvers<string>();
  const timer = setTimeout(() => ready.reject(new Error(`${script}: no answer in ${START_MS} ms`)), START_MS);
  child.once("message", ({ url }: FromServer) => ready.resolve(url));
  child.once("exit", (code, signal) => ready.reject(new Error(`${script} ended with ${code ?? signal}`)));
  try {
    return { child, url: await ready.promise };
  } catch (error) {
    await killProcess(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when it is gone, in its own orderly way if it takes no longer than half a minute. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  await end(child, "SIGTERM");
}

/** Resolves when it is gone. */
export async function killProcess(child: ChildProcess): Promise<void> {
  await end(child, "SIGKILL");
}

/** Resolves when something answers there; a fresh connection each time: a kept one may belong to the server that died. */
export async function whenAnswering(url: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await answers(url))) {
    if (performance.now() > deadline) throw new Error(`${url} did not come back in ${START_MS} ms`);
    await delay(POLL_MS);
  }
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  child.kill(signal);
  await exited;
  clearTimeout(timer);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(PROBE_MS) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
