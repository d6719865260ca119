// Writes what tests recorded in .results/ into README's tables, each between its two markers.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const readme = join(root, "README.md");
const RESULTS = join(root, ".results");
const MATRIX = join(RESULTS, "conformance/matrix.json");

/** One row for each figure. */
function resultsTable() {
  const rows = readdirSync(RESULTS)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(RESULTS, name), "utf8")))
    .map(({ promise, test, count, result }) => `| ${promise} | ${test} | ${count} | ${result} |`);
  return ["| promise | test | how much | result |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** What each client was asked, and how it came out; why something was not asked stands below. */
function matrixTable({ columns, rows }) {
  const reasons = [];
  const cellOf = ({ mark, note }) => {
    if (mark === "failed") return "✗";
    if (mark === "passed") return `✓ ${note}`.trim();
    if (!reasons.includes(note)) reasons.push(note);
    return `–<sup>${reasons.indexOf(note) + 1}</sup>`;
  };
  const lines = rows.map(({ row, outcomes }) => `| ${[row, ...outcomes.map(cellOf)].join(" | ")} |`);
  const head = [`| ${["", ...columns].join(" | ")} |`, `| ${["", ...columns].map(() => "---").join(" | ")} |`];
  const notes = reasons.map((reason, index) => `<sup>${index + 1}</sup> ${reason}`);
  return [...head, ...lines, ...(notes.length === 0 ? [] : ["", notes.join("; ")])].join("\n");
}

function put(text, name, content) {
  const [start, end] = [`<!-- ${name}: start -->`, `<!-- ${name}: end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md lacks ${start} … ${end}`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}

const hasRun = existsSync(RESULTS) && readdirSync(RESULTS).some((name) => name.endsWith(".json"));
if (!hasRun) {
  console.error("results: no test has recorded any yet. First: npm test");
  process.exit(1);
}
let text = put(readFileSync(readme, "utf8"), "results", resultsTable());
// Kept as it is where no whole run was made.
if (existsSync(MATRIX)) text = put(text, "conformance", matrixTable(JSON.parse(readFileSync(MATRIX, "utf8"))));
writeFileSync(readme, text);
console.log(existsSync(MATRIX) ? "results and conformance written" : "results written");
