// Writes the rows that tests recorded in .results/ into README's table, between its two markers.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const readme = join(root, "README.md");
const START = "<!-- results: start -->";
const END = "<!-- results: end -->";

const rows = readdirSync(join(root, ".results"))
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(root, ".results", name), "utf8")))
  .map(({ promise, test, count, result }) => `| ${promise} | ${test} | ${count} | ${result} |`);
const table = ["| promise | test | how much | result |", "| --- | --- | --- | --- |", ...rows].join("\n");

const text = readFileSync(readme, "utf8");
const from = text.indexOf(START);
const to = text.indexOf(END);
if (from < 0 || to < from) throw new Error(`README.md lacks ${START} … ${END}`);
writeFileSync(readme, `${text.slice(0, from + START.length)}\n${table}\n${text.slice(to)}`);
console.log(`${rows.length} rows written`);
