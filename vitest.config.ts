import { mkdirSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { bundledSource } from "./test/support/bundled-source.ts";

/** `ROOST_LONG=1` (`npm run test:long`) runs the full counts; every test budget grows with it. */
const isLong = process.env["ROOST_LONG"] === "1";
const LONG_FACTOR = 20;

/** Budget of one test in ms, short and long. */
const budget = (ms: number) => (isLong ? ms * LONG_FACTOR : ms);

/**
 * What is no error of ours. A platform error that crossed RPC and was handled there is reported once more as unhandled
 * (workers-sdk #14736). And each call of a Worker asks the pool anew where its main module is: a queue's delivery or
 * an alarm that meets the end of a file gets no answer.
 */
function onUnhandledError(error: object): boolean | undefined {
  const isFileEnd = "message" in error && String(error.message).includes('Closing rpc while "resolve" was pending');
  if (isFileEnd) return false;
  const isPlatformEcho =
    ("remote" in error && error.remote === true) ||
    ("durableObjectReset" in error && error.durableObjectReset === true);
  return isPlatformEcho ? false : undefined;
}

/** What most of the work is done by: vitest itself leaves one processor of two alone. */
const PROCESSORS = 2;

/** End-to-end tests that need the machine for themselves: they measure, or load it fully. */
const MEASURES = [
  "bench",
  "bench-targets",
  "exhaustion",
  "freshness",
  "hostile",
  "overload",
  "paper-trace",
  "promises",
  "widget-looks",
];

/** End-to-end tests that wait rather than work: for sleep, for ends of tokens, for what is cached to grow old. */
const WAITS = [
  "games-idle",
  "games-sdk-lives",
  "hocuspocus-bounds",
  "hocuspocus-counts",
  "presence-room",
  "rights",
  "rotation",
  "sdk-tokens",
  "sleep",
];

const endToEnd = {
  environment: "node",
  include: ["test/e2e/**/*.test.ts"],
  globalSetup: ["./test/support/e2e-setup.ts"],
  testTimeout: budget(60_000),
  // A server takes 2 s to start, and ten times as long beside others on a busy machine.
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    onUnhandledError,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          environment: "node",
          include: ["test/unit/**/*.test.ts", "test/property/**/*.test.ts"],
          testTimeout: budget(90_000),
          hookTimeout: 90_000,
          maxWorkers: PROCESSORS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          environment: "node",
          // The suites of the ports run in both places, unless the name says `.node` or `.workers`.
          include: ["test/contract/**/*.test.ts"],
          exclude: ["**/*.workers.test.ts"],
          testTimeout: budget(60_000),
          maxWorkers: PROCESSORS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        plugins: [
          bundledSource(),
          cloudflareTest(async () => {
            // Named in wrangler.jsonc: it has to be there, built or not.
            mkdirSync("dist/client", { recursive: true });
            return {
              wrangler: { configPath: "./wrangler.jsonc" },
              miniflare: {
                cf: false,
                bindings: {
                  ROOST_OPEN: "1",
                  // Open mode verifies keys and tokens that are shown, and rooms verify fresh ones.
                  ROOST_SECRETS: "tests:master-secret-of-the-tests-0123456789",
                  ROOST_LONG: isLong ? "1" : "",
                  TEST_MIGRATIONS: await readD1Migrations("migrations"),
                },
              },
            };
          }),
        ],
        test: {
          name: "workers",
          // A line that is logged while a file ends would fail the run: its message to the reporter is cut off.
          disableConsoleIntercept: true,
          // A runtime of its own for each file takes 2 s of one processor, but no cache or count of one file is there for the next.
          maxWorkers: PROCESSORS,
          include: ["test/workers/**/*.test.ts", "test/contract/**/*.test.ts"],
          exclude: ["**/*.node.test.ts"],
          setupFiles: ["./test/workers/setup.ts"],
          testTimeout: budget(60_000),
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...endToEnd,
          name: "e2e",
          exclude: [...MEASURES, ...WAITS].map((name) => `test/e2e/${name}.test.ts`),
          // Three load two processors so much that compaction does not keep up.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...endToEnd,
          name: "e2e-waits",
          include: WAITS.map((name) => `test/e2e/${name}.test.ts`),
          // Half a minute of waiting is the same for one file and for four.
          maxWorkers: 4,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          ...endToEnd,
          name: "e2e-alone",
          include: MEASURES.map((name) => `test/e2e/${name}.test.ts`),
          // One file at a time, so that a timing says something about Roost.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          ...endToEnd,
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          fileParallelism: false,
          // Cells wait rather than work: an idle minute of every client is one minute.
          maxConcurrency: 24,
          testTimeout: budget(240_000),
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
