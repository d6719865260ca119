/**
 * D1 that adds up the rows its statements read: what is billed, and what a test can hold a query to on a busy machine.
 * @module
 */

/** As much of D1 as the indexes use; everything goes to the real one. */
export class CountingD1 {
  readonly #db: D1Database;
  readonly #inner = new WeakMap<object, D1PreparedStatement>();
  #rowsRead = 0;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** For whoever wants a database. */
  get db(): D1Database {
    const counted: Pick<D1Database, "prepare" | "batch"> = {
      prepare: (sql) => this.#counted(this.#db.prepare(sql)),
      batch: async <Row>(statements: D1PreparedStatement[]) => {
        const inner = statements.map((statement) => this.#inner.get(statement) ?? statement);
        return (await this.#db.batch<Row>(inner)).map((result) => this.#count(result));
      },
    };
    return counted as D1Database;
  }

  /** Rows read since it was asked last. */
  take(): number {
    const rows = this.#rowsRead;
    this.#rowsRead = 0;
    return rows;
  }

  #counted(inner: D1PreparedStatement): D1PreparedStatement {
    const counted = {
      bind: (...values: unknown[]) => this.#counted(inner.bind(...values)),
      run: async <Row>() => this.#count(await inner.run<Row>()),
      all: async <Row>() => this.#count(await inner.all<Row>()),
      // `first` alone says nothing of rows.
      first: async <Row>() => this.#count(await inner.all<Row>()).results[0] ?? null,
    } as D1PreparedStatement;
    this.#inner.set(counted, inner);
    return counted;
  }

  #count<Row>(result: D1Result<Row>): D1Result<Row> {
    this.#rowsRead += result.meta.rows_read;
    return result;
  }
}
