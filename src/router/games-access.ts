/**
 * Who may play and watch. A token names rooms of games by id or games by name (`game:board`), or all of them (`game:*`).
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { grantFor } from "../auth/grant-for.ts";
import { type Grant, SCOPES, type Scope, allows } from "../auth/grants.ts";
import type { Member } from "../auth/principal.ts";
import { type DocumentId, parseDocumentId } from "../protocol/room-id.ts";
import { ok } from "../protocol/result.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { parseRoomPath } from "./document-address.ts";
import { boundBody } from "./read-body.ts";
import { gameRoom } from "./room-client.ts";

/** A game by its name: one segment, and no wildcard. */
const GAME_PATTERN = /^game:[^/*]+$/;

/** As `needs` of access.ts, where the path names a room: who has the right by the name of its game has it there. */
export function needsRoomOfGame(scope: Scope): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    const member = c.get("principal");
    if (member.kind === "operator") return fail(c, { tag: "forbidden", needs: "member" });
    const path = parseRoomPath(c.req.url);
    if (!path.ok) return fail(c, path.error);
    const grant = await grantIn(c, member, path.value.id, scope);
    if (!allows(grant, scope)) return fail(c, { tag: "forbidden", needs: scope });
    c.set("grant", grant);
    c.set("room", { project: member.project, ...path.value });
    return await boundBody(c, next);
  };
}

/** In the room with this id. A room is asked for its game only where that may give what the id does not. */
export async function grantIn(c: RouterContext, member: Member, id: DocumentId, scope: Scope): Promise<Grant> {
  const byId = grantFor(member, { kind: "game", id });
  if (allows(byId, scope) || !mayInSomeGame(member, scope)) return byId;
  const asked = await gameRoom(c.env, member.project, id).call(async (room) => ok(await room.gameOf()));
  const game = asked.ok && asked.value !== null ? parseDocumentId(asked.value) : undefined;
  if (game === undefined || !game.ok) return byId;
  const byGame = grantFor(member, { kind: "game", id: game.value });
  const scopes = SCOPES.filter((one) => byId.scopes.includes(one) || byGame.scopes.includes(one));
  return { ...byId, scopes };
}

/** In one that is called by its name. */
function mayInSomeGame({ access }: Member, scope: Scope): boolean {
  return Object.entries(access).some(([pattern, scopes]) => GAME_PATTERN.test(pattern) && scopes.includes(scope));
}

/** In any, however it is named: for what will be asked about one. */
export function mayReadSomewhere({ access }: Member): boolean {
  return Object.entries(access).some(
    ([pattern, scopes]) => (pattern === "*" || pattern.startsWith("game:")) && scopes.includes("read"),
  );
}
