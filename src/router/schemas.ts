/**
 * What goes in and out over HTTP. The handlers validate with these, and /v1/openapi.json is generated from them.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { DEFAULT_PROJECT, MAX_ID_BYTES, parseProjectId } from "../protocol/room-id.ts";
import { lockMode } from "./schemas-rooms.ts";

const MAX_PAGE = 100;
const DEFAULT_PAGE = 20;
const MAX_SEARCH_CHARS = 1_000;
const MAX_CURSOR_CHARS = 4_096;

const version = z
  .string()
  .openapi({ description: "Epoch and log position; text order is version order.", example: "00000001-000000000042" });
const timeMs = z.number().int().openapi({ description: "Milliseconds since 1970." });

export const documentParams = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: `Document id, 1–${MAX_ID_BYTES} bytes, as one percent-encoded segment.`,
    example: "team%2Fnotes",
  }),
});

/** "1760000000000" or an ISO 8601 date. */
export const timeText = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
    if (Number.isFinite(ms)) return ms;
    context.addIssue("is neither milliseconds since 1970 nor an ISO 8601 date");
    return z.NEVER;
  })
  .openapi({
    type: "string",
    description: "Milliseconds since 1970, or an ISO 8601 date.",
    example: "2026-01-31T00:00:00Z",
  });

const search = z.string().max(MAX_SEARCH_CHARS).optional();
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().max(MAX_CURSOR_CHARS).optional().openapi({ description: "From the page before." }),
};

/** Who asks: read before any of these schemas. A parameter that is none of a route's is a typing error and is refused. */
export const callerQuery = {
  user: z.string().optional().openapi({ description: "Who you say you are: in open mode, and with a secret key." }),
  token: z.string().optional().openapi({ description: "A token, where no header can be set." }),
  key: z.string().optional().openapi({ description: "A publishable key, where no header can be set." }),
};

export const projectId = z.string().transform((text, context) => {
  const parsed = parseProjectId(text);
  if (parsed.ok) return parsed.value;
  context.addIssue(parsed.error.reason);
  return z.NEVER;
});

export const documentsQuery = z.strictObject({
  ...callerQuery,
  query: search.openapi({
    description: 'Words of id, title or text, each to be found; "double quotes" keep words together.',
  }),
  title: search.openapi({ description: "Words of the title." }),
  text: search.openapi({ description: "Words of the text." }),
  editor: z.string().max(128).optional().openapi({ description: "User id of somebody who edited it." }),
  changedSince: timeText.optional().openapi({ description: "Changed then or later." }),
  changedBefore: timeText.optional().openapi({ description: "Changed before then." }),
  order: z.enum(["changed", "id"]).default("changed").openapi({
    description:
      "`changed`: newest change first; what changes between two pages may be missed. `id`: pages give every document that is there all the while exactly once.",
  }),
  ...pageQuery,
});

export const contentQuery = z.strictObject({
  ...callerQuery,
  format: z.enum(["update", "json", "text", "markdown", "html", "prosemirror"]).default("update").openapi({
    description:
      "`update`: Yjs V1; `json`: every root by name; `text`: plain text; `markdown`, `html` and `prosemirror`: prose of editors.",
  }),
  root: z.string().min(1).max(256).optional().openapi({
    description: "For `markdown`, `html` and `prosemirror`: this root alone, instead of all with prose.",
    example: "default",
  }),
});

export const deadLettersQuery = z.strictObject({
  ...callerQuery,
  ...pageQuery,
  project: projectId.optional().openapi({ type: "string", description: "Of this project only." }),
});

export const deadLetterParams = z.object({
  id: z.coerce
    .number()
    .int()
    .min(1)
    .openapi({ param: { name: "id", in: "path" } }),
});

export const reindexBody = z
  .object({
    project: projectId.default(DEFAULT_PROJECT).openapi({ type: "string" }),
    cursor: z.string().max(MAX_CURSOR_CHARS).nullish().openapi({ description: "From the answer before." }),
    limit: z.number().int().min(1).max(50).default(20),
  })
  .openapi("Reindex");

const summaryFields = {
  id: z.string(),
  version,
  title: z.string(),
  excerpt: z.string(),
  words: z.number().int(),
  characters: z.number().int(),
  bytes: z.number().int(),
  editors: z.array(z.string()).readonly().openapi({ description: "User ids, most recent first." }),
};

export const documentPage = z
  .object({
    documents: z.array(
      z
        .object({
          ...summaryFields,
          createdMs: timeMs,
          updatedMs: timeMs,
          match: z.string().optional().openapi({ description: "A passage, what was found between U+0002 and U+0003." }),
        })
        .openapi("FoundDocument"),
    ),
    cursor: z.string().nullable().openapi({ description: "For the next page; null at the end." }),
  })
  .openapi("DocumentPage");

const health = z
  .object({
    pending: z.number().int(),
    quarantined: z.number().int(),
    tailBytes: z.number().int(),
    lastVersion: version,
    lagMs: z.number(),
    outbox: z.object({ rows: z.number().int(), oldestMs: z.number(), parked: z.number().int() }),
    tooLarge: z.boolean(),
    chatty: z.boolean(),
    lastTaskError: z.string().nullable(),
  })
  .openapi("DocumentHealth");

export const documentDetails = z
  .object({
    ...summaryFields,
    createdMs: timeMs.nullable().openapi({ description: "Null until the first snapshot is indexed." }),
    updatedMs: timeMs.nullable(),
    versions: z.object({
      current: version,
      indexed: version
        .nullable()
        .openapi({ description: "What search knows; null until the first snapshot is indexed." }),
      snapshots: z
        .array(z.object({ version, bytes: z.number().int(), storedMs: timeMs }))
        .nullable()
        .openapi({ description: "Newest first, at most 20; null when the store could not be asked." }),
    }),
    isIndexReachable: z
      .boolean()
      .openapi({ description: "False while D1 is away: title, text, editors and times are unknown then." }),
    connected: z.array(
      z.object({
        session: z.string(),
        user: z.string(),
        dialect: z.string(),
        state: z.record(z.string(), z.unknown()).nullable(),
      }),
    ),
    lock: lockMode,
    refusals: z
      .record(z.string(), z.number().int())
      .openapi({ description: "What the room refused since it was last woken, by limit." }),
    health,
  })
  .openapi("Document");

export const updateResult = z
  .object({
    version,
    changed: z.boolean().openapi({ description: "False when everything in it was known." }),
  })
  .openapi("UpdateResult");

export const deadLetterPage = z
  .object({
    deadLetters: z.array(
      z
        .object({
          id: z.number().int(),
          project: z.string(),
          body: z.string().openapi({ description: "JSON of the message." }),
          error: z.string(),
          attempts: z.number().int(),
          sentMs: timeMs,
          failedMs: timeMs,
          replayedMs: timeMs.nullable(),
        })
        .openapi("DeadLetter"),
    ),
    cursor: z.string().nullable(),
  })
  .openapi("DeadLetterPage");

export const replayed = z.object({ id: z.number().int(), replayedMs: timeMs }).openapi("Replayed");

export const reindexResult = z
  .object({
    documents: z.number().int().openapi({ description: "Documents of this page." }),
    stored: z.number().int().openapi({ description: "Rows written: missing, older or the same version." }),
    deleted: z.number().int().openapi({ description: "Tombstones written." }),
    versions: z.number().int().openapi({ description: "Versions that were in no list." }),
    failures: z.array(z.object({ id: z.string(), reason: z.string() })),
    cursor: z.string().nullable(),
  })
  .openapi("ReindexResult");

export const problemBody = z
  .object({
    type: z.string().openapi({ example: "urn:roost:problem:not-found" }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    stateVector: z.string().optional().openapi({ description: "Base64, with 409: what the document has." }),
    limit: z.string().optional().openapi({ description: "With 429: which limit is reached." }),
    instead: z.string().optional().openapi({ description: "With 429: a path that serves without a socket." }),
  })
  .openapi("Problem");
