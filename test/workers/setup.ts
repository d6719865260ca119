/**
 * Runs before each test file inside the runtime: D1 is empty there until its migrations are applied. And after it: what rooms still do and
 * log once the runner has gone would be an error of no test.
 * @module
 */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll } from "vitest";

/** Sockets that the last test left open close, rooms log it, and the runner collects lines for a moment before it takes them away. */
const LOG_MS = 100;

if (env.TEST_MIGRATIONS === undefined) throw new Error("vitest.config.ts passes no migrations");
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

// Evicting all objects would wait for what is under way, and takes 20 s a file.
afterAll(async () => await scheduler.wait(LOG_MS));
