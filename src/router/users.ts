/**
 * Users of a project who are refused: from now on everywhere, and out of every room they are in.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Result, ok } from "../protocol/result.ts";
import { type ProjectId, type RoomName, parseRoomName } from "../protocol/room-id.ts";
import type { D1Failed } from "../storage/d1/d1-failed.ts";
import { Revocations } from "../storage/d1/revocations.ts";
import { UserRooms } from "../storage/d1/user-rooms.ts";
import { memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { forgetProject } from "./project-cache.ts";
import { anyRoom } from "./room-client.ts";
import * as routes from "./routes-projects.ts";
import { parseUserSegment } from "./schemas-projects.ts";

const PREFIX = "/v1/users/";
/** A call that takes longer is given up on by proxies; the caller asks again for the rest. */
const MAX_ROOMS = 1_000;
/** Connections a Worker may have open at once. */
const PARALLEL_ROOMS = 6;
const REVOKED = "access was revoked";

type Person = { readonly project: ProjectId; readonly user: string };
type Kicked = { readonly closedSockets: number; readonly roomsLeft: number };

export function addUserRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.revokeUser, async (c): Promise<Response> => {
    const [segment = ""] = new URL(c.req.url).pathname.slice(PREFIX.length).split("/", 1);
    const user = parseUserSegment(segment);
    if (!user.ok) return fail(c, user.error);
    const { project } = memberOf(c);
    const nowMs = Date.now();
    const { untilMs, forSeconds = 0 } = c.req.valid("json");
    const revocation = { user: user.value, untilMs: untilMs ?? nowMs + forSeconds * 1000 };
    // First, so that a room which the user joins meanwhile is found here or by the queue's consumer.
    const put = await new Revocations(c.env.DB).put(project, revocation, nowMs);
    if (!put.ok) return put.error.tag === "too-many-revocations" ? tooMany(c, put.error.limit) : fail(c, put.error);
    forgetProject(c.env, project);
    const isRefused = revocation.untilMs > nowMs;
    const person = { project, user: user.value };
    const kicked = isRefused ? await kickEverywhere(c, person) : ok({ closedSockets: 0, roomsLeft: 0 });
    if (!kicked.ok) return fail(c, kicked.error);
    const done = { user: user.value, untilMs: isRefused ? revocation.untilMs : null, ...kicked.value };
    await auditLog(c, { action: "revoke-user", target: user.value, detail: done });
    return c.json(done);
  });
}

/** Rooms that could not be told stay on the list, as do those beyond the limit. */
async function kickEverywhere(c: RouterContext, person: Person): Promise<Result<Kicked, D1Failed>> {
  const startMs = Date.now();
  const seen = new UserRooms(c.env.DB);
  const listed = await seen.list(person.project, person.user, MAX_ROOMS);
  if (!listed.ok) return listed;
  const waiting = [...listed.value];
  const told: RoomName[] = [];
  let closedSockets = 0;
  const worker = async () => {
    for (let room = waiting.shift(); room !== undefined; room = waiting.shift()) {
      const closed = await kick(c, room, person.user);
      if (closed === null) continue;
      told.push(room);
      closedSockets += closed;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_ROOMS }, worker));
  const left = await seen.remove({ ...person, rooms: told }, startMs);
  return left.ok ? ok({ closedSockets, roomsLeft: left.value }) : left;
}

/** How many sockets were closed; null where the room could not be told. */
async function kick(c: RouterContext, room: RoomName, user: string): Promise<number | null> {
  const address = parseRoomName(room);
  if (!address.ok) return 0;
  const client = anyRoom(c.env, address.value);
  try {
    const kicked = await client.call((stub) => stub.kick({ user }, REVOKED));
    if (kicked.ok) return kicked.value.closed;
    return kicked.error.tag === "not-found" || kicked.error.tag === "deleted" ? 0 : null;
  } catch (error) {
    // One room's bug must not keep the user in all the others.
    const line = { level: "error", event: "kick-failed", request: c.get("requestId"), room, reason: String(error) };
    console.error(JSON.stringify(line));
    return null;
  }
}

function tooMany(c: RouterContext, limit: number): Response {
  const reason = `${limit} users of this project are refused already. Rotating its keys refuses everybody.`;
  return fail(c, { tag: "conflict", reason });
}
