/**
 * What goes in and out of the routes of erasures.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { ERASURE_PHASES } from "../storage/d1/erasures.ts";

const ERASURE_EXAMPLE = "3f0c8a52-6a0e-4d0b-9a35-0c9d7a5f1e42";
const timeMs = z.number().int().openapi({ description: "Milliseconds since 1970.", example: 1_795_259_224_636 });
const total = (description: string, example: number) => z.number().int().openapi({ description, example });

export const eraseUserBody = z
  .strictObject({
    everywhere: z.boolean().default(false).openapi({
      description:
        "Every document of the project is gone through, and not only those that name the user among their last 50 editors, in a version, or were opened with a token in the last 90 days.",
    }),
  })
  .openapi("EraseUser");

export const erasureParams = z.object({
  id: z.string().openapi({ param: { name: "id", in: "path" }, example: ERASURE_EXAMPLE }),
});

export const erasure = z
  .object({
    id: z.string().openapi({ example: ERASURE_EXAMPLE }),
    kind: z.enum(["user", "project"]),
    phase: z.enum(ERASURE_PHASES).openapi({
      description:
        "What it is at; `done` when nothing is left. In `settle` it waits for two minutes, and then goes through every room again.",
    }),
    isDone: z.boolean(),
    counts: z.object({
      rooms: total("Rooms that were entered with a token, and rooms of games with a seat.", 3),
      documents: total("Documents gone through.", 12),
      objects: total("Objects changed or deleted in storage.", 40),
      rows: total("Rows changed or deleted in the index.", 57),
    }),
    askedMs: timeMs,
    workedMs: timeMs.openapi({ description: "When it last went on." }),
    doneMs: timeMs.nullable(),
  })
  .openapi("Erasure");

export const documentErasure = z
  .object({
    id: z.string().openapi({ example: "team/notes" }),
    version: z
      .string()
      .openapi({ description: "Of the tombstone: above every version there was.", example: "00000001-000000000043" }),
    deletedMs: timeMs.openapi({ description: "When its room was emptied." }),
    isErased: z.boolean().openapi({ description: "Nothing remains but the tombstone." }),
    remaining: z.array(z.enum(["storage", "index"])).openapi({
      description:
        "What is still at work: `storage` deletes its objects, `index` its row, text, versions and titles of events.",
    }),
  })
  .openapi("DocumentErasure");
