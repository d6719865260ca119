/**
 * Every route that answers: where it is and what it takes, for tests that use all of them.
 * @module
 */
import * as Y from "yjs";
import { typed } from "./raw-client.ts";

/** Whose routes they are. */
export const PROJECT = "vault";

/** What a route takes, as far as it takes anything. One without a row here that needs a body fails the test. */
export const BODIES: Readonly<Record<string, () => unknown>> = {
  "POST /v1/documents/{id}/updates": () => typed(new Y.Doc(), "posted"),
  "PUT /v1/documents/{id}/content": () => ({
    type: "doc",
    content: [{ type: "paragraph", content: [{ type: "text", text: "posted" }] }],
  }),
  "PATCH /v1/documents/{id}/content": () => [{ op: "add", path: "/vault/key", value: 1 }],
  "POST /v1/documents/{id}/anchors": () => ({ path: "/text", index: 0 }),
  "POST /v1/documents/{id}/versions": () => ({ name: "Vaulted" }),
  "PATCH /v1/documents/{id}/versions/{version}": () => ({ name: "Vaulted" }),
  "POST /v1/documents/{id}/fork": () => ({ id: `${PROJECT}-${crypto.randomUUID()}` }),
  "POST /v1/documents/{id}/merge": () => ({ from: "nowhere" }),
  "POST /v1/documents/{id}/assets": () => new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  "POST /d/{id}/update": () => typed(new Y.Doc(), "posted"),
  "POST /doc/new": () => ({}),
  "POST /doc/{id}/auth": () => ({ userId: "bob" }),
  "POST /check_store": () => ({}),
  "POST /matchmake/{method}/{target}": () => ({}),
  "POST /v1/projects": () => ({ id: `${PROJECT}-${crypto.randomUUID().slice(0, 8)}` }),
  "PATCH /v1/projects/{project}": () => ({ name: "Vault" }),
  "POST /v1/projects/{project}/rotate": () => ({ overlapSeconds: 3_600, force: true }),
  "POST /v1/tokens": () => ({ user: "bob", rooms: { "document:*": ["read"] } }),
  "POST /v1/users/{user}/revoke": () => ({ forSeconds: 60 }),
  "POST /v1/users/{user}/erase": () => ({}),
  "POST /v1/rooms/{kind}/{id}/kick": () => ({ user: "nobody-there" }),
  "POST /v1/rooms/{kind}/{id}/lock": () => ({ mode: "open" }),
  "POST /v1/webhooks": () => ({ url: "https://hooks.vault.com/roost", events: ["webhook.test"] }),
  "PATCH /v1/webhooks/{endpoint}": () => ({ description: "Vaulted" }),
  "POST /v1/webhooks/{endpoint}/rotate": () => ({}),
  "POST /v1/admin/reindex": () => ({ project: PROJECT }),
};
/** Whose answers hold a key or a token that was asked for; what they hold is looked for in all others. */
export const GIVES: ReadonlySet<string> = new Set([
  "POST /v1/projects",
  "GET /v1/projects/{project}/keys",
  "POST /v1/projects/{project}/rotate",
  "POST /v1/tokens",
  "POST /doc/{id}/auth",
]);
/** Nothing good can come of it here: there is no dead letter, no version of that name, and none is named. */
export const NEVER_GOOD: ReadonlySet<string> = new Set([
  ...["GET", "PATCH", "DELETE"].map((method) => `${method} /v1/webhooks/{endpoint}`),
  ...["POST /v1/webhooks/{endpoint}/rotate", "GET /v1/webhooks/{endpoint}/deliveries"],
  ...["POST /v1/webhooks/{endpoint}/replay", "POST /v1/webhooks/{endpoint}/test"],
  "POST /v1/dead-letters/{id}/replay",
  ...["DELETE /v1/projects/{project}", "GET /v1/erasures/{id}", "GET /v1/documents/{id}/assets/{asset}"],
  "DELETE /v1/documents/{id}/assets/{asset}",
  "GET /v1/documents/{id}/erasure",
  "GET /v1/documents/{id}/versions/{version}",
  "PATCH /v1/documents/{id}/versions/{version}",
  "DELETE /v1/documents/{id}/versions/{version}",
  "POST /v1/documents/{id}/versions/{version}/restore",
  "GET /v1/documents/{id}/diff",
  "POST /v1/documents/{id}/merge",
]);

/** A path of the OpenAPI document, with something in every place: `room` is a document's id, `gameRoom` a game room's. */
export function addressOf(path: string, room: string, gameRoom = "nowhere"): string {
  const id = encodeURIComponent(path.startsWith("/v1/games/") ? gameRoom : room);
  const filled = path
    .replace("{project}", PROJECT)
    .replace("{user}", "carol")
    .replace("{version}", "00000001-000000000009")
    .replace("{endpoint}", "ep_nothing-there-01234567")
    .replace("{kind}", "document")
    .replace("{game}", "relay")
    .replace("{method}", "create")
    .replace("{target}", "relay");
  return filled.replace("{id}", path.startsWith("/v1/dead-letters") ? "1" : id).replace("{same}", id);
}
