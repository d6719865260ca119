/**
 * What goes in and out of the routes of games.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { MAX_ID_BYTES } from "../protocol/room-id.ts";

export const MATCHMAKING_METHODS = ["joinOrCreate", "create", "join", "joinById", "reconnect"] as const;

const text = (name: string, description: string, example: string) =>
  z.string().openapi({ param: { name, in: "path" }, description, example });

export const gameParams = z.object({ game: text("game", "Name of the game.", "board") });

export const roomParams = z.object({
  id: text("id", `Id of the room, 1–${MAX_ID_BYTES} bytes, as one percent-encoded segment.`, "x7Gd0aQ2Lm"),
});

export const matchmakingParams = z.object({
  method: z.enum(MATCHMAKING_METHODS).openapi({ param: { name: "method", in: "path" } }),
  target: text("target", "Name of the game, or `lobby`; with `joinById` and `reconnect` the id of a room.", "board"),
});

/** Clients of some languages send an empty list for an empty object. */
export const matchmakingOptions = z
  .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
  .openapi("MatchmakingOptions", {
    description:
      "The game's own options. `spectate: true` only watches. With `reconnect` the `reconnectionToken`; of the lobby `filter`, whose `name` is the game.",
  });

export const seat = z
  .object({
    name: z.string().openapi({ description: "The game." }),
    roomId: z.string(),
    sessionId: z.string(),
    processId: z.string().openapi({ description: "First part of the path of the socket." }),
  })
  .openapi("Seat", { description: "A seat that is held for 15 s: connect to `/{processId}/{roomId}?sessionId=…`." });

export const socketQuery = z.object({
  sessionId: z.string(),
  reconnectionToken: z.string().optional(),
  skipHandshake: z.string().optional(),
});

const count = z.number().int();

export const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });

export const listedRooms = z
  .object({
    rooms: z.array(
      z.object({
        roomId: z.string(),
        name: z.string(),
        clients: count,
        maxClients: count,
        locked: z.boolean(),
        metadata: z.unknown(),
        createdAt: count.openapi({ description: "Unix ms." }),
      }),
    ),
    total: count.openapi({ description: "Public rooms, shown or not." }),
  })
  .openapi("ListedRooms");

const counts = z.record(z.string(), count);

export const gameDescription = z
  .object({
    health: z
      .object({
        game: z.string(),
        clock: z.enum(["event", "alarm", "tick"]),
        isTicking: z.boolean(),
        isTickStopped: z.boolean(),
        ticks: count,
        skippedTicks: count,
        exceptions: counts,
        lastException: z.string(),
        counts,
        players: z.object({ connected: count, dropped: count, held: count }),
        spectators: count,
      })
      .openapi({ description: "Counts are since the room was started last." }),
    listing: z.object({
      clients: count,
      maxClients: count,
      isLocked: z.boolean(),
      isPrivate: z.boolean(),
      metadata: z.unknown(),
      createdMs: count,
    }),
    sockets: count,
    isReportPending: z.boolean().openapi({ description: "The lobby has not heard of the newest listing yet." }),
    refusals: counts.openapi({ description: "What the room refused since it was last woken, by limit." }),
  })
  .openapi("GameDescription");
