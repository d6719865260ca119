/**
 * What goes in and out of the routes of versions, forks and merges.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { parseDocumentId } from "../protocol/room-id.ts";
import { asVersion } from "../protocol/version.ts";
import { callerQuery, documentParams, pageQuery, updateResult } from "./schemas.ts";

const MAX_NAME_CHARS = 200;
const DEFAULT_PAGE = 50;
const VERSION_EXAMPLE = "00000001-000000000042";

const version = z
  .string()
  .transform((text, context) => {
    const parsed = asVersion(text);
    if (parsed !== undefined) return parsed;
    context.addIssue(`is no version like ${VERSION_EXAMPLE}`);
    return z.NEVER;
  })
  .openapi({ type: "string", description: "Text order is version order.", example: VERSION_EXAMPLE });

/** A stored version, or the document as it is now. */
const versionRef = z
  .union([z.literal("current"), version])
  .openapi({ type: "string", description: "A version, or `current`.", example: "current" });

const versionKind = z
  .enum(["auto", "named", "restored"])
  .openapi({ description: "`auto`: made while people edit; `restored`: what was there right before a restore." });

const versionName = z
  .string()
  .trim()
  .min(1)
  .max(MAX_NAME_CHARS)
  .openapi({ description: `1–${MAX_NAME_CHARS} characters.`, example: "Sent to the printer" });

const documentId = z.string().transform((text, context) => {
  const parsed = parseDocumentId(text);
  if (parsed.ok) return parsed.value;
  context.addIssue(parsed.error.reason);
  return z.NEVER;
});

export const versionParams = documentParams.extend({
  version: version.openapi({ param: { name: "version", in: "path" } }),
});

export const plainQuery = z.strictObject(callerQuery);

export const versionsQuery = z.strictObject({
  ...callerQuery,
  ...pageQuery,
  limit: pageQuery.limit.unwrap().default(DEFAULT_PAGE),
  kind: versionKind.optional(),
});

export const versionQuery = z.strictObject({
  ...callerQuery,
  format: z
    .enum(["json", "text", "update", "snapshot", "markdown", "html", "prosemirror"])
    .default("json")
    .openapi({ description: "`update`: Yjs V1; `snapshot`: the stored bytes as they are, Yjs V2." }),
});

export const diffQuery = z.strictObject({
  ...callerQuery,
  from: versionRef.openapi({ param: { name: "from", in: "query" } }),
  to: versionRef.default("current").openapi({ param: { name: "to", in: "query" } }),
});

export const versionBody = z.strictObject({ name: versionName }).openapi("NewVersion");

export const versionChange = z
  .strictObject({
    name: versionName.optional(),
    isPinned: z.boolean().optional().openapi({ description: "A pinned version is never thinned out." }),
  })
  .openapi("VersionChange");

const timeMs = z.number().int().openapi({ description: "Milliseconds since 1970." });

export const versionEntry = z
  .object({
    version: z.string().openapi({ example: VERSION_EXAMPLE }),
    kind: versionKind,
    name: z.string().openapi({ description: "Empty where it has none." }),
    user: z.string().openapi({ description: "Who asked for it; empty for automatic ones." }),
    editors: z.array(z.string()).readonly().openapi({
      description: "Who wrote since the version before, most recent first, at most 50.",
    }),
    bytes: z.number().int().openapi({ description: "Of the stored snapshot." }),
    isPinned: z.boolean(),
    createdMs: timeMs,
  })
  .openapi("Version");

export const versionPage = z
  .object({
    versions: z.array(versionEntry).readonly(),
    cursor: z.string().nullable().openapi({ description: "For the next page; null at the end." }),
  })
  .openapi("VersionPage");

export const restoreResult = updateResult
  .extend({
    before: z.string().openapi({
      description: "What was there, as a version; where nothing changed, the one that was restored.",
      example: VERSION_EXAMPLE,
    }),
  })
  .openapi("Restored");

const change = z.record(z.string(), z.unknown());
export const documentDiff = z
  .object({
    changes: z.array(change).readonly().openapi({
      description:
        "What differs, a shared type at a time: `kind` is `text` or `list` with `ops` as in a Quill delta, or `key`; `path` leads there from the root's name. Applied in order to `from` they give `to`.",
    }),
    text: z.string().openapi({ description: "For people: lines with `+` and `-`, and whose they are." }),
  })
  .openapi("DocumentDiff");

export const forkBody = z
  .strictObject({
    id: documentId.openapi({ type: "string", description: "Of the new document, which must not exist." }),
    version: version.optional().openapi({ description: "What it begins with; absent: what is there now." }),
  })
  .openapi("Fork");

export const forkResult = z
  .object({
    id: z.string(),
    version: z.string().openapi({ description: "Of the new document." }),
    from: z.object({ id: z.string(), version: z.string() }),
  })
  .openapi("Forked");

export const mergeBody = z
  .strictObject({
    from: documentId.openapi({ type: "string", description: "A fork of this document, or what it is a fork of." }),
    preview: z.boolean().default(false).openapi({ description: "Says what would change, and changes nothing." }),
    unrelated: z.boolean().default(false).openapi({
      description: "Puts the content of a document that shares no history with this one beside what is here.",
    }),
  })
  .openapi("Merge");

export const mergeResult = z
  .union([
    z.object({ version: z.string(), changed: z.boolean().openapi({ description: "False when all of it was there." }) }),
    z.object({ diff: documentDiff }),
  ])
  .openapi("Merged");
