/**
 * Keys that are replaced while they are in use, of a project and of the whole deployment, and a D1 that is away.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ClosedServer,
  type Keys,
  type Project,
  ask,
  askJson,
  createProject,
  makeSecret,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import { FAULTY_WORKER, setFaults } from "../support/faults.ts";
import { RawClient, typed } from "../support/raw-client.ts";

const ID = "rotated";
const PATH = `/v1/documents/${ID}`;
/** What an isolate knows of a project counts for so long without asking D1. */
const FRESH_MS = 30_000;

let stateDir: string;

/** A server whose D1 went away when it knew one of two projects; while that grows old other tests run. */
let away: ReturnType<typeof loseD1>;

async function loseD1() {
  const server = await startClosedServer({ entry: FAULTY_WORKER });
  const known = await createProject(server, "known");
  const unknown = await createProject(server, "unknown");
  await write(server, known, "here");
  const knownMs = performance.now();
  await setFaults(server.url, [{ binding: "DB", method: "prepare", action: "fail" }]);
  return { server, known, unknown, knownMs };
}

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "roost-rotation-"));
  away = loseD1();
  await away;
});
afterAll(async () => {
  await (await away).server.stop();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
});

/** 200 for a key or token that counts, 401 for one that does not. */
async function statusOf(server: ClosedServer, credential: string): Promise<number> {
  return (await ask(server, credential, PATH)).status;
}

async function statusesOf(server: ClosedServer, credentials: readonly string[]): Promise<readonly number[]> {
  return await Promise.all(credentials.map((credential) => statusOf(server, credential)));
}

async function write(server: ClosedServer, project: Project, text: string): Promise<void> {
  const client = await RawClient.join(server, ID, { token: await tokenFor(project, "alice") });
  await client.update(typed(client.document(), text));
  await client.leave();
}

/** With its own state, that goes away with it. */
async function withServer(run: (server: ClosedServer) => Promise<void>): Promise<void> {
  const server = await startClosedServer();
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

test(
  "[SD30] a project's keys are replaced: the old ones and their tokens count until the overlap ends, live sockets go on",
  { timeout: 60_000 },
  async () => {
    await withServer(async (server) => {
      const old = await createProject(server, "rotating");
      const oldToken = await tokenFor(old, "alice");
      await write(server, old, "before");
      const live = await RawClient.join(server, ID, { token: oldToken });
      const overlapSeconds = 10;
      const rotatedMs = performance.now();
      const rotate = `/v1/projects/${old.id}/rotate`;
      const fresh = await askJson<Keys>(server, server.operatorSecret, rotate, { body: { overlapSeconds } });
      const freshToken = await tokenFor(fresh, "alice");
      const credentials = [old.secretKey, oldToken, fresh.secretKey, freshToken];
      expect(await statusesOf(server, credentials)).toEqual([200, 200, 200, 200]);
      const again = await ask(server, server.operatorSecret, rotate, { body: { overlapSeconds } });
      expect(again.status).toBe(409);
      await expect
        .poll(async () => await statusesOf(server, credentials), { timeout: 30_000, interval: 100 })
        .toEqual([401, 401, 200, 200]);
      expect(performance.now() - rotatedMs).toBeGreaterThan(overlapSeconds * 1_000 - 1_000);
      await expect(RawClient.join(server, ID, { token: oldToken })).rejects.toThrow("401");
      // Its own end has not come.
      await live.update(typed(live.document(), ", after"));
      await live.leave();
    });
  },
);

test("[SD30] without an overlap nothing of before counts", async () => {
  await withServer(async (server) => {
    const old = await createProject(server, "leaked");
    await write(server, old, "before");
    const body = { overlapSeconds: 0 };
    const fresh = await askJson<Keys>(server, server.operatorSecret, `/v1/projects/${old.id}/rotate`, { body });
    const credentials = [old.secretKey, await tokenFor(old, "alice"), fresh.secretKey, await tokenFor(fresh, "alice")];
    expect(await statusesOf(server, credentials)).toEqual([401, 401, 200, 200]);
  });
});

test(
  "[SD31] the master secret is replaced over restarts: both count while both are listed, then the new one alone",
  { timeout: 60_000 },
  async () => {
    const [first, second] = [`one:${makeSecret()}`, `two:${makeSecret()}`];
    const operatorSecret = makeSecret();
    const run = async <T>(secrets: readonly string[], use: (server: ClosedServer) => Promise<T>): Promise<T> => {
      const server = await startClosedServer({ stateDir, secrets, operatorSecret });
      try {
        return await use(server);
      } finally {
        await server.stop();
      }
    };
    const old = await run([first], async (server) => {
      const project = await createProject(server, "master");
      await write(server, project, "kept");
      return project;
    });
    const oldToken = await tokenFor(old, "alice");
    const keysOf = async (server: ClosedServer) =>
      await askJson<Keys>(server, operatorSecret, `/v1/projects/${old.id}/keys`);
    const fresh = await run([second, first], async (server) => {
      const keys = await keysOf(server);
      expect(keys.secretKey).not.toBe(old.secretKey);
      const credentials = [old.secretKey, oldToken, keys.secretKey, await tokenFor(keys, "alice")];
      expect(await statusesOf(server, credentials)).toEqual([200, 200, 200, 200]);
      return keys;
    });
    await run([second], async (server) => {
      expect(await keysOf(server)).toEqual(expect.objectContaining(fresh));
      const credentials = [old.secretKey, oldToken, fresh.secretKey, await tokenFor(fresh, "alice")];
      expect(await statusesOf(server, credentials)).toEqual([401, 401, 200, 200]);
      const content = await ask(server, fresh.secretKey, `${PATH}/content?format=text`);
      expect(content.text).toBe("kept");
    });
  },
);

test(
  "[SD32] while D1 is away a project that is known goes on, and one that is not known is answered 503, not 401",
  { timeout: 90_000 },
  async () => {
    const { server, known, unknown, knownMs } = await away;
    const credentials = [
      known.secretKey,
      await tokenFor(known, "alice"),
      unknown.secretKey,
      await tokenFor(unknown, "alice"),
    ];
    const forged = `${known.secretKey.slice(0, -4)}AAAA`;
    // Later than an isolate believes what it knows without asking.
    await expect
      .poll(() => performance.now() - knownMs, { timeout: FRESH_MS + 5_000, interval: 250 })
      .toBeGreaterThan(FRESH_MS + 500);
    expect(await statusesOf(server, [...credentials, forged])).toEqual([200, 200, 503, 503, 401]);
    await expect(RawClient.join(server, ID, { token: await tokenFor(unknown, "alice") })).rejects.toThrow("503");
    await write(server, known, ", and so on");
    await setFaults(server.url, []);
    await expect
      .poll(async () => await statusesOf(server, credentials), { timeout: 20_000, interval: 100 })
      .toEqual([200, 200, 404, 404]);
  },
);
