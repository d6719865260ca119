import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type Server, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";

const START = join(import.meta.dirname, "../../scripts/start.mjs");
const UP = "Ctrl-C stops it";

let stateDir: string;
const running = new Set<ChildProcess>();

const newState = async () => await mkdtemp(join(tmpdir(), "roost-start-"));

async function endAll(): Promise<void> {
  await Promise.all([...running].map((child) => stop(child)));
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
}

type Started = { readonly child: ChildProcess; readonly output: string; readonly code: number | null };

/** `npm start` without npm. */
function begin(port: number, args: readonly string[], { detached = false } = {}) {
  const env = { ...process.env, PORT: String(port), ROOST_STATE_DIR: stateDir };
  const child = spawn(process.execPath, [START, ...args], { env, stdio: ["ignore", "pipe", "pipe"], detached });
  running.add(child);
  return child;
}

/** Resolves when it is up, or has ended. */
async function start(port: number, ...args: readonly string[]): Promise<Started> {
  const child = begin(port, args);
  let output = "";
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes(UP)) resolve();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  child.once("close", () => resolve());
  await promise;
  return { child, output, code: child.exitCode };
}

async function stop(child: ChildProcess): Promise<number | null> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill("SIGINT");
  await exited;
  return child.exitCode;
}

/** Resolves when a file or folder of this name comes into the state. */
async function appears(name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(stateDir, (_, changed) => changed === name && resolve());
  await promise;
  watcher.close();
}

async function holdPort(): Promise<{ readonly port: number; readonly holder: Server }> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  if (address === null || typeof address === "string") throw new Error("a port");
  return { port: address.port, holder };
}

async function freePort(): Promise<number> {
  const { port, holder } = await holdPort();
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

function updateOf(text: string): Uint8Array<ArrayBuffer> {
  const doc = new Y.Doc();
  doc.getText("content").insert(0, text);
  return new Uint8Array(Y.encodeStateAsUpdate(doc));
}

const textOf = (body: ArrayBuffer) => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, new Uint8Array(body));
  return doc.getText("content").toString();
};

describe("npm start", () => {
  let port: number;
  /** One after the other goes on where the one before has come to. */
  let started: Started;
  beforeAll(async () => {
    [stateDir, port] = await Promise.all([newState(), freePort()]);
    started = await start(port);
  });
  afterAll(endAll);

  it("[RN1] serves pages and API at the addresses it prints", async () => {
    const printed = [...started.output.matchAll(/http:\/\/localhost:\d+\S*/g)].map(([address]) => address);
    const answers = await Promise.all(printed.map((address) => fetch(address)));
    expect(printed.length).toBe(8);
    expect(answers.map(({ status, url }) => ({ status, url }))).toEqual(printed.map((url) => ({ status: 200, url })));
  });

  it("[RN4] a state that another one runs on is an error that names the way out", async () => {
    const { code, output } = await start(await freePort());
    expect(code).toBe(1);
    expect(output).toContain("ROOST_STATE_DIR=");
  });

  it("[RN2] keeps documents and its secrets over a stop and a start", async () => {
    const url = `http://localhost:${port}/v1/documents/kept`;
    const posted = await fetch(`${url}/updates`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: updateOf("still here"),
    });
    expect(posted.status).toBe(200);
    const readSecrets = async () =>
      await Promise.all(["secret", "operator-secret"].map((name) => readFile(join(stateDir, name), "utf8")));
    const secrets = await readSecrets();
    expect(await stop(started.child)).toBe(0);

    started = await start(port);
    const content = await fetch(`${url}/content?format=update`);
    expect(textOf(await content.arrayBuffer())).toBe("still here");
    expect(await readSecrets()).toEqual(secrets);
  });

  it("[RN5] a start after kill -9 ends the runtime that was left behind, and keeps every document", async () => {
    const url = `http://localhost:${port}/v1/documents/orphaned`;
    const headers = { "content-type": "application/octet-stream" };
    expect((await fetch(`${url}/updates`, { method: "POST", headers, body: updateOf("survives") })).status).toBe(200);
    const died = once(started.child, "exit");
    started.child.kill("SIGKILL");
    await died;
    running.delete(started.child);
    started = await start(port);
    expect(started.output).toContain("ending the runtime");
    const content = await fetch(`${url}/content?format=update`);
    expect(textOf(await content.arrayBuffer())).toBe("survives");
  });
});

describe("npm start on a new state", () => {
  beforeEach(async () => {
    stateDir = await newState();
  });
  afterEach(endAll);

  it.each([
    ["SIGTERM while its client is built", "lock", "SIGTERM"],
    ["SIGTERM while its Worker is bundled", "worker", "SIGTERM"],
    ["SIGTERM while its runtime starts", "cache", "SIGTERM"],
    ["Ctrl-C while its runtime starts", "cache", "SIGINT"],
  ] as const)("[RN7] %s ends it without a word, and unlocks the state", async (_, file, signal) => {
    const reached = appears(file);
    const child = begin(await freePort(), [], { detached: true });
    const closed = once(child, "close");
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    await reached;
    // Ctrl-C reaches the runtime too.
    process.kill((signal === "SIGINT" ? -1 : 1) * (child.pid ?? NaN), signal);
    expect(await closed).toEqual([0, null]);
    expect({ output, isLocked: existsSync(join(stateDir, "lock")) }).toEqual({ output: "", isLocked: false });
  });

  it("[RN3] a taken port is an error that names the way out", async () => {
    const { port, holder } = await holdPort();
    const { code, output } = await start(port);
    holder.close();
    expect(code).toBe(1);
    expect(output).toContain(`port ${port} is taken`);
    expect(output).toContain("PORT=");
  });

  it("[RN6] closed it lets nobody in but by what its operator gives, with the commands that it prints", async () => {
    const port = await freePort();
    const { output } = await start(port, "--closed");
    const url = `http://localhost:${port}/v1/documents/mine`;
    expect([(await fetch(`${url}/content`)).status, (await fetch(`http://localhost:${port}/`)).status]).toEqual([
      401, 200,
    ]);
    const [exports, ...commands] = output.split("\n").flatMap((line) => /^ {2}((export|npx) .*)/.exec(line)?.[1] ?? []);
    const run = async (command: string) =>
      (await promisify(execFile)("sh", ["-ec", `${exports}; ${command}`], { timeout: 60_000 })).stdout.trim();
    const [create = "", mint = "", ...rest] = commands;
    expect(rest).toEqual([]);
    expect(await run(create)).toMatch(/^secret key +sk_shop/m);
    const headers = { authorization: `Bearer ${await run(mint)}` };
    const posted = await fetch(`${url}/updates`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/octet-stream" },
      body: updateOf("mine"),
    });
    expect(posted.status).toBe(200);
    expect((await fetch(`${url}/content`, { headers })).status).toBe(200);
  });

  it("[RN6] a flag that it does not know is an error that names the one it knows", async () => {
    const { code, output } = await start(await freePort(), "--close");
    expect(code).toBe(1);
    expect(output).toContain("--closed");
  });
});
