/**
 * A Worker under measurement in the local runtime, in a process of its own: `worker-process.ts <bundle> <state folder>`.
 * Tells its parent the address, ends at SIGTERM and when the parent is gone.
 * @module
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";

/** Class of the object, and name of its binding: partyserver takes its path, /parties/document, from the latter. */
const OBJECT = "Document";
const CONFIG = join(import.meta.dirname, "../../../wrangler.jsonc");

const [bundle, stateDir] = process.argv.slice(2);
if (bundle === undefined || stateDir === undefined) throw new Error("worker-process.ts <bundle> <state folder>");

// The runtime has to behave as it does for Roost. By hand: loading wrangler takes longer than the start.
const compatibilityDate = /"compatibility_date": "(.+?)"/.exec(await readFile(CONFIG, "utf8"))?.[1];
if (compatibilityDate === undefined) throw new Error("wrangler.jsonc has no compatibility_date");
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error" || level === "warn") console.error(message);
    },
    resourcePersistencePath: stateDir,
    workers: [
      {
        name: "target",
        compatibilityDate,
        durableObjects: { [OBJECT]: { className: OBJECT, useSQLite: true } },
        modules: [{ type: "ESModule", path: bundle }],
        modulesRoot: dirname(bundle),
      },
    ],
  }),
);
const end = () => void runtime.dispose().finally(() => process.exit(0));
process.once("SIGTERM", end);
process.once("disconnect", end);
process.send?.({ url: (await runtime.ready).origin });
