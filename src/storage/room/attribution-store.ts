/**
 * Who wrote which structs, and when (SPEC "Attribution"). One row per client, user and minute; typing on makes its row longer.
 * @module
 */
import type { AttributionRebuild, AttributionStore, Stamp } from "../../core/ports.ts";
import type { RoomDatabase } from "./database.ts";
import type { Senders } from "./senders.ts";

/** Rows fetched at once by a read. */
const PAGE_ROWS = 5_000;

const READ_PAGE = `
  SELECT client, clock, length, sender, at_ms FROM attribution
  WHERE client > ? OR (client = ? AND clock > ?) ORDER BY client, clock LIMIT ?`;
// From the row at or before the start of a range to its end: the rows in between, and the neighbour that may be made longer.
const READ_NEAR = `
  SELECT clock, length, sender, at_ms FROM attribution
  WHERE client = ? AND clock < ?
    AND clock >= ifnull((SELECT max(clock) FROM attribution WHERE client = ? AND clock <= ?), 0)
  ORDER BY clock`;
const ADD_ROW = "INSERT INTO attribution (client, clock, length, sender, at_ms) VALUES (?, ?, ?, ?, ?)";
const LENGTHEN_ROW = "UPDATE attribution SET length = ? WHERE client = ? AND clock = ?";
const READ_REBUILD = "SELECT attributed_epoch AS epoch, attributed_through AS through FROM meta WHERE id = 1";
const WRITE_REBUILD = "UPDATE meta SET attributed_epoch = ?, attributed_through = ? WHERE id = 1";

type NearRow = { clock: number; length: number; sender: number; at_ms: number };
type StampRow = NearRow & { client: number };

export class SqlAttributionStore implements AttributionStore {
  readonly #db: RoomDatabase;
  readonly #senders: Senders;

  constructor(db: RoomDatabase, senders: Senders) {
    this.#db = db;
    this.#senders = senders;
  }

  record(stamps: Iterable<Stamp>): void {
    this.#db.atomically(() => {
      for (const stamp of stamps) this.#recordOne(stamp);
    });
  }

  *read(): Generator<Stamp> {
    let last: Stamp | undefined;
    for (const row of this.#rows()) {
      const stamp = { client: row.client, clock: row.clock, length: row.length, atMs: row.at_ms };
      const user = this.#senders.userOf(row.sender);
      const continues = last?.client === row.client && last.clock + last.length === row.clock;
      if (last !== undefined && continues && last.user === user && last.atMs === row.at_ms) {
        last = { ...last, length: last.length + row.length };
        continue;
      }
      if (last !== undefined) yield last;
      last = { ...stamp, user };
    }
    if (last !== undefined) yield last;
  }

  rebuild(): AttributionRebuild | undefined {
    const [row] = this.#db.read<{ epoch: number | null; through: string | null }>(READ_REBUILD);
    return row === undefined || row.epoch === null ? undefined : { epoch: row.epoch, through: row.through };
  }

  noteRebuild({ epoch, through }: AttributionRebuild): void {
    this.#db.write(WRITE_REBUILD, epoch, through);
  }

  /** With the tables of an erased room: meta stays. */
  forgetRebuild(): void {
    this.#db.change(WRITE_REBUILD, null, null);
  }

  *#rows(): Generator<StampRow> {
    let [client, clock] = [-1, -1];
    for (;;) {
      const page = this.#db.read<StampRow>(READ_PAGE, client, client, clock, PAGE_ROWS);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ROWS) return;
      ({ client, clock } = last);
    }
  }

  /** The gaps between what is known of the range. */
  #recordOne(stamp: Stamp): void {
    const { client, clock, length } = stamp;
    const end = clock + length;
    let from = clock;
    let left: NearRow | undefined;
    for (const row of this.#db.read<NearRow>(READ_NEAR, client, end, client, clock)) {
      if (row.clock > from) this.#add(stamp, from, row.clock, left);
      from = Math.max(from, row.clock + row.length);
      left = row;
    }
    if (from < end) this.#add(stamp, from, end, left);
  }

  #add({ client, user, atMs }: Stamp, from: number, end: number, left: NearRow | undefined): void {
    const sender = this.#senders.indexOf(user);
    const continues = left !== undefined && left.clock + left.length === from;
    if (continues && left.sender === sender && left.at_ms === atMs) {
      this.#db.write(LENGTHEN_ROW, end - left.clock, client, left.clock);
    } else {
      this.#db.write(ADD_ROW, client, from, end - from, sender, atMs);
    }
  }
}
