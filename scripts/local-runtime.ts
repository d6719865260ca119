/**
 * The platform's own local runtime (workerd under Miniflare) with the bindings of wrangler.jsonc: what `npm start` and
 * the end-to-end tests run. Miniflare directly rather than `wrangler dev`: no proxy process that survives a kill, state in one
 * folder, a runtime that comes back on the same port after `kill -9`, 1 s instead of 2.5 s to the first answer, no network.
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from "wrangler";
import { bundleWorker } from "./bundle-worker.ts";

const ROOT = resolve(import.meta.dirname, "..");
const MIGRATIONS = join(ROOT, "migrations");
const WORKER_NAME = "roost";

export type LogLine = { readonly level: string; readonly message: string };

export type RuntimeOptions = {
  /** Holds every bit of state: SQLite of the rooms, R2, D1. Queues live in memory (the platform's local limit). */
  readonly stateDir: string;
  /** 0 asks for a free one; the runtime keeps it over a crash. */
  readonly port: number;
  /** Bindings that are plain strings, on top of those of wrangler.jsonc. */
  readonly vars: Readonly<Record<string, string>>;
  /** Where the bundle goes. */
  readonly bundleDir: string;
  /** A Worker that wraps the real one; `src/index.ts` when absent. */
  readonly entry?: string;
  /** A bundle that was made before, in place of one of `entry`. */
  readonly bundle?: string;
  /** Read `.dev.vars` too. Tests do not: they must not depend on what a developer has there. */
  readonly useDevVars?: boolean;
  readonly onLog?: (line: LogLine) => void;
};

export type Eviction = {
  readonly className: string;
  readonly name: string;
  /** `hibernate`: as in sleep. `close`: as in a deploy. */
  readonly webSockets: "hibernate" | "close";
};

export type LocalRuntime = {
  readonly url: URL;
  /** What the platform does with an object that is quiet, at once. */
  readonly evict: (eviction: Eviction) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Resolves when requests are answered and D1 has all its migrations. */
export async function startLocalRuntime(options: RuntimeOptions): Promise<LocalRuntime> {
  const entry = options.entry ?? join(ROOT, "src/index.ts");
  const bundle = options.bundle ?? (await bundleWorker(entry, resolve(options.bundleDir)));
  // The `miniflare` in package.json has to be the version wrangler brings: they share this shape.
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.jsonc"));
  // SAFETY: wrangler parsed `.dev.vars`, lines of NAME=value, into it.
  const devVars = workerOptions.bindings as Readonly<Record<string, string>> | undefined;
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: options.port,
      // Otherwise it asks the network where this machine is.
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: ({ level, message }) => options.onLog?.({ level, message }),
      resourcePersistencePath: resolve(options.stateDir),
      workers: [
        {
          ...workerOptions,
          name: WORKER_NAME,
          bindings: { ...(options.useDevVars === true ? devVars : {}), ...options.vars },
          modules: [{ type: "ESModule", path: bundle }],
          modulesRoot: dirname(bundle),
        },
      ],
    }),
  );
  const stop = () => runtime.dispose();
  try {
    const url = await runtime.ready;
    await applyMigrations(await runtime.getD1Database("DB"));
    const evict = async ({ className, ...rest }: Eviction) =>
      await runtime.unsafeEvictDurableObject(WORKER_NAME, className, rest);
    return { url, evict, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/** The table wrangler keeps, so that `wrangler d1 migrations list --local` agrees. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;
const SELECT_APPLIED = "SELECT name FROM d1_migrations";
const INSERT_APPLIED = "INSERT INTO d1_migrations (name) VALUES (?)";

/** Each migration and its record are one transaction: a failed one leaves nothing behind. */
async function applyMigrations(database: Database): Promise<void> {
  await database.prepare(CREATE_TABLE).run();
  const { results } = await database.prepare(SELECT_APPLIED).all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).toSorted();
  for (const name of names) {
    if (applied.has(name)) continue;
    const statements = unstable_splitSqlQuery(await readFile(join(MIGRATIONS, name), "utf8"));
    const batch = statements.map((statement) => database.prepare(statement));
    await database.batch([...batch, database.prepare(INSERT_APPLIED).bind(name)]);
  }
}
