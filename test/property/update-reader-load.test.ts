import * as encoding from "lib0/encoding";
import { describe, expect, it } from "vitest";
import { ClockTable, MAX_CLIENTS, MAX_CLOCK } from "../../src/core/document/clock-table.ts";
import { MAX_DELETE_RANGES } from "../../src/core/document/delete-ranges.ts";
import { one, put, raw, string, updateBytes, varUints } from "./update-bytes.ts";
import { isLong, verdictOf } from "./update-replay.ts";

describe("hostile bytes by the megabyte", () => {
  const MEGABYTES = isLong ? 16 : 4;
  const SIZE = MEGABYTES * 2 ** 20;
  /** Far above linear time on a slow machine, far below quadratic time on a fast one. */
  const MAX_MS_PER_MEGABYTE = 500;

  const judge = (bytes: Uint8Array, known?: ClockTable): unknown => {
    const startMs = performance.now();
    const result = verdictOf(bytes, known);
    expect(performance.now() - startMs).toBeLessThan(MAX_MS_PER_MEGABYTE * MEGABYTES);
    return result;
  };

  it("[UR21] structs of the smallest size, alone and in turns between clients, are decided in linear time", () => {
    const gcs = new Array<ReturnType<typeof put>>(SIZE / 2).fill(put({ kind: "gc", length: 1 }));
    expect(judge(updateBytes([{ client: 1, clock: 0, structs: gcs }]))).toBe("complete");
    const turns = SIZE / 16;
    const blocks = [1, 2].map((client) => ({
      client,
      clock: 0,
      structs: Array.from({ length: turns }, (_, clock) =>
        string("x", { origin: client === 1 ? { client: 2, clock } : { client: 1, clock: clock - 1 } }),
      ),
    }));
    blocks[1]?.structs.splice(0, 1, string("x"));
    expect(judge(updateBytes(blocks))).toBe("complete");
  });

  it("[UR21] a hundred thousand clients that all wait for the last struct of one are decided in linear time", () => {
    const last = { client: 0, clock: 99_999 };
    const waiting = Array.from({ length: 100_000 }, (_, index) => ({
      client: index + 1,
      clock: 0,
      structs: [string("x", { origin: last })],
    }));
    const awaited = {
      client: 0,
      clock: 0,
      structs: Array.from({ length: 100_000 }, (_, clock) =>
        string("x", clock === 0 ? {} : { rightOrigin: { client: 0, clock: clock - 1 } }),
      ),
    };
    expect(judge(updateBytes([...waiting, awaited]))).toBe("complete");
    expect(judge(updateBytes([awaited, ...waiting]))).toBe("complete");
    const chained = waiting.map((block, index) => ({
      ...block,
      structs: [string("x", { origin: { client: index + 2, clock: 0 } })],
    }));
    expect(judge(updateBytes(chained))).toEqual({ client: 100_001, clock: 0 });
  });

  it("[UR21] more clients or deletions than one update may name are refused", () => {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, MAX_CLIENTS + 1);
    for (let client = 0; client <= MAX_CLIENTS; client += 1)
      for (const number of [1, client, 0, 0, 1]) encoding.writeVarUint(encoder, number);
    encoding.writeVarUint(encoder, 0);
    expect(judge(encoding.toUint8Array(encoder))).toBe("too many clients");
    const ranges = Array.from({ length: MAX_DELETE_RANGES + 1 }, (_, index) => [2 * index, 1]).flat();
    expect(judge(varUints([0, 1, 1, MAX_DELETE_RANGES + 1].concat(ranges)), new ClockTable([[1, MAX_CLOCK]]))).toBe(
      "too many deletions",
    );
  });

  it("[UR21] deletions in the worst order are decided in linear time", () => {
    const count = Math.min(MAX_DELETE_RANGES, SIZE / 5);
    const descending = Array.from({ length: count }, (_, index) => [2 * (count - index), 1]);
    const known = new ClockTable([[1, MAX_CLOCK]]);
    expect(judge(varUints([0, 1, 1, count].concat(descending.flat())), known)).toBe("complete");
    const single = descending.slice(0, 2 ** 17).flatMap(([clock = 0, length = 0]) => [1, 1, clock, length]);
    expect(judge(varUints([0, 2 ** 17].concat(single)), known)).toBe("complete");
  });

  it("[UR21] text, JSON and values that fill the update are decided in linear time", () => {
    expect(judge(one({ kind: "string", text: "文".repeat(SIZE / 3) }))).toBe("complete");
    expect(judge(one({ kind: "embed", json: `[${"1,".repeat(SIZE / 2)}1]` }))).toBe("complete");
    expect(judge(one({ kind: "embed", json: `"${"\\u0000".repeat(SIZE / 6)}"` }))).toBe("complete");
    expect(judge(raw(8, [1, 117, ...varUints([SIZE / 4])].concat(new Array<number>(SIZE / 4).fill(126))))).toBe(
      "complete",
    );
    expect(judge(new Uint8Array(SIZE).fill(0xff))).toBe("an integer is out of range");
    expect(judge(new Uint8Array(SIZE))).toBe("bytes after the delete set");
  });
});
