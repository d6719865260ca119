/**
 * `npm run bench:report`: README's account of the bench and its plot, from the last whole run of each scenario.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fanOutSeries, renderPlot } from "./plot.ts";
import { readRecords } from "./records.ts";
import { assertWhole, renderReport, replaceBetween } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";

const ROOT = join(import.meta.dirname, "../..");
const README = join(ROOT, "README.md");
const PLOT = "test/bench/plot.svg";
const MARKERS = ["<!-- bench: start -->", "<!-- bench: end -->"] as const;

const records = readRecords(
  join(ROOT, ".results/bench"),
  SCENARIOS.map(({ id }) => id),
);
if (records.length === 0) {
  console.error("bench: nothing was measured yet: npm run bench");
  process.exit(1);
}
const measured = SCENARIOS.flatMap((scenario) =>
  records.filter(({ id }) => id === scenario.id).map((record) => ({ scenario, record })),
);
for (const one of measured) assertWhole(one);

const plot = renderPlot(fanOutSeries(records));
if (plot !== undefined) writeFileSync(join(ROOT, PLOT), plot);
const report = renderReport(measured, plot === undefined ? undefined : PLOT);
writeFileSync(README, replaceBetween(readFileSync(README, "utf8"), MARKERS, report));

const absent = SCENARIOS.filter(({ id }) => !records.some((record) => record.id === id)).map(({ id }) => id);
console.log(`bench: ${measured.length} scenarios written to README`);
if (absent.length > 0) console.log(`bench: never measured: ${absent.join(", ")}`);
