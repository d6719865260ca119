/**
 * Everything a game room keeps, in its object's own SQLite (DESIGN §4): what its engine asks for, and what its lobby has to hear.
 * @module
 */
import type { SessionId } from "../../core/events.ts";
import type { GameMeta, GameStore, Listing, Plain, Seat } from "../../core/game/ports.ts";
import { joinBytes, splitBytes } from "./chunks.ts";
import { RoomDatabase } from "./database.ts";
import { eraseGame, forgetPlayer } from "./game-erasure.ts";
import { decodePlain, encodePlain } from "./game-plain.ts";
import { GAME_MIGRATIONS } from "./game-schema.ts";
import type { SqlHost } from "./schema.ts";

const READ_META = `
  SELECT game, game_version, created_ms, is_locked, is_private, metadata, banned, disposed_ms
  FROM meta WHERE id = 1 AND game IS NOT NULL`;
const WRITE_META = `
  UPDATE meta SET game = ?, game_version = ?, created_ms = ?, is_locked = ?, is_private = ?, metadata = ?, banned = ?,
    disposed_ms = ? WHERE id = 1`;
const READ_STATE = "SELECT bytes FROM state ORDER BY n";
const WRITE_CHUNK = "INSERT OR REPLACE INTO state (n, bytes) VALUES (?, ?)";
const DELETE_CHUNKS = "DELETE FROM state WHERE n >= ?";
const READ_SEATS = `
  SELECT session, user, state, is_spectator, token_hash, next_token_hash, until_ms, options, data FROM seats`;
const WRITE_SEAT = `
  INSERT OR REPLACE INTO seats
    (session, user, state, is_spectator, token_hash, next_token_hash, until_ms, options, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const DELETE_SEAT = "DELETE FROM seats WHERE session = ?";
const READ_TIMERS = "SELECT name, due_ms FROM timers";
const WRITE_TIMER = "INSERT OR REPLACE INTO timers (name, due_ms) VALUES (?, ?)";
const DELETE_TIMER = "DELETE FROM timers WHERE name = ?";
const READ_REPORTS = "SELECT reports, game FROM meta WHERE id = 1";
const WRITE_REPORTS = "UPDATE meta SET reports = ? WHERE id = 1";
const WRITE_REPORT = "INSERT OR REPLACE INTO outbox (id, game, version, listing) VALUES (1, ?, ?, ?)";
const READ_REPORT = "SELECT outbox.game, version, filter, listing FROM outbox, meta WHERE meta.id = 1";
const READ_FILTER = "SELECT filter FROM meta WHERE id = 1";
const WRITE_FILTER = "UPDATE meta SET filter = ? WHERE id = 1";
const CONFIRM_REPORT = "DELETE FROM outbox WHERE version <= ?";
/** What the lobby has to hear outlives the room. */
const CLEAR = [
  "DELETE FROM state",
  "DELETE FROM seats",
  "DELETE FROM timers",
  "UPDATE meta SET game = NULL WHERE id = 1",
];

type Blob = { readonly bytes: ArrayBuffer };
type MetaRow = {
  game: string;
  game_version: number;
  created_ms: number;
  is_locked: number;
  is_private: number;
  metadata: ArrayBuffer;
  banned: string;
  disposed_ms: number | null;
};
type ReportRow = { game: string; version: number; filter: string; listing: ArrayBuffer };
type SeatRow = {
  session: SessionId;
  user: string;
  state: Seat["state"];
  is_spectator: number;
  token_hash: string;
  next_token_hash: string;
  until_ms: number;
  options: ArrayBuffer;
  data: ArrayBuffer;
};

/** What the lobby has to hear of this room. Newer ones have higher versions. */
export type GameReport = {
  readonly game: string;
  readonly version: number;
  /** JSON of the options that it is found by. */
  readonly filter: string;
  /** Null for one that has ended. */
  readonly listing: Listing | null;
};

/** As the engine sees it, and the way of its reports. */
export interface GameStorage extends GameStore {
  /** There is a report that was not confirmed. Reads nothing but the first time. */
  readonly hasReport: boolean;
  /** The newest report, until it is confirmed. */
  pendingReport(): GameReport | undefined;
  /** The lobby has this one, and so all before it. */
  confirmReport(version: number): void;
  /** Of the newest report; 0 before the first. */
  lastReport(): number;
  filter(): string;
  /** The options that this room is found by, once it is there; goes with each report. */
  writeFilter(filter: string): void;
  /** Seats and bans of a user, also of a room that nobody can open. */
  forgetUser(user: string): void;
  /** Nothing stays but that something was. */
  erase(nowMs: number): void;
}

/** Reading a room that was never used creates nothing. Throws on a schema newer than this code. */
export function openGameStorage(host: SqlHost): GameStorage {
  return new SqlGameStore(new RoomDatabase(host, GAME_MIGRATIONS));
}

class SqlGameStore implements GameStorage {
  readonly #db: RoomDatabase;
  #hasReport: boolean | undefined;

  constructor(db: RoomDatabase) {
    this.#db = db;
    db.onRollback(() => (this.#hasReport = undefined));
  }

  get hasReport(): boolean {
    this.#hasReport ??= this.pendingReport() !== undefined;
    return this.#hasReport;
  }

  transaction(write: () => void): void {
    this.#db.transaction(write);
  }

  meta(): GameMeta | undefined {
    const [row] = this.#db.read<MetaRow>(READ_META);
    if (row === undefined) return undefined;
    return {
      game: row.game,
      version: row.game_version,
      createdMs: row.created_ms,
      isLocked: row.is_locked === 1,
      isPrivate: row.is_private === 1,
      metadata: plainOf(row.metadata),
      // SAFETY: `writeMeta` wrote it.
      banned: JSON.parse(row.banned) as readonly string[],
      disposedMs: row.disposed_ms,
    };
  }

  writeMeta({ game, version, createdMs, isLocked, isPrivate, metadata, banned, disposedMs }: GameMeta): void {
    const flags = [isLocked ? 1 : 0, isPrivate ? 1 : 0] as const;
    const rest = [encodePlain(metadata), JSON.stringify(banned), disposedMs] as const;
    this.#db.write(WRITE_META, game, version, createdMs, ...flags, ...rest);
  }

  state(): Plain | undefined {
    const chunks = this.#db.read<Blob>(READ_STATE).map(({ bytes }) => new Uint8Array(bytes));
    return chunks.length === 0 ? undefined : decodePlain(joinBytes(chunks));
  }

  writeState(state: Plain): void {
    const chunks = splitBytes(encodePlain(state));
    for (const [n, chunk] of chunks.entries()) this.#db.write(WRITE_CHUNK, n, chunk);
    this.#db.change(DELETE_CHUNKS, chunks.length);
  }

  seats(): readonly Seat[] {
    return this.#db.read<SeatRow>(READ_SEATS).map((row) => ({
      session: row.session,
      user: row.user,
      state: row.state,
      isSpectator: row.is_spectator === 1,
      tokenHash: row.token_hash,
      nextTokenHash: row.next_token_hash,
      untilMs: row.until_ms,
      options: plainOf(row.options),
      data: plainOf(row.data),
    }));
  }

  putSeat({ session, user, state, isSpectator, tokenHash, nextTokenHash, untilMs, options, data }: Seat): void {
    const facts = [session, user, state, isSpectator ? 1 : 0, tokenHash, nextTokenHash, untilMs] as const;
    this.#db.write(WRITE_SEAT, ...facts, encodePlain(options), encodePlain(data));
  }

  removeSeat(session: SessionId): void {
    this.#db.change(DELETE_SEAT, session);
  }

  timers(): ReadonlyMap<string, number> {
    const rows = this.#db.read<{ name: string; due_ms: number }>(READ_TIMERS);
    return new Map(rows.map((row) => [row.name, row.due_ms]));
  }

  setTimer(name: string, dueMs: number): void {
    this.#db.write(WRITE_TIMER, name, dueMs);
  }

  clearTimer(name: string): void {
    this.#db.change(DELETE_TIMER, name);
  }

  /** Behind {@link writeMeta}: it is the lobby of the game that is told. */
  report(listing: Listing | null): void {
    const [row] = this.#db.read<{ reports: number; game: string | null }>(READ_REPORTS);
    if (row === undefined || row.game === null) throw new Error("a room without a game has no lobby");
    const version = row.reports + 1;
    this.#db.write(WRITE_REPORTS, version);
    this.#db.write(WRITE_REPORT, row.game, version, encodePlain(listing));
    this.#hasReport = true;
  }

  clear(): void {
    for (const statement of CLEAR) this.#db.change(statement);
  }

  pendingReport(): GameReport | undefined {
    const [row] = this.#db.read<ReportRow>(READ_REPORT);
    if (row === undefined) return undefined;
    // SAFETY: `report` wrote it.
    const listing = plainOf(row.listing) as Listing | null;
    return { game: row.game, version: row.version, filter: row.filter, listing };
  }

  confirmReport(version: number): void {
    this.#db.change(CONFIRM_REPORT, version);
    this.#hasReport = undefined;
  }

  lastReport(): number {
    return this.#db.read<{ reports: number }>(READ_REPORTS)[0]?.reports ?? 0;
  }

  filter(): string {
    return this.#db.read<{ filter: string }>(READ_FILTER)[0]?.filter ?? "{}";
  }

  writeFilter(filter: string): void {
    this.#db.change(WRITE_FILTER, filter);
  }

  forgetUser(user: string): void {
    forgetPlayer(this.#db, this, user);
  }

  erase(nowMs: number): void {
    eraseGame(this.#db, this, nowMs);
    this.#hasReport = undefined;
  }
}

function plainOf(bytes: ArrayBuffer): Plain {
  return decodePlain(new Uint8Array(bytes));
}
