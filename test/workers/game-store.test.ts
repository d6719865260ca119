/**
 * SQLite in the runtime keeps the contract of game stores, and the way of a room's reports to its lobby.
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Listing } from "../../src/core/game/ports.ts";
import { GAME_MIGRATIONS, LOBBY_MIGRATIONS } from "../../src/storage/room/game-schema.ts";
import { openGameStorage } from "../../src/storage/room/game-store.ts";
import { LobbyStore } from "../../src/storage/room/lobby-store.ts";
import { hasSchema, migrate } from "../../src/storage/room/schema.ts";
import { hashToken } from "../../src/storage/room/token-hash.ts";
import { META, describeGameStore, seatOf } from "../contract/game-store.ts";
import { inFreshRoom, metered, tables } from "./fresh-room.ts";

const RUNS = env.ROOST_LONG === "1" ? 1_000 : 60;

describeGameStore(
  "sqlite",
  (body) =>
    inFreshRoom((storage) => body({ store: openGameStorage(storage), restart: () => openGameStorage(storage) })),
  RUNS,
);

const listing = (clients: number): Listing => ({
  ...{ clients, maxClients: 4, isLocked: false, isPrivate: false, metadata: { mode: "x" }, createdMs: 1 },
});

describe("sqlite: games", () => {
  test("[RO71] a room that is only asked has no tables, and neither has a lobby", () =>
    inFreshRoom((storage) => {
      const store = openGameStorage(storage);
      const answers = [store.meta(), store.state(), store.seats(), store.hasReport, store.lastReport(), store.filter()];
      store.confirmReport(1);
      store.removeSeat(seatOf("alice").session);
      store.clearTimer("round");
      store.clear();
      expect(answers).toEqual([undefined, undefined, [], false, 0, "{}"]);
      expect(new LobbyStore(storage).rooms()).toEqual([]);
      expect([hasSchema(storage), tables(storage)]).toEqual([false, []]);
    }));

  test("[RO71] a flush of a small state writes one row, a seat one more", () =>
    inFreshRoom((storage) => {
      const { host, rowsWritten } = metered(storage);
      const store = openGameStorage(host);
      store.transaction(() => {
        store.writeMeta(META);
        store.writeState({ total: 1 });
      });
      expect(rowsWritten(() => store.transaction(() => store.writeState({ total: 2 })))).toBe(1);
      const move = () => {
        store.writeState({ total: 3 });
        store.putSeat(seatOf("alice"));
      };
      expect(rowsWritten(() => store.transaction(move))).toBe(2);
    }));

  test("[RO75] of reports the newest waits, with the filter, until it or a later one is confirmed", () =>
    inFreshRoom((storage) => {
      const store = openGameStorage(storage);
      store.transaction(() => {
        store.writeMeta(META);
        store.report(listing(1));
      });
      store.writeFilter('{"mode":"x"}');
      store.transaction(() => store.report(listing(2)));
      const pending = { game: "counter", version: 2, filter: '{"mode":"x"}', listing: listing(2) };
      for (const each of [store, openGameStorage(storage)]) {
        expect([each.hasReport, each.pendingReport(), each.lastReport()]).toEqual([true, pending, 2]);
      }
      store.confirmReport(1);
      expect([store.hasReport, store.pendingReport()]).toEqual([true, pending]);
      store.confirmReport(2);
      for (const each of [store, openGameStorage(storage)]) {
        expect([each.hasReport, each.pendingReport(), each.lastReport()]).toEqual([false, undefined, 2]);
      }
    }));

  test("[RO75] a report that is taken back waits for nobody, and its number is given again", () =>
    inFreshRoom((storage) => {
      const store = openGameStorage(storage);
      store.transaction(() => store.writeMeta(META));
      const change = () => {
        store.report(listing(1));
        throw new Error("no");
      };
      expect(() => store.transaction(change)).toThrow("no");
      expect([store.hasReport, store.lastReport()]).toEqual([false, 0]);
      store.transaction(() => store.report(null));
      expect(store.pendingReport()).toEqual({ game: "counter", version: 1, filter: "{}", listing: null });
    }));

  test("[RO71] from nothing to version 1, once", () =>
    inFreshRoom((storage) => {
      const { host, rowsWritten } = metered(storage);
      migrate(host, GAME_MIGRATIONS.slice(0, 1));
      expect(tables(storage)).toEqual(["meta", "outbox", "seats", "state", "timers"]);
      expect(rowsWritten(() => migrate(host, GAME_MIGRATIONS.slice(0, 1)))).toBe(0);
    }));

  test("[RO71] a lobby keeps its rooms", () =>
    inFreshRoom((storage) => {
      expect(LOBBY_MIGRATIONS).toHaveLength(1);
      const lobby = new LobbyStore(storage);
      const row = { room: "abc", version: 1, filter: "{}", listing: listing(1) };
      lobby.put(row);
      lobby.put({ ...row, room: "def" });
      lobby.put({ ...row, version: 2, listing: listing(2) });
      lobby.remove("def");
      expect(new LobbyStore(storage).rooms()).toEqual([{ ...row, version: 2, listing: listing(2) }]);
    }));

  test("[RO70] of a token its SHA-256 is kept", async () => {
    for (const token of ["", "a token", "ü".repeat(100)]) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
      const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      expect(hashToken(token)).toBe(hex);
    }
  });
});
