/**
 * Strangers who want to use the server up: from half-open connections to floods of everything. While they are at it, somebody types in
 * another room and notices next to nothing; when they are gone, so is the memory they took.
 */
import { setPriority } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Attack, Outcome } from "../support/attack-sockets.ts";
import { Attacker } from "../support/attacker.ts";
import type { AttackName } from "../support/attacks.ts";
import {
  type ClosedServer,
  type Project,
  createProject,
  makeSecret,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import { openFileLimit } from "../support/file-limit.ts";
import { type Idlers, seatIdlers } from "../support/idlers.ts";
import { type Latency, Neighbour } from "../support/neighbour.ts";
import { residentBytes } from "../support/resident-bytes.ts";
import { recordResult } from "../support/results.ts";
import {
  MAX_GROWTH_BYTES,
  MAX_LATE_MS,
  type Siege,
  WINDOW_MS,
  besiege,
  calmest,
  settledGrowth,
} from "../support/siege.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const MIB = 1024 * 1024;
/** The runtime keeps so much of every connection it ever had, whatever it was for: `/healthz`, which does nothing, makes it grow too. */
const RUNTIME_BYTES_PER_SOCKET = 128 * 1024;
/** And takes so much of each upgrade that is under way at the same moment. */
const RUNTIME_BYTES_PER_UPGRADE = 512 * 1024;
/** What is refused costs the local runtime 2 to 3 ms; more of it a second would measure that thread and nothing else. */
const KNOCKS_PER_SECOND = 50;
const FLOODERS = 20;
const LAX = { connectsPerMinute: 1_000_000, requestsPerMinute: 10_000_000, socketsPerAddress: 32_000 };

let server: ClosedServer;
let lax: Project;
let neighbour: Neighbour;
let attacker: Attacker;
let tokens: readonly string[];
/** Runs beside everything else, as it takes 20 s and next to no work. */
let idlers: Idlers;

beforeAll(async () => {
  server = await startClosedServer();
  lax = await createProject(server, "besieged", { limits: LAX });
  tokens = await tokensOf(lax, 1_000);
  neighbour = await Neighbour.join(server, "next door", { token: await tokenFor(lax, "neighbour") });
  attacker = new Attacker();
  favour(process.pid);
  favour(server.workerdPid());
  await neighbour.type(2_000);
  const slow = (id: string, forMs: number) => attackOn(id, { count: SLOW, forMs });
  idlers = await seatIdlers({ pid: server.workerdPid(), neighbour }, slow, MAX_HALF_OPEN_MS);
});
afterAll(async () => {
  idlers.end();
  neighbour.leave();
  attacker.end();
  await server.stop();
});

/** Where it is allowed: other programs of this machine are not what is measured, strangers are far away. */
function favour(pid: number): void {
  try {
    setPriority(pid, -10);
  } catch {
    // Not as root: rounds are repeated instead.
  }
}

async function tokensOf(project: Project, count: number): Promise<readonly string[]> {
  return await Promise.all(Array.from({ length: count }, (_, index) => tokenFor(project, `stranger-${index}`)));
}

function attackOn(id: string, rest: Partial<Attack>): Attack {
  return { port: Number(new URL(server.url).port), id, tokens, count: 1, forMs: WINDOW_MS, ...rest };
}

async function siege(name: AttackName, rest: Partial<Attack>): Promise<Siege> {
  return await besiege({ pid: server.workerdPid(), neighbour, attacker }, name, attackOn(`attacked by ${name}`, rest));
}

const SLOW = isLong ? 3_000 : 200;
const MAX_HALF_OPEN_MS = 25_000;

const inMib = (bytes: number) => Math.max(0, Math.round(bytes / MIB));
const inMs = ({ p50, p99 }: Latency) => `${p50.toFixed(1)} / ${p99.toFixed(0)}`;

function expectCalm(test: string, { outcome, quiet, storm, isCalm, grownBytes }: Siege, allowedBytes = 0): void {
  const count = Object.entries(outcome).map(([what, often]) => `${what}: ${often}`);
  recordResult(`siege-${test.replaceAll(/\W+/g, "-")}`, {
    promise: "P8 P9",
    test,
    count: count.join(", "),
    result: `p50 / p99 of a keystroke in another room ${inMs(quiet)} ms in quiet, ${inMs(storm)} ms meanwhile; the runtime grew by ${inMib(grownBytes)} MiB`,
  });
  expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES + allowedBytes);
  expect({ isCalm, quiet, storm }).toMatchObject({ isCalm: true });
}

/** How many sockets were closed or requests refused, by code. */
function only(outcome: Outcome, pattern: RegExp): Outcome {
  return Object.fromEntries(Object.entries(outcome).filter(([what]) => pattern.test(what)));
}

/** The local runtime opens two files for each connection, and ends when it may open no more; on the platform connections are not its own. */
const WAVE = Math.floor(0.4 * (await openFileLimit()));
const HALF_OPEN = Math.min(isLong ? 10_000 : 3_000, WAVE);

test(
  `[SD1] ${HALF_OPEN} connections that stay half-open hold nobody up and cost bounded memory`,
  { timeout: 1_200_000 },
  async () => {
    const held = await siege("half-open", { count: HALF_OPEN, forMs: WINDOW_MS * 3 });
    expect(held.outcome["opened"]).toBeGreaterThan(3 * 0.9 * HALF_OPEN);
    expectCalm("half-open connections", held, 3 * HALF_OPEN * RUNTIME_BYTES_PER_SOCKET);
  },
);

const JOINS = 1_000;
/** One address opens 75 sockets a second, and those of a thousand that wait longer than 8 s come again. */
const MAX_JOINED_MS = 60_000;

test(
  `[SD3] ${JOINS} joins at once are all let in, one after the other; half of all keystrokes next door come as in quiet`,
  { timeout: 1_200_000 },
  async () => {
    const before = await residentBytes(server.workerdPid());
    const round = async (id: string) => {
      const quiet = await neighbour.type(2 * WINDOW_MS);
      const { outcome } = attacker.run("joins", attackOn(id, { count: JOINS, forMs: MAX_JOINED_MS }));
      const storm = await neighbour.type(20 * WINDOW_MS);
      return { quiet, storm, ended: await outcome };
    };
    const { quiet, storm, ended, maxMs } = await calmest(round);
    expect(ended["opened"]).toBe(JOINS);
    expect(ended["joined ms"]).toBeLessThan(MAX_JOINED_MS);
    const allowed = MAX_GROWTH_BYTES + JOINS * RUNTIME_BYTES_PER_UPGRADE;
    const grown = await settledGrowth(server.workerdPid(), before, allowed);
    recordResult("siege-joins", {
      promise: "P8 P9",
      test: "joins at once into one room, everything on one thread",
      count: `${JOINS} sockets with tokens of their own`,
      result: `all in after ${ended["joined ms"]} ms; p50 / p99 of a keystroke in another room ${inMs(quiet)} ms before, ${inMs(storm)} ms meanwhile; the runtime grew by ${inMib(grown)} MiB`,
    });
    expect(grown).toBeLessThan(allowed);
    expect(storm.p99).toBeLessThan(MAX_LATE_MS);
    expect(storm.p50).toBeLessThan(maxMs);
  },
);

test(
  "[SD4] floods of edits end with 4529 and cost bounded memory, and nobody next door notices",
  { timeout: 1_200_000 },
  async () => {
    const before = await residentBytes(server.workerdPid());
    const round = async (id: string) => {
      const quiet = await neighbour.type(WINDOW_MS);
      const { started, outcome } = attacker.run("sync flood", attackOn(id, { count: FLOODERS, forMs: 6 * WINDOW_MS }));
      await started;
      const storm = await neighbour.type(6 * WINDOW_MS);
      return { quiet, storm, ended: await outcome };
    };
    const { quiet, storm, ended, maxMs } = await calmest(round);
    expect(ended["closed 4529"]).toBeGreaterThanOrEqual(FLOODERS / 2);
    // What was taken lies in memory until it is compacted, and is on its way to nineteen others.
    const allowed = 2 * MAX_GROWTH_BYTES;
    const grown = await settledGrowth(server.workerdPid(), before, allowed);
    recordResult("siege-edits", {
      promise: "P8 P9",
      test: "floods of edits, 1 MB/s a socket, with the limits that a project has by default; one thread and one disk for all rooms",
      count: `${FLOODERS} sockets that come back when all are closed, ${Math.round((ended["sent bytes"] ?? 0) / MIB)} MiB sent`,
      result: `${ended["closed 4529"]} closed with 4529; p50 / p99 of a keystroke in another room ${inMs(quiet)} ms before, ${inMs(storm)} ms meanwhile; the runtime grew by ${inMib(grown)} MiB`,
    });
    expect(grown).toBeLessThan(allowed);
    expect(storm.p50).toBeLessThan(maxMs);
  },
);

test("[SD5] floods of presence are shed, and nobody next door notices", { timeout: 1_200_000 }, async () => {
  expectCalm("floods of presence, 1 MB/s a socket", await siege("presence flood", { count: FLOODERS }));
});

test(
  "[SD6] huge state vectors and huge awareness are answered or refused, and nobody next door notices",
  { timeout: 1_200_000 },
  async () => {
    expectCalm("state vectors of 50,000 clients", await siege("state vectors", { count: 4 }));
    const huge = await siege("huge awareness", { count: 2 });
    const { opened = 0, "closed 4400": malformed = 0, "closed 4413": large = 0 } = huge.outcome;
    expect(malformed + large).toBe(opened);
    expect(large).toBeGreaterThan(0);
    expectCalm("awareness of 200,000 clients, states of 8 MiB", huge);
  },
);

const KNOCKS = isLong ? 5_000 : 0;

test(
  "[SD7] tokens of 8 KB and keys that do not verify are refused with 401 each time, and nobody next door notices",
  { timeout: 1_200_000 },
  async () => {
    const rooms = Object.fromEntries(
      Array.from({ length: 95 }, (_, index) => [`document:${"x".repeat(28)}${index}/*`, ["read"] as const]),
    );
    const large = await tokenFor(lax, "nobody", { rooms });
    expect(large.length).toBeGreaterThan(6_000);
    const wrong = (text: string) =>
      Array.from({ length: 500 }, (_, index) => text.slice(0, -8) + String(index).padStart(8, "A"));
    const elsewhere = await tokenFor({ secretKey: lax.secretKey.replace("besieged", "nowhere") }, makeSecret());
    const forMs = Math.max(WINDOW_MS, (KNOCKS / KNOCKS_PER_SECOND / 3) * 1_000);
    for (const [name, offered] of Object.entries({
      "tokens of 7 KB with wrong signatures": wrong(large),
      "keys with wrong MACs": [...wrong(lax.secretKey), ...wrong(lax.publishableKey), elsewhere],
    })) {
      const knocks = await siege("knock", { count: KNOCKS_PER_SECOND, tokens: offered, forMs });
      expect(Object.keys(knocks.outcome)).toEqual(["status 401"]);
      expectCalm(name, knocks);
    }
  },
);

test(
  "[SD2] sockets that never say hello are closed with 4508 after ten seconds, half a request after fifteen",
  { timeout: 1_200_000 },
  async () => {
    const { quiet, storm, grownBytes: grown, slow, half } = idlers;
    expect(only(await slow, /closed|status|still/)).toEqual({ "closed 4508": SLOW });
    const { "still open": stillOpen, "lasted ms": lastedMs } = await half;
    expect(stillOpen).toBe(0);
    expect(lastedMs).toBeLessThan(MAX_HALF_OPEN_MS);
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES + 2 * SLOW * RUNTIME_BYTES_PER_SOCKET);
    expect(storm.p99).toBeLessThan(MAX_LATE_MS);
    recordResult("siege-slow-hello", {
      promise: "P8 P9",
      test: "sockets that never say hello, requests that never end",
      count: `${SLOW} of each`,
      result: `closed with 4508 after 10 s, cut after 15; p50 / p99 of a keystroke in another room ${inMs(quiet)} ms before, ${inMs(storm)} ms meanwhile; the runtime held ${inMib(grown)} MiB more`,
    });
  },
);
