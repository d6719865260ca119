/**
 * What a room is told of a socket, and what it says instead of opening one: the same for an upgrade and for one document of a socket
 * that carries many.
 * @module
 */
import { type ConnectTicket, type DialectName, MAX_KEPT_ORIGIN_CHARS } from "../auth/connect-ticket.ts";
import type { Grant } from "../auth/grants.ts";
import type { Member } from "../auth/principal.ts";
import { sessionEndMs } from "../auth/session-end.ts";
import { LIMIT_NAMES } from "../protocol/room-limits.ts";
import { ADDRESS_HEADER, countedAddress, hashAddress } from "./caller-address.ts";
import type { RouterContext } from "./context.ts";
import { isOriginTrusted } from "./origin.ts";
import type { RouterError } from "./problem.ts";
import { projectsOf } from "./project-cache.ts";

/** Tag of the problem of a room that refuses a socket, and the limit it is about (rooms/refusal.ts). */
const REFUSAL_HEADER = "x-roost-problem";
const LIMIT_HEADER = "x-roost-limit";

/** No socket waits longer to hear what webhooks are for. */
const WANTED_MS = 250;

type Visitor = { readonly member: Member; readonly grant: Grant; readonly dialect: DialectName };

/** A ticket for one socket, with a session of its own. */
export async function ticketFor(c: RouterContext, { member, grant, dialect }: Visitor): Promise<ConnectTicket> {
  const { limits, joinsPerSecond, kind, mayCreate, keyVersion, provider } = member;
  const origin = foreignOrigin(c);
  const webhooks = await wantedBy(c, member);
  return {
    dialect,
    session: crypto.randomUUID(),
    grant,
    requestId: c.get("requestId"),
    address: await roomAddressOf(c),
    limits,
    joinsPerSecond,
    by: kind,
    closesMs: sessionEndMs(member, Date.now(), Math.random()),
    mayCreate,
    ...(keyVersion !== undefined && { keyVersion }),
    ...(provider !== undefined && { provider }),
    ...(origin !== undefined && { origin }),
    ...(webhooks !== undefined && { webhooks }),
  };
}

/**
 * What the endpoints of its project want to hear of rooms. Whoever came with a key or token was looked up a moment ago; in open mode
 * nobody was, and a D1 that does not answer holds nobody up.
 */
async function wantedBy(c: RouterContext, { project }: Member): Promise<ConnectTicket["webhooks"]> {
  const projects = projectsOf(c.env);
  const fresh = projects.peek(project);
  if (fresh !== undefined) return fresh?.webhooks;
  const found = await Promise.race([projects.find(project, "proven"), scheduler.wait(WANTED_MS)]);
  return found?.ok === true ? found.value?.webhooks : undefined;
}

/** Of a page that counts for its project's sake alone. */
function foreignOrigin(c: RouterContext): string | undefined {
  const origin = c.req.header("origin");
  if (origin === undefined || isOriginTrusted(c, origin, [])) return undefined;
  return origin.slice(0, MAX_KEPT_ORIGIN_CHARS);
}

/** What a room is told of where a request comes from. */
export async function roomAddressOf(c: RouterContext): Promise<string> {
  const [master] = c.get("config").secrets;
  return await hashAddress(countedAddress(c.req.header(ADDRESS_HEADER)), master?.secret ?? "");
}

/** The room says which problem it has; the caller hears it in the router's words. `instead`: a path that serves without a socket. */
export function refusalOf({ headers, status }: Response, instead?: string): RouterError {
  const tag = headers.get(REFUSAL_HEADER);
  if (tag === "deleted" || tag === "not-found" || tag === "locked" || tag === "no-more-rooms") return { tag };
  const limit = LIMIT_NAMES.find((name) => name === headers.get(LIMIT_HEADER));
  if (tag === "room-limit" && limit !== undefined) {
    return { tag, limit, ...(instead !== undefined && { instead }) };
  }
  return { tag: "unavailable", reason: `the room answered ${status} ${tag ?? ""}` };
}
