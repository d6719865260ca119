/**
 * A target for the time of one measurement.
 * @module
 */
import type { LoadAddress } from "./load/load-client.ts";
import type { RunningTarget, Target } from "./target.ts";

/** Starts it on `stateDir`, stops it whatever `use` does. */
export async function withTarget<T>(
  target: Target,
  stateDir: string,
  use: (running: RunningTarget) => Promise<T>,
): Promise<T> {
  const running = await target.start(stateDir);
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}

/** What a load job needs to reach one document of it, and to read its CPU. */
export function loadOn(
  target: Target,
  running: RunningTarget,
  documentId: string,
): { readonly address: LoadAddress; readonly serverPid: number } {
  return {
    address: { url: running.socketUrl(documentId), wire: target.wire, documentId },
    serverPid: running.pid(),
  };
}
