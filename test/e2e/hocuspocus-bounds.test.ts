/**
 * What one Hocuspocus socket may ask of the router, and what it may not: many documents, too many, strangers, and what is logged of them.
 */
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type ClosedServer,
  type Project,
  ask,
  createProject,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import { MAX_UNPROVEN_FRAMES } from "../../src/router/hocuspocus-bounds.ts";
import { permissionDenied } from "../../src/protocol/hocuspocus-address.ts";
import { authFrame, hocuspocusFrame, stepOneFrame } from "../support/hocuspocus-frames.ts";
import { SharedClient } from "../support/shared-hocuspocus.ts";

const PROMPT = { timeout: 20_000, interval: 20 };
/** A socket on which nobody says who they are. */
const SILENCE_MS = 10_000;

let server: ClosedServer;
let acme: Project;
const clients: SharedClient[] = [];
const bare: WebSocket[] = [];
/** Who says nothing does so beside all other tests: it takes the whole silence. */
let silent: Promise<{ readonly code: number; readonly afterMs: number }>;
let unnamed: Promise<{ readonly heard: readonly Buffer[]; readonly afterMs: number; readonly state: number }>;
const UNNAMED_ID = "no/token";

beforeAll(async () => {
  server = await startClosedServer();
  acme = await createProject(server, "acme");
  [silent, unnamed] = [saySilence(), askUnnamed()];
  // Looked at later: what fails before is no accident of another test.
  void Promise.allSettled([silent, unnamed]);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.end();
  for (const socket of bare.splice(0)) socket.terminate();
});
afterAll(async () => await server.stop());

const everything = async (user: string) => await tokenFor(acme, user);
const linesWith = (...texts: readonly string[]) =>
  server.logs.map(({ message }) => message).filter((line) => texts.every((text) => line.includes(text)));

function open(): SharedClient {
  const client = new SharedClient("4.8", `${server.wsUrl}/hocuspocus`);
  clients.push(client);
  return client;
}

async function stored(id: string): Promise<string> {
  return (await ask(server, acme.secretKey, `/v1/documents/${encodeURIComponent(id)}/content?format=text`)).text;
}

/** A socket without a provider, and what became of it. `among` those that end with their test, or not. */
async function openBare(path = "/hocuspocus", headers: Record<string, string> = {}, among: WebSocket[] = bare) {
  const socket = new WebSocket(`${server.wsUrl}${path}`, { headers });
  among.push(socket);
  const heard: Buffer[] = [];
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  socket.on("message", (data) => {
    if (Buffer.isBuffer(data)) heard.push(data);
  });
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  return { socket, heard, closed };
}

async function saySilence() {
  const startMs = performance.now();
  const { closed } = await openBare("/hocuspocus", {}, []);
  return { code: await closed, afterMs: performance.now() - startMs };
}

async function askUnnamed() {
  const { socket, heard } = await openBare(`/hocuspocus/${UNNAMED_ID}`, {}, []);
  const startMs = performance.now();
  const answered = new Promise((resolve) => socket.once("message", resolve));
  socket.send(stepOneFrame(UNNAMED_ID));
  await answered;
  const found = { heard: [...heard], afterMs: performance.now() - startMs, state: socket.readyState };
  socket.terminate();
  return found;
}

test("[RT133] a hundred documents on one socket, and not one more", async () => {
  const token = await everything("alice");
  const alice = open();
  const documents = Array.from({ length: 101 }, (_, index) => alice.open(`hundred/${index}`, { token }));
  await expect.poll(() => documents.filter(({ isSaved }) => isSaved()).length, { timeout: 30_000 }).toBe(100);
  for (const { type } of documents.slice(0, 100)) type("x");
  await expect.poll(() => documents.filter(({ isSaved }) => isSaved()).length, { timeout: 30_000 }).toBe(100);
  expect(documents[100]?.denials).toEqual(["One socket carries 100 documents."]);
  expect([await stored("hundred/0"), await stored("hundred/99"), alice.sockets.length]).toEqual(["x", "x", 1]);
});

describe("what passes by itself", () => {
  test("[RT136] more joins a second than a document takes come in one after the other, and nobody is told", async () => {
    const slow = await createProject(server, "slow", { limits: { joinsPerSecond: 1 } });
    const token = await tokenFor(slow, "alice");
    const alice = open();
    const sessions = Array.from({ length: 6 }, () => alice.open("busy", { token, sessionAwareness: true }));
    await expect.poll(() => sessions.filter(({ isSaved }) => isSaved()).length, { timeout: 40_000 }).toBe(6);
    expect([sessions.flatMap(({ denials }) => denials), alice.sockets.length]).toEqual([[], 1]);
  });

  test("[RT131] a document that is full or locked says so to one address", async () => {
    const small = await createProject(server, "small", { limits: { socketsPerRoom: 1 } });
    const token = await tokenFor(small, "alice", { rooms: { "document:*": ["read", "write"] } });
    const alice = open();
    const [first, second] = [1, 2].map(() => alice.open("full", { token, sessionAwareness: true }));
    const denials = () => [first, second].flatMap((document) => document?.denials ?? []);
    await expect.poll(denials, PROMPT).toEqual(["Too many. The limit socketsPerRoom is reached."]);
    const lock = { body: { mode: "closed" } };
    const made = alice.open("locked", { token });
    await expect.poll(made.isSaved, PROMPT).toBe(true);
    made.provider.destroy();
    expect((await ask(server, small.secretKey, "/v1/rooms/document/locked/lock", lock)).status).toBe(200);
    const locked = alice.open("locked", { token });
    await expect.poll(() => locked.denials, PROMPT).toEqual(["Locked. Only an administrator may do this now."]);
    expect(alice.sockets).toHaveLength(1);
  });
});

describe("who shows nothing", () => {
  test("[RT133] floods before anybody is let in end their own socket, and touch no room", async () => {
    const frames = await openBare();
    for (let sent = 0; sent <= 1_000; sent += 1) frames.socket.send(hocuspocusFrame("flood", "queryAwareness"));
    expect(await frames.closed).toBe(4529);
    const bytes = await openBare();
    bytes.socket.send(hocuspocusFrame("flood", "sync", (encoder) => (encoder.cbuf = new Uint8Array(70_000))));
    bytes.socket.send(Buffer.concat([hocuspocusFrame("flood", "sync"), Buffer.alloc(70_000)]));
    expect(await bytes.closed).toBe(4529);
    const addresses = await openBare();
    for (let index = 0; index < 200; index += 1) addresses.socket.send(authFrame(`flood/${index}`, "no token"));
    await expect.poll(() => addresses.heard.length, PROMPT).toBe(200);
    expect([addresses.socket.readyState, linesWith('"event":"connect"', "/flood")]).toEqual([WebSocket.OPEN, []]);
  });

  test("[RT133] silence ends a socket after 10 s", async () => {
    const { code, afterMs } = await silent;
    expect(code).toBe(4508);
    expect(afterMs).toBeGreaterThan(SILENCE_MS - 100);
  });

  test("[RT133] an address without a token is refused after 10 s, as 2.15 begins where it has none", async () => {
    const { heard, afterMs, state } = await unnamed;
    expect(afterMs).toBeGreaterThan(SILENCE_MS - 100);
    expect([heard, state]).toEqual([[Buffer.from(permissionDenied(UNNAMED_ID, "Not authorized"))], WebSocket.OPEN]);
  });

  test("[RT133] more strangers of one address than it may have shut nobody out", { timeout: 90_000 }, async () => {
    const token = await everything("alice");
    const closes: Promise<number>[] = [];
    for (let round = 0; round < 14; round += 1) {
      const strangers = await Promise.all(Array.from({ length: 50 }, async () => await openBare()));
      for (const { socket } of strangers) socket.send(authFrame("guess", "bad"));
      closes.push(...strangers.map(({ closed }) => closed));
    }
    expect(await Promise.race(closes)).toBe(1013);
    const alice = open();
    const document = alice.open("crowd", { token });
    await expect.poll(document.isSaved, { timeout: 40_000, interval: 20 }).toBe(true);
    expect(alice.sockets).toHaveLength(1);
    expect(bare.at(-1)?.readyState).toBe(WebSocket.OPEN);
  });

  test("[RT133] more than 300 refused tokens a minute end their socket", async () => {
    const guesses = await openBare();
    // Each after the answer to the one before: the time that this takes allows a few more, and frames that wait have a bound of their own.
    const guess = () => guesses.socket.send(authFrame("guess", `guess ${guesses.heard.length}`));
    guesses.socket.on("message", guess);
    guess();
    expect(await guesses.closed).toBe(4529);
    expect(guesses.heard.length).toBeGreaterThanOrEqual(300);
    expect(guesses.heard.length).toBeLessThan(MAX_UNPROVEN_FRAMES);
  });

  test("[RT131] a wrong origin is refused at each address, and before the socket where its address shows who asks", async () => {
    const token = await everything("alice");
    const evil = { origin: "https://evil.example" };
    const { socket, heard } = await openBare("/hocuspocus", evil);
    socket.send(authFrame("origin", token));
    await expect.poll(() => heard.join(""), PROMPT).toContain("Origin not allowed");
    await expect(openBare(`/hocuspocus?token=${token}`, evil)).rejects.toThrow("403");
  });
});

test("[RT139] a refused address is one line of the log with its request, and no line holds a token", async () => {
  const token = await everything("alice");
  const { socket, heard } = await openBare();
  socket.send(authFrame("logged", `${token}x`));
  socket.send(authFrame("logged/too", token));
  await expect.poll(() => heard.length, PROMPT).toBeGreaterThan(1);
  const refusals = () => linesWith('"address-refused"', '"logged"');
  await expect.poll(() => refusals().length, PROMPT).toBe(1);
  const [line = "{}"] = refusals();
  const { level, request, document, tag } = JSON.parse(line) as Record<string, string>;
  expect({ level, document, tag }).toEqual({ level: "info", document: "logged", tag: "unauthorized" });
  await expect.poll(() => linesWith(request ?? "-", '"upgrade"').length, PROMPT).toBe(1);
  expect([linesWith(token), linesWith(token.split(".")[2] ?? "-")]).toEqual([[], []]);
});
