/**
 * Says on the queue who did what administrative thing. D1 keeps it; `GET /v1/audit` shows it.
 * @module
 */
import type { Principal } from "../auth/principal.ts";
import type { ProjectId } from "../protocol/room-id.ts";
import type { AuditAction, AuditMessage } from "../queue/messages.ts";
import type { RouterContext } from "./context.ts";

export type AuditEvent = {
  readonly action: AuditAction;
  /** What it was done to: an id, a room's name, a user. */
  readonly target: string;
  /** Never a key or token. Left out where it would not fit into a message. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** The caller's own when absent; of the operator, who has none, null. */
  readonly project?: ProjectId;
};

/** A message has 128,000 bytes. */
const MAX_DETAIL_BYTES = 100_000;

/** After the thing is done. A queue that fails does not undo it: then the entry is in the log, in full. */
export async function auditLog(c: RouterContext, { action, target, detail = {}, project }: AuditEvent): Promise<void> {
  const principal = c.get("principal");
  const message: AuditMessage = {
    v: 1,
    kind: "audit",
    id: crypto.randomUUID(),
    project: project ?? (principal.kind === "operator" ? null : principal.project),
    actor: actorOf(principal),
    action,
    target,
    atMs: Date.now(),
    request: c.get("requestId"),
    detail: fit(detail),
  };
  try {
    await c.env.EVENTS.send(message);
  } catch (error) {
    console.error(JSON.stringify({ level: "error", event: "audit-failed", reason: String(error), entry: message }));
  }
}

function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case "operator":
    case "server":
    case "page":
      return principal.kind;
    case "token":
    case "open":
      return `user:${principal.user}`;
  }
}

function fit(detail: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const bytes = new TextEncoder().encode(JSON.stringify(detail)).length;
  return bytes <= MAX_DETAIL_BYTES ? detail : { tooLongBytes: bytes };
}
