/**
 * Runs before each test file inside the runtime, which files share: starting one and loading every module takes 5 s. Nothing that a file
 * stored is there for the next one; what it had put on the queue may still come (earlier-files.ts).
 * @module
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";

if (env.TEST_MIGRATIONS === undefined) throw new Error("vitest.config.ts passes no migrations");
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
