/**
 * `npm start`: the whole of Roost on this machine. No account, no login, no network; PORT and ROOST_STATE_DIR move it. With `-- --closed`
 * nobody is let in without a key or a token, as where it is deployed.
 * @module
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { newPersonName } from "../client/demo/names.ts";
import { buildClient } from "./bundle-client.ts";
import { startDemoSite } from "./demo-site.ts";
import { startLocalRuntime } from "./local-runtime.ts";

const DEFAULT_PORT = 8787;
const HOST = "127.0.0.1";
const RUNTIME = "workerd";

const isClosed = readArguments(process.argv.slice(2));
const port = readPort(process.env["PORT"]);
const stateDir = process.env["ROOST_STATE_DIR"] ?? ".state";

/**
 * Whether it is to be closed.
 * @param {readonly string[]} args
 */
function readArguments(args) {
  const odd = args.find((arg) => arg !== "--closed");
  return odd === undefined ? args.length > 0 : fail(`there is no ${odd}: npm start, or npm start -- --closed`);
}

/** @param {string | undefined} text */
function readPort(text) {
  const number = text === undefined || text === "" ? DEFAULT_PORT : Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  return fail(`PORT is ${text}: it has to be a number from 1 to 65535`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`roost: ${message}`);
  process.exit(1);
}

/**
 * The runtime would wait for a taken port, or share it with whoever has it.
 * @param {number} number
 * @returns {Promise<NodeJS.ErrnoException | null>}
 */
async function tryPort(number) {
  const server = createServer();
  /** @type {NodeJS.ErrnoException | null} */
  const error = await new Promise((resolve) => {
    server.once("error", resolve);
    server.listen({ port: number, host: HOST, exclusive: true }, () => resolve(null));
  });
  if (error === null) await new Promise((resolve) => server.close(resolve));
  return error;
}

async function checkPort() {
  const error = await tryPort(port);
  if (error?.code === "EADDRINUSE") fail(`port ${port} is taken by another program. Choose one: PORT=8790 npm start`);
  if (error !== null) fail(`port ${port} cannot be used: ${error.message}`);
}

/** A site of another origin, beside the server; on any port that is free where the next one is taken. */
async function startSite() {
  const next = port + 1;
  const isFree = next <= 65_535 && (await tryPort(next)) === null;
  return await startDemoSite({
    port: isFree ? next : 0,
    roost: `http://localhost:${port}`,
    nameVisitor: newPersonName,
  });
}

const lockPath = join(stateDir, "lock");
let unlockState = () => {};

/** The process that runs on this state, and its runtime; zeros when nobody does. */
async function readLock() {
  const [owner = 0, runtimePid = 0] = (await readFile(lockPath, "utf8").catch(() => "")).split(" ").map(Number);
  return { owner, runtimePid };
}

/** The runtime outlives a `kill -9` of its parent, and would keep the port and the state. */
async function endOrphan() {
  const { owner, runtimePid } = await readLock();
  if (owner > 0 && isAlive(owner)) return;
  if (runtimePid === 0 || commandOf(runtimePid) !== RUNTIME) return;
  console.log(`roost: ending the runtime ${runtimePid} that an earlier start left behind`);
  process.kill(runtimePid, "SIGKILL");
  for (let tries = 0; tries < 100 && commandOf(runtimePid) === RUNTIME; tries++) await delay(20);
}

/** Two runtimes on one state would write over each other. */
async function lockState() {
  await mkdir(stateDir, { recursive: true });
  const { owner } = await readLock();
  if (owner > 0 && isAlive(owner)) {
    fail(
      `process ${owner} runs on the state in ${stateDir} already. Choose another: ROOST_STATE_DIR=.state2 npm start`,
    );
  }
  writeFileSync(lockPath, String(process.pid));
  unlockState = () => rmSync(lockPath, { force: true });
}

/**
 * Name of a process's program; undefined when there is no such process. Linux tells in /proc, others have `ps`.
 * @param {number} pid
 */
function commandOf(pid) {
  if (existsSync("/proc/self/comm")) return readIfThere(`/proc/${pid}/comm`)?.trim();
  const { stdout } = spawnSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" });
  const command = (stdout ?? "").trim();
  return command === "" ? undefined : basename(command);
}

/** Of this process; 0 when it cannot be found. */
function findRuntime() {
  const children = readIfThere(`/proc/${process.pid}/task/${process.pid}/children`)?.trim().split(" ");
  const listed = children ?? spawnSync("pgrep", ["-P", String(process.pid)], { encoding: "utf8" }).stdout?.split("\n");
  return Number(listed?.find((pid) => pid !== "" && commandOf(Number(pid)) === RUNTIME) ?? 0);
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Random, written once: links, keys and tokens made today work tomorrow.
 * @param {string} name of the file
 * @param {string} prefix
 */
async function localSecret(name, prefix) {
  const path = join(stateDir, name);
  const known = await readFile(path, "utf8").catch(() => null);
  if (known !== null) return known.trim();
  const secret = `${prefix}${randomBytes(32).toString("base64url")}`;
  await writeFile(path, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/** While it starts there is nothing to wait for: Miniflare ends its runtime as the process exits. */
function stopAtOnce() {
  unlockState();
  process.exit(0);
}

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
for (const signal of SIGNALS) process.once(signal, stopAtOnce);

await endOrphan();
await checkPort();
await lockState();
const logFile = createWriteStream(join(stateDir, "roost.log"));
await buildClient();

const operatorSecret = await localSecret("operator-secret", "");
const runtime = await startLocalRuntime({
  stateDir,
  port,
  bundleDir: join(stateDir, "worker"),
  useDevVars: true,
  vars: {
    // Whatever .dev.vars says.
    ROOST_OPEN: isClosed ? "" : "1",
    // An `id:secret` pair.
    ROOST_SECRETS: await localSecret("secret", "local:"),
    ROOST_OPERATOR_SECRET: operatorSecret,
  },
  onLog: ({ level, message }) => logFile.write(`${message}\n`) && level === "error" && console.error(message),
}).catch((error) => {
  unlockState();
  return fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
});

writeFileSync(lockPath, `${process.pid} ${findRuntime()}`);
const site = isClosed ? undefined : await startSite();

const address = `http://localhost:${port}`;
const welcome = site === undefined ? closedWords() : openWords(site.port);
console.log(`${welcome}

State is in ${stateDir}, the log in ${join(stateDir, "roost.log")}. Ctrl-C stops it; nothing is lost.`);

/** @param {number} sitePort */
function openWords(sitePort) {
  return `Roost is running. Everything is open: this is local development.

  Documents    ${address}/
  Rich text    ${address}/editor?id=welcome
  Plain text   ${address}/code?id=notes
  Games        ${address}/games
  Widgets      http://localhost:${sitePort}/  a site of another origin; two windows show more
  Your site    ${address}/embed
  API          ${address}/v1/openapi.json

  Keys, tokens  npx roost project show default --keys --url ${address}/
                npx roost --help; the operator's secret, which nobody is asked for here, is in ${join(stateDir, "operator-secret")}`;
}

function closedWords() {
  return `Roost is running, and closed: who has no key or token of a project is let into no room.

  Server       ${address}/
  API          ${address}/v1/openapi.json

  In another terminal, as its operator:

  export ROOST_URL=${address} ROOST_OPERATOR_SECRET=${operatorSecret}
  npx roost project create shop --origin ${address}
  npx roost token --project shop --user alice --room "document:*=read,write,presence"`;
}

async function stop() {
  await site?.stop();
  await runtime.stop();
  unlockState();
  process.exit(0);
}

// Miniflare's own handlers end the process at once, before the runtime has let go of the port.
for (const signal of SIGNALS) {
  process.removeAllListeners(signal);
  process.once(signal, () => void stop());
}
