import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

/** What `npm run check` runs, on the sources as they are: a forbidden import or a grown bundle fails the tests too. */
test.each([
  ["lint with its layer rules", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types, the core without any platform among them", process.execPath, ["scripts/check-types.mjs"]],
  ["the size of the client", process.execPath, ["scripts/check-size.mjs"]],
  ["the API report", process.execPath, ["scripts/api-report.mjs"]],
])("[HS8] %s passes on the sources", { timeout: 300_000 }, (_what, command, args) => {
  const program = command === "oxlint" ? join(ROOT, "node_modules/.bin/oxlint") : command;
  expect(() => execFileSync(program, args, { cwd: ROOT, stdio: "pipe", timeout: 290_000 })).not.toThrow();
});
