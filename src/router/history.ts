/**
 * Who wrote what of a document, and its past for playback. Rules RT300–RT302.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Reader } from "../rooms/room-api.ts";
import { askerOf, memberOf } from "./access.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { documentRoom } from "./room-client.ts";
import { roomAddressOf } from "./room-socket.ts";
import * as routes from "./routes-history.ts";

const WEEK_MS = 7 * 24 * 60 * 60_000;
/** Characters that one call may be given as arguments, with room to spare. */
const CHUNK_BYTES = 0x4000;
/** What somebody wrote is nobody's but the asker's to keep. */
const UNSTORED = { "cache-control": "private, no-store" } as const;

export function addHistoryRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.getBlame, async (c): Promise<Response> => {
    const reader = await readerOf(c);
    const blamed = await roomOf(c).call((room) => room.readBlame(reader));
    return blamed.ok ? c.json(blamed.value, 200, UNSTORED) : fail(c, blamed.error);
  });

  app.openapi(routes.getActivity, async (c): Promise<Response> => {
    const { from, to, every } = c.req.valid("query");
    const toMs = to ?? Date.now();
    const range = { fromMs: from ?? Math.max(0, toMs - WEEK_MS), toMs };
    const reader = await readerOf(c);
    const activity = await roomOf(c).call((room) => room.readActivity(range, every * 1_000, reader));
    return activity.ok ? c.json({ activity: activity.value }, 200, UNSTORED) : fail(c, activity.error);
  });

  app.openapi(routes.getHistory, async (c): Promise<Response> => {
    const { from, to, cursor } = c.req.valid("query");
    const range = { fromMs: from ?? 0, toMs: to ?? Date.now(), cursor: cursor ?? null };
    const reader = await readerOf(c);
    const page = await roomOf(c).call((room) => room.readHistory(range, reader));
    if (!page.ok) return fail(c, page.error);
    const { start, steps, cursor: next } = page.value;
    const shown = steps.map(({ firstSeq, seq, atMs, updates }) => {
      const written = updates.map(({ user, update }) => ({ user, update: toBase64(update) }));
      return { firstSeq, seq, atMs, updates: written };
    });
    const body = { start: start === null ? null : toBase64(start), steps: shown, cursor: next };
    return c.json(body, 200, UNSTORED);
  });
}

function roomOf(c: RouterContext): ReturnType<typeof documentRoom> {
  const { project, id } = c.get("room");
  return documentRoom(c.env, project, id);
}

async function readerOf(c: RouterContext): Promise<Reader> {
  return { ...askerOf(c), user: memberOf(c).user, address: await roomAddressOf(c) };
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(text);
}
