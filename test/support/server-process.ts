/**
 * A Roost server in a process of its own, driven over IPC by server.ts. It goes away with whoever started it.
 * @module
 */
import { type Eviction, type RuntimeOptions, startLocalRuntime } from "../../scripts/local-runtime.ts";

/** From the test to the server: once the options, then evictions, then `stop`. */
export type ToServer =
  | { readonly start: Omit<RuntimeOptions, "onLog"> }
  | { readonly evict: Eviction; readonly call: number }
  | { readonly stop: true };
/** From the server to the test. */
export type FromServer =
  | { readonly ready: { readonly url: string } }
  | { readonly failed: string }
  /** `error` is empty where it went well. */
  | { readonly evicted: number; readonly error: string }
  | { readonly log: { readonly level: string; readonly message: string } };

const send = (message: FromServer) => {
  if (process.connected) process.send?.(message);
};

let stop = async () => {};
let evict = async (_eviction: Eviction) => {};

async function onMessage(message: ToServer): Promise<void> {
  if ("stop" in message) {
    await stop();
    process.exit(0);
  }
  if ("evict" in message) {
    const error = await evict(message.evict).then(() => "", String);
    return send({ evicted: message.call, error });
  }
  try {
    const runtime = await startLocalRuntime({ ...message.start, onLog: (log) => send({ log }) });
    ({ stop, evict } = runtime);
    send({ ready: { url: runtime.url.origin } });
  } catch (error) {
    send({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

process.on("message", (message: ToServer) => void onMessage(message));
process.on("disconnect", () => void stop().finally(() => process.exit(1)));
