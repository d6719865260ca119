/**
 * What each frame of a presence client does in each situation of its socket: the whole table, written out. A message type without a row
 * fails. Whoever lacks `read`, or is refused for another reason, has no socket: see access-table.test.ts.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { SCOPES, type Scope } from "../../src/auth/grants.ts";
import { decodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import { PRESENCE_SUBPROTOCOL, type PresenceClientMessage } from "../../src/protocol/presence-messages.ts";
import { type World, ask, makeWorld, showing } from "./access-world.ts";
import { PROMPT, PresencePeer } from "./presence-peer.ts";

/**
 * Columns: the scopes of the token (one beside `read`, or all of them); `locked`: all but admin, in a room that is locked to `read`;
 * `expired`: all, and the token ran out 31 s ago; `kicked`: all, and an administrator has removed its user; `closed`: all but admin, in a
 * room that was closed; `raised`, `lowered`: `read` and all, and then a fresh token with all and with `read`.
 * `hello` is a second one with another name: the first one is how each of them got in. seen, unseen: by others; renewed: its rights are those of the token it sent; a number: the socket is closed with it.
 */
const TABLE = `
frame   read     presence  write    history  admin    all      locked   expired  kicked   closed   raised   lowered
hello   unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
state   unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
cursor  unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
gone    unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
typing  unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
event   unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
status  unseen   seen      unseen   unseen   unseen   seen     seen     seen     4403     4403     seen     unseen
view    unseen   unseen    unseen   unseen   unseen   unseen   unseen   unseen   4403     4403     unseen   unseen
token   renewed  renewed   renewed  renewed  renewed  renewed  renewed  renewed  4403     4403     renewed  renewed
read    unseen   unseen    unseen   unseen   unseen   unseen   unseen   unseen   4403     4403     unseen   unseen
bye     1000     1000      1000     1000     1000     1000     1000     1000     4403     4403     1000     1000
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

const MESSAGES: Readonly<Record<Exclude<PresenceClientMessage["type"], "token">, PresenceClientMessage>> = {
  hello: { type: "hello", version: 1, hello: { user: { name: "Robert" } } },
  state: { type: "state", key: "mood", json: '"good"' },
  cursor: { type: "cursor", anchor: 1, x: 2, y: 3 },
  gone: { type: "gone" },
  typing: { type: "typing", where: "comment" },
  event: { type: "event", name: "clap", json: "" },
  status: { type: "status", status: "idle" },
  view: { type: "view", view: { top: 0, bottom: 1 }, follows: 0 },
  read: { type: "read", number: 7 },
  bye: { type: "bye" },
};

const SHORT_SECONDS = 2;
/** The clock skew, and a second. */
const EXPIRED_MS = (SHORT_SECONDS + 31) * 1_000;
/** Three flushes. */
const UNSEEN_MS = 150;

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterEach(() => void vi.useRealTimers());

const [head = "", ...lines] = TABLE.trim().split("\n");
const [, ...situations] = head.split(/ +/);
const rows = lines.map((line) => line.split(/ +/));
const cells = rows.flatMap(([frame = "", ...outcomes]) =>
  situations.map((situation, index) => ({ frame, situation, outcome: outcomes[index] ?? "" })),
);

test("[RT80] every message type of a presence client has a row", () => {
  expect(rows.map(([frame = ""]) => frame).toSorted()).toEqual([...Object.keys(MESSAGES), "token"].toSorted());
  // Bodies of an empty JSON object: enough for any message to be read, or to fail further in.
  const known = Array.from({ length: 64 }, (_, type) => decodePresenceClientFrame(Uint8Array.of(type, 0, 0, 0))).filter(
    (decoded) => decoded.ok || !/unknown message type [1-9]/.test(decoded.error.reason),
  );
  // A cursor that names its element has a type of its own.
  expect(known.length).toBe(rows.length + 1);
});

test.each(cells.map((cell) => [`${cell.frame} of ${cell.situation}`, cell] as const))(
  "[RT80] presence: %s",
  async (name, { frame, situation, outcome }) => {
    const id = name.replaceAll(" ", "-");
    const watcher = await join(id, world.keys.secretKey);
    const subject = await join(id, await tokenOf(situation));
    await expect.poll(() => watcher.counts?.[1], PROMPT).toBe(2);
    const both = { subject, watcher };
    if (frame === "gone") await pointAt(both, subject.actor !== 0);
    await bring(id, situation, both);
    if (frame === "gone" && situation === "raised") await pointAt(both, true);
    watcher.forget();
    subject.forget();
    if (subject.closed === undefined) await act(subject, frame);
    if (outcome === "unseen") await delay(UNSEEN_MS);
    await expect.poll(() => observe(subject, watcher, frame), PROMPT).toBe(outcome);
    await Promise.all([subject.end(), watcher.end()]);
  },
);

async function join(id: string, bearer: string): Promise<PresencePeer> {
  const { headers } = showing({ bearer }, { protocols: [PRESENCE_SUBPROTOCOL] });
  const { webSocket, status } = await ask(`/v1/presence/${id}/connect`, { headers });
  if (webSocket === null) throw new Error(`refused with ${status}`);
  const peer = new PresencePeer(webSocket);
  await peer.greet();
  return peer;
}

async function tokenOf(situation: string): Promise<string> {
  const rooms = { "presence:*": GRANTS[situation] ?? [] };
  return await world.token(rooms, { user: "bob", ...(situation === "expired" && { expiresInSeconds: SHORT_SECONDS }) });
}

type Both = { readonly subject: PresencePeer; readonly watcher: PresencePeer };

async function bring(id: string, situation: string, { subject, watcher }: Both): Promise<void> {
  if (situation === "locked") await administer(id, "lock", { mode: "read" });
  if (situation === "expired") {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + EXPIRED_MS });
    // The first thing it says finds that out.
    subject.send(MESSAGES.view);
    await expect.poll(() => subject.words(), PROMPT).toContain("rights");
  }
  if (situation === "raised" || situation === "lowered") {
    const isRaised = situation === "raised";
    const token = await world.token({ "presence:*": isRaised ? SCOPES : ["read"] }, { user: "bob" });
    subject.send({ type: "token", token });
    await expect.poll(() => subject.words(), PROMPT).toContain("rights");
    // That alone is news to the others.
    const others = () => [...watcher.people.keys()].filter((actor) => actor !== watcher.actor);
    await expect.poll(() => others().length, PROMPT).toBe(isRaised ? 1 : 0);
  }
  if (situation === "closed") await administer(id, "lock", { mode: "closed" });
  if (situation === "kicked") await administer(id, "kick", { user: "bob" });
  if (situation !== "closed" && situation !== "kicked") return;
  await expect.poll(() => subject.closed, PROMPT).toBeDefined();
}

async function administer(id: string, verb: string, body: object): Promise<void> {
  const { status } = await ask(`/v1/rooms/presence/${id}/${verb}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${world.keys.secretKey}`, "content-type": "application/json" },
  });
  expect(status).toBe(200);
}

/** There is a cursor that can go. */
async function pointAt({ subject, watcher }: Both, isSeen: boolean): Promise<void> {
  subject.send(MESSAGES.cursor);
  if (isSeen) await expect.poll(() => watcher.words(), PROMPT).toContain("cursor");
}

async function act(subject: PresencePeer, frame: string): Promise<void> {
  if (frame !== "token") return subject.send(MESSAGES[frame as keyof typeof MESSAGES]);
  subject.send({ type: "token", token: await world.token({ "presence:*": SCOPES }, { user: "bob" }) });
}

function observe(subject: PresencePeer, watcher: PresencePeer, frame: string): string {
  if (subject.closed !== undefined) return String(subject.closed.code);
  const rights = subject.messages.findLast(({ type }) => type === "rights");
  if (frame === "token")
    return rights?.type === "rights" && rights.rights.scopes.length === SCOPES.length ? "renewed" : "";
  return watcher.words().includes(frame === "hello" ? "person" : frame) ? "seen" : "unseen";
}
