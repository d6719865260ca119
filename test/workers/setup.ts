/**
 * Runs before each test file inside the runtime: D1 is empty there until its migrations are applied.
 * @module
 */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

if (env.TEST_MIGRATIONS === undefined) throw new Error("vitest.config.ts passes no migrations");
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
