/**
 * Every published client against a real server: what it says, and what the server holds.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, startClosedServer } from "../support/closed-server.ts";
import { startServer } from "../support/server.ts";
import type { Cell, PlaceName } from "./cell.ts";
import { presenceCells } from "./cells-presence.ts";
import { rightsCells } from "./cells-rights.ts";
import { syncCells } from "./cells-sync.ts";
import { FAMILIES, slugOf } from "./families.ts";
import { type KillOutcomes, killUnderAll } from "./kill-phase.ts";
import { MatrixResults } from "./matrix-results.ts";
import { type Place, Scene } from "./scene.ts";
import type { StockFamily } from "./stock-client.ts";

const CELLS: readonly Cell[] = [...syncCells, ...presenceCells, ...rightsCells];
const KILLED = "server killed and restarted";

const results = new MatrixResults(
  FAMILIES.map(({ label }) => label),
  [...CELLS.map(({ row }) => row), KILLED],
);
for (const { row, without } of CELLS) {
  for (const family of FAMILIES) {
    const note = without?.(family);
    if (note !== undefined) results.set(family.label, row, { mark: "without", note });
  }
}

/** Five megabytes for each client are work for each room: it is put off, as this is about clients. */
const LARGE_VARS = {
  ROOST_COMPACT_ROWS: "1000000",
  ROOST_COMPACT_BYTES: String(64 * 1024 * 1024),
  ROOST_SNAPSHOT_DELAY_MS: String(60 * 60_000),
  ROOST_SNAPSHOT_MAX_DELAY_MS: String(60 * 60_000),
};

const places: Partial<Record<PlaceName, Place>> = {};

beforeAll(async () => {
  const [server, closed] = await Promise.all([startServer(), startClosedServer()]);
  places.open = { server };
  places.closed = { server: closed, project: await createProject(closed, "conformance") };
});
afterAll(async () => {
  results.write();
  await Promise.all([places.open?.server.stop(), places.closed?.server.stop()]);
});

function placeOf(name: PlaceName): Place {
  const place = places[name];
  if (place === undefined) throw new Error(`the ${name} server is not there`);
  return place;
}

/** Each has a document of its own. */
let attempts = 0;

async function runCell(cell: Cell, family: StockFamily): Promise<void> {
  attempts += 1;
  const id = `matrix/${cell.row.replace(/[^a-z0-9]+/g, "-")}/${slugOf(family)}/${attempts}`;
  const scene = new Scene(family, placeOf(cell.place ?? "open"), id);
  try {
    await results.keep(family.label, cell.row, () => cell.run(scene));
  } finally {
    scene.end();
  }
}

/** One test for each of these cells and each family that has it. */
function testAll(cells: readonly Cell[]): void {
  for (const cell of cells) {
    const asked = FAMILIES.filter((family) => cell.without?.(family) === undefined);
    const retry = cell.isTimed === true ? 2 : 0;
    for (const family of asked) {
      test(`${cell.title}: ${family.label}`, { retry }, async () => await runCell(cell, family));
    }
  }
}

describe.concurrent("every client, 5 MB", () => {
  beforeAll(async () => {
    places.large = { server: await startServer({ vars: LARGE_VARS }) };
  });
  afterAll(async () => await places.large?.server.stop());

  testAll(CELLS.filter(({ place }) => place === "large"));
});

describe.concurrent("every client", () => {
  testAll(CELLS.filter(({ place, isSlow }) => place !== "large" && isSlow !== true));
});

describe.concurrent("every client, at length", () => {
  testAll(CELLS.filter(({ isSlow }) => isSlow === true));
});

describe("a server that is killed", () => {
  let outcomes: KillOutcomes;
  beforeAll(async () => {
    outcomes = await killUnderAll(FAMILIES, placeOf("open"));
  }, 120_000);

  for (const { label } of FAMILIES) {
    test(`[CF8] it comes back, with what was stored, in flight and typed meanwhile: ${label}`, async () => {
      await results.keep(label, KILLED, async () => {
        const outcome = outcomes.get(label);
        if (outcome?.status !== "fulfilled") throw outcome?.reason ?? new Error("it was not asked");
      });
      expect(outcomes.get(label)?.status).toBe("fulfilled");
    });
  }
});
