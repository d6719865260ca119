/**
 * `npm run deploy` against a stand-in for wrangler's account commands: there is no account here. The dry run uses the real one.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, expect, test, vi } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "roost-fake-wrangler-"));
const DATABASE_ID = "11111111-2222-4333-8444-555555555555";

// Some deployments one after the other, each of a dozen processes: seconds, or half a minute on a machine that is busy.
vi.setConfig({ testTimeout: 300_000 });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Remembers what was created; answers as the platform does. `calls` is what it was asked. */
const FAKE = `#!/usr/bin/env node
const fs = require("node:fs");
const args = process.argv.slice(2);
const folder = ${JSON.stringify(folder)};
const state = JSON.parse(fs.readFileSync(folder + "/state.json", "utf8"));
const command = args.join(" ");
const secrets = args.includes("--secrets-file") ? fs.readFileSync(args[args.indexOf("--secrets-file") + 1], "utf8") : null;
const config = args.includes("--config") ? fs.readFileSync(args[args.indexOf("--config") + 1], "utf8") : "";
const hasId = config.includes(${JSON.stringify(DATABASE_ID)});
fs.appendFileSync(folder + "/calls", JSON.stringify({ command, secrets, hasId }) + "\\n");
const no = (text) => { console.error(text); process.exit(1); };
if (command === state.broken) no("Authentication error [code: 10000]");
const name = args.at(-1);
if (command === "d1 list --json") console.log(JSON.stringify(state.made.includes("roost") ? [{ name: "roost", uuid: ${JSON.stringify(DATABASE_ID)} }] : []));
else if (command.startsWith("secret list")) state.made.includes("worker") ? console.log(JSON.stringify(state.made.filter((each) => /^ROOST_/.test(each)).map((name) => ({ name, type: "secret_text" })))) : no("This Worker does not exist [code: 10007]");
else if (args.includes("info")) state.made.includes(name) || no("The specified thing does not exist.");
else if (args.includes("create")) state.made.push(name);
else if (args[0] === "deploy") state.made.push("worker");
fs.writeFileSync(folder + "/state.json", JSON.stringify(state));
`;

type Call = { readonly command: string; readonly secrets: string | null; readonly hasId: boolean };

type State = { readonly made: readonly string[]; readonly broken?: string };

const operatorFile = join(folder, "operator-secret");

function deploy(state: State, variables: Record<string, string> = {}) {
  writeFileSync(join(folder, "state.json"), JSON.stringify(state));
  writeFileSync(join(folder, "calls"), "");
  writeFileSync(join(folder, "wrangler"), FAKE, { mode: 0o755 });
  const { status, stdout, stderr } = run(["--operator-secret-file", operatorFile], {
    PATH: `${folder}${delimiter}${process.env["PATH"]}`,
    ROOST_OPERATOR_SECRET: "",
    ...variables,
  });
  const lines = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  const calls = lines.map((line) => JSON.parse(line) as Call);
  expect(existsSync(join(ROOT, ".wrangler-deploy.jsonc"))).toBe(false);
  return {
    status,
    stdout,
    stderr,
    calls,
    commands: calls.map((call) => call.command.replace(/ (--config|--secrets-file) \S+/g, "")),
  };
}

function run(args: readonly string[], variables: Record<string, string> = {}) {
  const env = { ...process.env, ...variables };
  return spawnSync(process.execPath, ["scripts/deploy.mjs", ...args], {
    cwd: ROOT,
    env,
    encoding: "utf8",
    timeout: 140_000,
  });
}

const SECRETS = ["ROOST_SECRETS", "ROOST_OPERATOR_SECRET"];
const QUEUES = ["roost-events", "roost-webhooks", "roost-dead-letters"];
const EVERYTHING = ["roost", "roost-snapshots", ...QUEUES, "worker", ...SECRETS];
const secretsOf = (calls: readonly Call[]) => JSON.parse(calls.at(-1)?.secrets ?? "{}") as Record<string, string>;

test("[RT62] the first deployment makes what is missing, then migrates, then deploys with secrets", () => {
  const { status, stdout, calls, commands } = deploy({ made: [] });
  expect(status).toBe(0);
  expect(commands.filter((command) => !/list|info/.test(command))).toEqual([
    "d1 create roost",
    "r2 bucket create roost-snapshots",
    ...QUEUES.map((queue) => `queues create ${queue}`),
    "d1 migrations apply DB --remote",
    "deploy",
  ]);
  expect(calls.slice(-2).every((call) => call.hasId)).toBe(true);
  const secrets = secretsOf(calls);
  expect(secrets).toEqual({
    ROOST_SECRETS: expect.stringMatching(/^1:[\w-]{43}$/),
    ROOST_OPERATOR_SECRET: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(readFileSync(operatorFile, "utf8").trim()).toBe(secrets["ROOST_OPERATOR_SECRET"]);
  expect(statSync(operatorFile).mode & 0o777).toBe(0o600);
  expect(stdout).toContain(operatorFile);
  for (const secret of Object.values(secrets)) expect(stdout).not.toContain(secret);
});

test("[RT62] a deployment from before the operator's secret gets that one only, the same after a failure", () => {
  const before = EVERYTHING.filter((name) => name !== "ROOST_OPERATOR_SECRET");
  const kept = readFileSync(operatorFile, "utf8").trim();
  expect(secretsOf(deploy({ made: before }).calls)).toEqual({ ROOST_OPERATOR_SECRET: kept });
});

test("[RT62] the environment chooses the operator's secret, which is then written nowhere", () => {
  rmSync(operatorFile);
  const chosen = "chosen-".repeat(6);
  const { calls, stdout } = deploy({ made: [] }, { ROOST_OPERATOR_SECRET: chosen });
  expect(secretsOf(calls)["ROOST_OPERATOR_SECRET"]).toBe(chosen);
  expect([existsSync(operatorFile), stdout.includes(chosen)]).toEqual([false, false]);
  const short = deploy({ made: [] }, { ROOST_OPERATOR_SECRET: "tooshort" });
  expect([short.status, short.stderr]).toEqual([1, expect.not.stringContaining("tooshort")]);
  expect(short.commands).not.toContain("deploy");
});

test("[RT62] the second one makes nothing and leaves the secrets alone", () => {
  const { status, calls, commands } = deploy({ made: EVERYTHING });
  expect(status).toBe(0);
  expect(commands.filter((command) => !/list|info/.test(command))).toEqual([
    "d1 migrations apply DB --remote",
    "deploy",
  ]);
  expect(calls.at(-1)?.secrets).toBeNull();
});

test.each([
  "secret list --format json",
  "r2 bucket info roost-snapshots",
  "queues info roost-events",
  "d1 list --json",
])("[RT62] when %s cannot be asked, nothing is made up and nothing deployed", (broken) => {
  const { status, stderr, commands } = deploy({ made: EVERYTHING, broken });
  expect([status, stderr]).toEqual([1, expect.stringContaining("Authentication error")]);
  expect(commands.filter((command) => /create|deploy|migrations/.test(command))).toEqual([]);
});

test("[RT63] a dry run prints each step and bundles, without an account", () => {
  const { status, stdout } = run(["--dry-run"]);
  expect(status).toBe(0);
  for (const step of ["D1 database roost", "R2 bucket roost-snapshots", "queue roost-events", ...SECRETS]) {
    expect(stdout).toMatch(new RegExp(`^would .*${step}`, "m"));
  }
  expect(stdout).toContain("env.DOCUMENT_ROOM");
  expect(stdout).toContain("nothing was created or deployed");
});
