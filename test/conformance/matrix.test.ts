/**
 * Every published client against a real server: what it says, and what the server holds.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, startClosedServer } from "../support/closed-server.ts";
import { startServer } from "../support/server.ts";
import type { Cell } from "./cell.ts";
import { presenceCells } from "./cells-presence.ts";
import { rightsCells } from "./cells-rights.ts";
import { syncCells } from "./cells-sync.ts";
import { FAMILIES, slugOf } from "./families.ts";
import { type KillOutcomes, killUnderAll } from "./kill-phase.ts";
import { MatrixResults } from "./matrix-results.ts";
import { type Place, Scene } from "./scene.ts";
import type { StockFamily } from "./stock-client.ts";

const CELLS: readonly Cell[] = [...syncCells, ...presenceCells, ...rightsCells];
/** Those that wait longest begin first. */
const IN_ORDER = [...CELLS].toSorted((a, b) => Number(b.row.startsWith("idle")) - Number(a.row.startsWith("idle")));
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

let openPlace: Place;
let closedPlace: Place;

beforeAll(async () => {
  const [server, closed] = await Promise.all([startServer(), startClosedServer()]);
  openPlace = { server };
  closedPlace = { server: closed, project: await createProject(closed, "conformance") };
});
afterAll(async () => {
  results.write();
  await Promise.all([openPlace.server.stop(), closedPlace.server.stop()]);
});

async function runCell(cell: Cell, family: StockFamily): Promise<void> {
  const id = `matrix/${cell.row.replace(/[^a-z0-9]+/g, "-")}/${slugOf(family)}`;
  const scene = new Scene(family, cell.isClosed === true ? closedPlace : openPlace, id);
  try {
    await results.keep(family.label, cell.row, () => cell.run(scene));
  } finally {
    scene.end();
  }
}

describe.concurrent("every client", () => {
  for (const cell of IN_ORDER) {
    const asked = FAMILIES.filter((family) => cell.without?.(family) === undefined);
    for (const family of asked) test(`${cell.title}: ${family.label}`, async () => await runCell(cell, family));
  }
});

describe("a server that is killed", () => {
  let outcomes: KillOutcomes;
  beforeAll(async () => {
    outcomes = await killUnderAll(FAMILIES, openPlace);
  }, 120_000);

  for (const { label } of FAMILIES) {
    test(`[CF8] it comes back, with what was stored, in flight and typed meanwhile: ${label}`, async () => {
      await results.keep(label, KILLED, async () => {
        const outcome = outcomes.get(label);
        if (outcome?.status !== "fulfilled") throw outcome?.reason ?? new Error("it was not asked");
        return outcome.value;
      });
      expect(outcomes.get(label)?.status).toBe("fulfilled");
    });
  }
});
