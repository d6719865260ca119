/**
 * Sockets of alice in each situation that the table of frames has.
 * @module
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, vi } from "vitest";
import { SCOPES, type Scope } from "../../src/auth/grants.ts";
import { type About, type Sample, SAMPLES } from "./access-samples.ts";
import { type Dialect, AccessSocket, PROMPT, roomStub } from "./access-sockets.ts";
import { administer } from "./access-steps.ts";
import type { World } from "./access-world.ts";

const BUT_ADMIN = SCOPES.filter((scope) => scope !== "admin");

/** What the token has that a socket comes with; see the columns of access-frames.test.ts. */
const GRANTS = {
  read: ["read"],
  presence: ["read", "presence"],
  write: ["read", "write"],
  history: ["read", "history"],
  admin: ["read", "admin"],
  all: SCOPES,
  locked: BUT_ADMIN,
  expired: SCOPES,
  kicked: SCOPES,
  closed: BUT_ADMIN,
  raised: ["read"],
  lowered: SCOPES,
} as const satisfies Readonly<Record<string, readonly Scope[]>>;
export type Situation = keyof typeof GRANTS;
// SAFETY: the keys of what is written out above.
export const SITUATIONS = Object.keys(GRANTS) as readonly Situation[];

/** So short that nobody is taken for gone when the clock is put forward: nothing was heard of anybody meanwhile. */
const SHORT_SECONDS = 2;
/** The clock skew, and a second. */
const EXPIRED_MS = (SHORT_SECONDS + 31) * 1_000;

export type Place = {
  readonly dialect: Dialect;
  readonly id: string;
  /** A socket for each, by its name; 0 for one that shows nobody. */
  readonly clients: ReadonlyMap<string, number>;
};

/** Its sockets; closed already where that is what the situation comes to. What they heard of it is forgotten. */
export async function openIn(
  world: World,
  situation: Situation,
  { dialect, id, clients }: Place,
): Promise<ReadonlyMap<string, AccessSocket>> {
  const isByLock = renewalOf(dialect) === null && (situation === "raised" || situation === "lowered");
  const lock = async (mode: string) => await administer(world.keys.secretKey, id, "lock", { mode });
  if (isByLock) await lock("read");
  const bearer = await world.token(
    { "document:*": isByLock ? BUT_ADMIN : GRANTS[situation] },
    { expiresInSeconds: situation === "expired" ? SHORT_SECONDS : 600 },
  );
  const sockets = new Map<string, AccessSocket>();
  for (const [name, client] of clients) {
    // Who is going to ask once more has heard no ack that its question might have crossed.
    const way = name === "sync-step-1" ? "openMute" : "open";
    sockets.set(name, await AccessSocket[way](dialect, id, { bearer }, client));
  }
  const all = [...sockets.values()];
  const rises = situation === "raised";
  if (situation === "locked") await lock("read");
  if (rises && isByLock) await lock("open");
  if ((rises || situation === "lowered") && !isByLock) {
    const token = await world.token({ "document:*": rises ? SCOPES : ["read"] });
    await Promise.all(all.map(async (socket) => await renew(socket, { id, token })));
  }
  if (situation === "expired") {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + EXPIRED_MS });
    await runDurableObjectAlarm(roomStub(id));
  }
  if (situation === "closed") await lock("closed");
  if (situation === "kicked") await administer(world.keys.secretKey, id, "kick", { user: "alice" });
  const isOver = situation === "closed" || situation === "kicked";
  if (isOver) await expect.poll(() => all.every(({ closed }) => closed !== undefined), PROMPT).toBe(true);
  else await Promise.all(all.map(async (socket) => await socket.isHandled()));
  for (const socket of all) socket.heard.length = 0;
  return sockets;
}

function renewalOf(dialect: Dialect): Sample | null {
  const { token, auth } = SAMPLES[dialect].events;
  return token ?? auth;
}

async function renew(socket: AccessSocket, about: Pick<About, "id" | "token">): Promise<void> {
  await socket.isHandled();
  const told = () => socket.words().filter((word) => word.startsWith("rights")).length;
  const before = told();
  socket.send(renewalOf(socket.dialect)?.({ ...about, client: 0, words: "" }) ?? "no such sample");
  await expect.poll(told, PROMPT).toBe(before + 1);
}
