/**
 * What goes in and out of the routes of presence rooms.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { PERSON_STATUSES, ROOM_SIZES } from "../protocol/presence-messages.ts";
import { MAX_ID_BYTES } from "../protocol/room-id.ts";
import { lockMode } from "./schemas-rooms.ts";

export const presenceParams = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: `Room id, 1–${MAX_ID_BYTES} bytes, as one percent-encoded segment.`,
    example: "blog%2Fhello",
  }),
});

const count = z.number().int();

export const peopleCounts = z
  .object({
    people: count.openapi({
      description: "One for each person, however many tabs; somebody who left is counted for up to 5 s.",
    }),
    connections: count.openapi({ description: "Sockets, with those that may only listen." }),
    size: z.enum(ROOM_SIZES).openapi({
      description: "What those in the room are told: of everybody, of a sample, or counts only.",
    }),
  })
  .openapi("PeopleCounts");

const face = z.object({ name: z.string(), color: z.string(), avatar: z.string() }).partial();
const fraction = z.number().int().openapi({ description: "Of 65,535." });

const person = z.object({
  actor: count.openapi({ description: "Stands for this person in this room." }),
  person: z.object({
    id: z.string().optional().openapi({ description: "The user of a token." }),
    user: face,
    state: z.record(z.string(), z.unknown()),
    status: z.enum(PERSON_STATUSES),
    typing: z.string(),
    cursor: z.object({ anchor: count, x: fraction, y: fraction }).nullable(),
  }),
  connections: count,
  sessions: z.array(z.string()).openapi({ description: "Of its sockets that are open." }),
  joinedMs: count,
  lastSeenMs: count.openapi({ description: "When something was last received; heartbeats do not count." }),
});

export const peopleHere = z
  .object({
    counts: peopleCounts,
    people: z.array(person).openapi({ description: "Not everybody where `counts.people` is larger than its length." }),
    lock: lockMode,
    refusals: z
      .record(z.string(), count)
      .openapi({ description: "What the room refused since it was last woken, by limit." }),
  })
  .openapi("PeopleHere");
