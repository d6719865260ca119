/**
 * What each frame of a client does in each situation of its socket, in both dialects: the whole table, written out. A frame type
 * without a row fails. Whoever lacks `read`, or is refused for another reason, has no socket: see access-table.test.ts.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { SCOPES, type Scope } from "../../src/auth/grants.ts";
import { yWebsocket } from "../../src/dialects/y-websocket.ts";
import { decodeClientFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import type { ClientMessage } from "../../src/protocol/messages.ts";
import { type Dialect, AccessSocket, PROMPT, QUERY_AWARENESS, frameOf, roomStub, showAs } from "./access-sockets.ts";
import { administer, textOf, typed, writeAsServer } from "./access-steps.ts";
import { type World, makeWorld } from "./access-world.ts";

/**
 * Columns: the scopes of the token (one beside `read`, or all of them); `locked`: all but admin, in a room that is locked to `read`;
 * `expired`: all, and the token ran out 31 s ago; `kicked`: all, and an administrator has removed its user; `closed`: all but admin, in a
 * room that was closed; `raised`, `lowered`: `read` and all, and then a fresh token with all and with `read`.
 * saved: in the document, and acknowledged where the dialect does; refused: not in it, and told so; waits: neither, nor told; shown,
 * unseen: to newcomers; renewed: its rights are those of the token it sent; a number: the socket is closed with it; -: cannot be.
 */
const ROOST = `
frame           read      presence  write     history   admin     all       locked    expired   kicked    closed    raised    lowered
hello           welcome   welcome   welcome   welcome   welcome   welcome   welcome   -         -         -         -         -
sync-step-1     document  document  document  document  document  document  document  document  4403      4403     document  document
sync-step-2     refused   refused   saved     refused   refused   saved     refused   waits     4403      4403     saved     refused
update          refused   refused   saved     refused   refused   saved     refused   waits     4403      4403     saved     refused
awareness       unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403     shown     unseen
received        nothing   nothing   nothing   nothing   nothing   nothing   nothing   nothing   4403      4403     nothing   nothing
token           renewed   renewed   renewed   renewed   renewed   renewed   renewed   renewed   4403      4403     renewed   renewed
bye             1000      1000      1000      1000      1000      1000      1000      1000      4403      4403     1000      1000
`;

/** A stock client that may not write any more cannot keep what it types: it is closed, and comes back with a fresh token. */
const Y_WEBSOCKET = `
frame           read      presence  write     history   admin     all       locked    expired   kicked    closed
sync-step-1     document  document  document  document  document  document  document  document  4403      4403
sync-step-2     refused   refused   saved     refused   refused   saved     refused   4501      4403      4403
update          refused   refused   saved     refused   refused   saved     refused   4501      4403      4403
awareness       unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403
query-awareness presence  presence  presence  presence  presence  presence  presence  presence  4403      4403
`;

const GRANTS: Readonly<Record<string, readonly Scope[]>> = {
  read: ["read"],
  presence: ["read", "presence"],
  write: ["read", "write"],
  history: ["read", "history"],
  admin: ["read", "admin"],
  all: SCOPES,
  locked: ["read", "write", "presence", "history"],
  expired: SCOPES,
  kicked: SCOPES,
  closed: ["read", "write", "presence", "history"],
  raised: ["read"],
  lowered: SCOPES,
};

/** Clients that are shown in the room. */
const SUBJECT = 7;
const WATCHER = 9;
/** So short that nobody is taken for gone when the clock is put forward: nothing was heard of anybody meanwhile. */
const SHORT_SECONDS = 2;
/** The clock skew, and a second. */
const EXPIRED_MS = (SHORT_SECONDS + 31) * 1_000;

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterEach(() => void vi.useRealTimers());

const cells = (dialect: Dialect, table: string) => {
  const [head = "", ...lines] = table.trim().split("\n");
  const [, ...situations] = head.split(/ +/);
  return lines.flatMap((line) => {
    const [frame = "", ...outcomes] = line.split(/ +/);
    return situations.map((situation, index) => ({ dialect, frame, situation, outcome: outcomes[index] ?? "" }));
  });
};
const all = [...cells("roost", ROOST), ...cells("y-websocket", Y_WEBSOCKET)];

describe("the table of frames", () => {
  const framesOf = (dialect: Dialect) => new Set(all.flatMap((cell) => (cell.dialect === dialect ? [cell.frame] : [])));

  test("[RT80] every message type of a client has a row", () => {
    const rowOf: Readonly<Record<ClientMessage["type"], string>> = {
      hello: "hello",
      "sync-step-1": "sync-step-1",
      "sync-step-2": "sync-step-2",
      update: "update",
      awareness: "awareness",
      received: "received",
      token: "token",
      bye: "bye",
    };
    expect([...framesOf("roost")].toSorted()).toEqual(Object.values(rowOf).toSorted());
    // Bodies of zeros: enough for any message to be read.
    const known = (
      decode: (frame: Uint8Array) => { readonly ok: boolean; readonly error?: { readonly reason: string } },
    ) =>
      Array.from({ length: 64 }, (_, type) => decode(Uint8Array.of(type, 0, 0, 0))).filter(
        (decoded) => decoded.ok || !/unknown message type \d+/.test(decoded.error?.reason ?? ""),
      ).length;
    // Zero is step 1, and what follows it are step 1s: a frame of the others ends with one as well.
    expect(known(decodeClientFrame)).toBe(framesOf("roost").size);
    // Three kinds of sync share one type.
    expect(known((frame) => yWebsocket.decode(frame))).toBe(framesOf("y-websocket").size - 2);
  });

  test.each(all.filter(({ outcome }) => outcome !== "-").map((cell) => [nameOf(cell), cell] as const))(
    "[RT80] %s",
    async (name, { dialect, frame, situation, outcome }) => {
      const id = name.replaceAll(/\W+/g, "-");
      await writeAsServer(world.keys.secretKey, id, "there before");
      const watcher = await AccessSocket.open("roost", id, { bearer: world.keys.secretKey }, WATCHER);
      const subject = await openIn(situation, { dialect, id, client: frame === "awareness" ? 0 : SUBJECT });
      if (subject.closed === undefined) await act(subject, frame);
      if (subject.closed === undefined) await subject.isHandled();
      await expect.poll(async () => await observe(subject, { frame, id }), PROMPT).toBe(outcome);
      await Promise.all([subject.close(), watcher.close()]);
    },
  );
});

type Cell = (typeof all)[number];

function nameOf({ dialect, frame, situation, outcome }: Cell): string {
  return `${dialect} ${frame}, ${situation}: ${outcome}`;
}

type Place = { readonly dialect: Dialect; readonly id: string; readonly client: number };

/** A socket of alice that is in the situation. */
async function openIn(situation: string, { dialect, id, client }: Place): Promise<AccessSocket> {
  const scopes = GRANTS[situation] ?? [];
  const bearer = await world.token(
    { "document:*": scopes },
    {
      expiresInSeconds: situation === "expired" ? SHORT_SECONDS : 600,
    },
  );
  const socket = await AccessSocket.open(dialect, id, { bearer }, client);
  if (situation === "locked") {
    await administer(world.keys.secretKey, id, "lock", { mode: "read" });
    await socket.isHandled();
  }
  if (situation === "expired") {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + EXPIRED_MS });
    await runDurableObjectAlarm(roomStub(id));
    await socket.isHandled();
  }
  if (situation === "closed") {
    await administer(world.keys.secretKey, id, "lock", { mode: "closed" });
    await expect.poll(() => socket.closed, PROMPT).toBeDefined();
  }
  if (situation === "raised" || situation === "lowered") {
    const token = await world.token({ "document:*": situation === "raised" ? SCOPES : ["read"] });
    socket.send(encodeClientFrame([{ type: "token", token }]));
    await expect.poll(() => socket.words(), PROMPT).toContain("rights");
  }
  if (situation === "kicked") {
    await administer(world.keys.secretKey, id, "kick", { user: "alice" });
    await expect.poll(() => socket.closed, PROMPT).toBe(4403);
  }
  // What came of it is no answer to the frame.
  socket.heard.length = 0;
  return socket;
}

async function act(socket: AccessSocket, frame: string): Promise<void> {
  const { dialect } = socket;
  switch (frame) {
    case "hello":
      // Said while opening: no client says it twice.
      return;
    case "sync-step-1":
      return socket.send(frameOf(dialect, "sync-step-1", Uint8Array.of(0)));
    case "sync-step-2":
    case "update":
      return socket.send(frameOf(dialect, frame, typed("by alice")));
    case "awareness":
      return socket.send(frameOf(dialect, "awareness", showAs(SUBJECT)));
    case "query-awareness":
      return socket.send(QUERY_AWARENESS);
    case "received":
      return socket.send(encodeClientFrame([{ type: "received", seq: 1 }]));
    case "token": {
      const token = await world.token({ "document:*": ["read", "write"] }, { name: "Alice" });
      return socket.send(encodeClientFrame([{ type: "token", token }]));
    }
    case "bye":
      return socket.send(encodeClientFrame([{ type: "bye" }]));
    default:
      throw new Error(`nobody knows how to send ${frame}`);
  }
}

/** What came of the frame, in the words of the table. */
async function observe(
  socket: AccessSocket,
  { frame, id }: { readonly frame: string; readonly id: string },
): Promise<string> {
  if (socket.closed !== undefined) return String(socket.closed);
  const words = socket.words();
  switch (frame) {
    case "hello":
      return socket.greeting[0] ?? "nothing";
    case "sync-step-1":
      return words.includes("sync-step-2") ? "document" : "nothing";
    case "sync-step-2":
    case "update": {
      const isSaved = (await textOf(world.keys.secretKey, id)).includes("by alice");
      if (isSaved) return socket.dialect === "roost" && !words.includes("ack") ? "saved, not acknowledged" : "saved";
      return words.includes("refused") || words.includes("denied") ? "refused" : "waits";
    }
    case "awareness": {
      const newcomer = await AccessSocket.open("roost", id, { bearer: world.keys.secretKey }, 0);
      await expect.poll(() => newcomer.peers().has(WATCHER), PROMPT).toBe(true);
      await newcomer.close();
      return newcomer.peers().has(SUBJECT) ? "shown" : "unseen";
    }
    case "query-awareness":
      return socket.peers().has(WATCHER) ? "presence" : "nothing";
    case "received":
      return words.every((word) => word === "sync-step-2" || word === "awareness") ? "nothing" : words.join(", ");
    case "token":
      return words.includes("rights") ? "renewed" : "nothing";
    default:
      return "nothing";
  }
}
