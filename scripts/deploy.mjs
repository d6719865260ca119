/**
 * `npm run deploy`: database, bucket, queues and secrets are made unless they are there, then D1 is migrated and the Worker
 * uploaded. Run it as often as you like. `npm run deploy -- --dry-run` prints each step and bundles, without an account.
 * @module
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { unstable_readConfig } from "wrangler";

const CONFIG = "wrangler.jsonc";
/** Beside wrangler.jsonc, because the paths in it are relative; removed at the end. */
const DEPLOYED_CONFIG = ".wrangler-deploy.jsonc";
/** What every key is derived from: nobody has to know it. */
const SECRETS = "ROOST_SECRETS";
/** What `npx roost` asks for. */
const OPERATOR_SECRET = "ROOST_OPERATOR_SECRET";
const SECRET_BYTES = 32;
/** What the Worker takes (src/config.ts). */
const OPERATOR_SECRET_FORM = /^[\x21-\x7e]{32,512}$/;
/** Where the operator finds a secret that was made here; git ignores it. */
const OPERATOR_FILE = ".roost-operator-secret";
/** What the platform answers about a Worker that was never deployed. */
const NO_SUCH_WORKER = /\b10007\b|does not exist|not found/i;
/** What it answers about a bucket or queue that is not there. */
const NO_SUCH_RESOURCE = /\b(10006|11000)\b|does not exist|not found/i;

const { values: flags } = parseArgs({
  options: { "dry-run": { type: "boolean" }, "operator-secret-file": { type: "string", default: OPERATOR_FILE } },
});
const isDryRun = flags["dry-run"] === true;
const config = unstable_readConfig({ config: CONFIG });

/**
 * @typedef {{ readonly ok: boolean, readonly stdout: string, readonly output: string }} Ran
 * @param {readonly string[]} args
 * @param {{ readonly isShown?: boolean }} [options]
 * @returns {Ran}
 */
function wrangler(args, { isShown = false } = {}) {
  const quiet = {
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CI: "1",
  };
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    encoding: "utf8",
    env: { ...process.env, ...quiet },
    stdio: ["ignore", isShown ? "inherit" : "pipe", isShown ? "inherit" : "pipe"],
  });
  if (error !== undefined) fail(`wrangler does not start: ${error.message}`);
  return { ok: status === 0, stdout: stdout ?? "", output: `${stdout ?? ""}${stderr ?? ""}` };
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  throw new Error(message);
}

/** @param {string} text */
function step(text) {
  console.log(isDryRun ? `would ${text}` : text);
}

/**
 * The answer of a command that has to work.
 * @param {readonly string[]} args
 */
function need(args) {
  const ran = wrangler(args);
  return ran.ok ? ran.stdout : fail(`wrangler ${args.join(" ")} failed:\n${ran.output.trim()}`);
}

/** The id of the database, which is made if there is none of its name. */
function ensureDatabase() {
  const name = config.d1_databases[0]?.database_name ?? fail(`${CONFIG} names no D1 database`);
  step(`find or create the D1 database ${name}`);
  if (isDryRun) return undefined;
  const find = () => {
    /** @type {readonly { readonly name: string, readonly uuid: string }[]} */
    const databases = JSON.parse(need(["d1", "list", "--json"]));
    return databases.find((database) => database.name === name)?.uuid;
  };
  const known = find();
  if (known !== undefined) return known;
  need(["d1", "create", name]);
  return find() ?? fail(`the D1 database ${name} was created and is not listed`);
}

/**
 * @param {string} what
 * @param {string} name
 * @param {readonly string[]} command `r2 bucket` or `queues`
 */
function ensure(what, name, command) {
  step(`find or create the ${what} ${name}`);
  if (isDryRun) return;
  const info = wrangler([...command, "info", name]);
  if (info.ok) return;
  // Anything but "it is not there" is no reason to create something.
  if (!NO_SUCH_RESOURCE.test(info.output)) fail(`cannot ask for the ${what} ${name}:\n${info.output.trim()}`);
  need([...command, "create", name]);
}

/**
 * Arguments that give the Worker the secrets it lacks. One that is there is never replaced.
 * @param {string} folder
 */
async function ensureSecrets(folder) {
  for (const name of [SECRETS, OPERATOR_SECRET]) step(`set the secret ${name}, unless there is one`);
  if (isDryRun) return [];
  const listed = wrangler(["secret", "list", "--format", "json"]);
  if (!listed.ok && !NO_SUCH_WORKER.test(listed.output)) fail(`cannot list the secrets:\n${listed.output.trim()}`);
  /** @type {readonly { readonly name: string }[]} */
  const known = listed.ok ? JSON.parse(listed.stdout) : [];
  const isMissing = (/** @type {string} */ name) => known.every((secret) => secret.name !== name);
  const missing = {
    ...(isMissing(SECRETS) && { [SECRETS]: `1:${randomSecret()}` }),
    ...(isMissing(OPERATOR_SECRET) && { [OPERATOR_SECRET]: await operatorSecret() }),
  };
  if (Object.keys(missing).length === 0) return [];
  const path = join(folder, "secrets.json");
  await writeFile(path, JSON.stringify(missing), { mode: 0o600 });
  return ["--secrets-file", path];
}

/** As the environment or the file says it, or a new one, which the file keeps: what is printed ends up in logs of builds. */
async function operatorSecret() {
  const chosen = process.env[OPERATOR_SECRET] ?? "";
  if (chosen !== "") return checkedSecret(OPERATOR_SECRET, chosen);
  const path = flags["operator-secret-file"];
  const kept = await readFile(path, "utf8").catch(() => null);
  if (kept !== null) return checkedSecret(path, kept.trim());
  const secret = randomSecret();
  await writeFile(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  step(`keep ${path} somewhere safe: it holds the operator's secret, which nobody can ask for again`);
  return secret;
}

/**
 * @param {string} place
 * @param {string} secret
 */
function checkedSecret(place, secret) {
  return OPERATOR_SECRET_FORM.test(secret) ? secret : fail(`${place} has to hold 32 to 512 printable characters`);
}

function randomSecret() {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** wrangler.jsonc with the id of the database that is really there. */
async function writeDeployedConfig(databaseId) {
  const placeholder = config.d1_databases[0]?.database_id ?? fail(`${CONFIG} has no database_id to fill in`);
  const text = await readFile(CONFIG, "utf8");
  await writeFile(DEPLOYED_CONFIG, text.replaceAll(placeholder, databaseId));
}

async function deploy() {
  const folder = await mkdtemp(join(tmpdir(), "roost-deploy-"));
  try {
    const databaseId = ensureDatabase();
    for (const bucket of config.r2_buckets) ensure("R2 bucket", bucket.bucket_name ?? "", ["r2", "bucket"]);
    const consumers = config.queues.consumers ?? [];
    const producers = config.queues.producers ?? [];
    const queues = [...producers, ...consumers].flatMap((queue) => [queue.queue, queue.dead_letter_queue ?? ""]);
    for (const queue of new Set(queues)) if (queue !== "") ensure("queue", queue, ["queues"]);
    const secretArgs = await ensureSecrets(folder);
    step("apply the migrations of D1");
    if (databaseId !== undefined) {
      await writeDeployedConfig(databaseId);
      const applied = wrangler(["d1", "migrations", "apply", "DB", "--remote", "--config", DEPLOYED_CONFIG], {
        isShown: true,
      });
      if (!applied.ok) fail("the migrations were not applied; nothing was deployed");
    }
    step("bundle and deploy the Worker");
    const how =
      databaseId === undefined ? ["--dry-run", "--outdir", folder] : ["--config", DEPLOYED_CONFIG, ...secretArgs];
    if (!wrangler(["deploy", ...how], { isShown: true }).ok) fail("the Worker was not deployed");
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(DEPLOYED_CONFIG, { force: true });
  }
}

try {
  const built = spawnSync("node", ["scripts/build-client.mjs"], { stdio: "inherit" });
  if (built.status !== 0) fail("the client was not built");
  await deploy();
  console.log(isDryRun ? "dry run: nothing was created or deployed" : "deployed");
} catch (error) {
  console.error(`roost: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
