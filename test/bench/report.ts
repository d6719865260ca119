/**
 * README's account of the bench, written from records alone: what Roost is against the others, the goals, every figure.
 * @module
 */
import {
  describeBound,
  describeMeasure,
  describeValue,
  figureLabel,
  formatNumber,
  formatSpread,
} from "./figure-text.ts";
import { againstOf, judge, sideOf } from "./judge.ts";
import type { ScenarioRecord } from "./measurements.ts";
import type { Goal, Scenario } from "./scenario.ts";
import { ratioPerRound, spreadOf } from "./statistics.ts";
import type { TargetName } from "./target.ts";
import { absenceCell, figureCell } from "./terminal.ts";

/** A scenario and its last whole run. */
export type Measured = { readonly scenario: Scenario; readonly record: ScenarioRecord };

const SHORT_COMMIT = 12;

/** Columns of the comparison: Roost, the servers people use, the bare objects. */
const COLUMNS: readonly TargetName[] = [
  "Roost",
  "Roost saving later",
  "Roost presence",
  "Roost games",
  "Hocuspocus",
  "y-websocket",
  "y-partyserver",
  "PartyServer broadcast",
  "Colyseus",
  "raw batching",
  "batching with insert",
  "raw relay",
  "relay with insert",
  "stored bytes",
];

/** Markdown to stand between README's markers. `plotPath` is the plot's, from README; undefined where there is none. */
export function renderReport(measured: readonly Measured[], plotPath: string | undefined): string {
  const plot =
    plotPath === undefined ? [] : [`![Updates delivered per second as a ratio to a raw relay](${plotPath})`, ""];
  return [
    ...plot,
    `Medians over the rounds of one run, (lowest–highest). ${machinesOf(measured)}. ÷ names the server that is 1.`,
    ...versionsOf(measured),
    "",
    ...comparison(measured),
    "",
    ...goals(measured),
    "",
    ...measured.flatMap(details),
  ]
    .join("\n")
    .trimEnd();
}

/** What a scenario is mainly about: the measure of its first goal. */
function headlineOf({ goals: [first], columns: [column] }: Scenario): Goal {
  return first ?? { figure: column ?? "" };
}

function comparison(measured: readonly Measured[]): readonly string[] {
  const rows = measured.map((one) => ({
    ...one,
    cells: new Map(COLUMNS.map((target) => [target, comparisonCell(one, target)] as const)),
  }));
  // A column in which a server is only compared with itself says nothing.
  const columns = COLUMNS.filter((target) => rows.some(({ cells }) => !["", "1"].includes(cells.get(target) ?? "")));
  return table(
    ["", "", ...columns],
    rows.map(({ scenario, cells }) => [
      scenario.title,
      describeMeasure(headlineOf(scenario)),
      ...columns.map((target) => emphasise(target, cells.get(target) ?? "")),
    ]),
  );
}

function comparisonCell({ scenario, record }: Measured, target: TargetName): string {
  if (!record.targets.includes(target)) return "";
  const headline = headlineOf(scenario);
  const against = againstOf(headline);
  if (against === undefined) return figureCell(record.measurements, target, headline.figure);
  if (target === against.target) return "1";
  const ratios = ratioPerRound(record.measurements, { ...sideOf(headline), target }, against);
  if (ratios.ok) return formatSpread(spreadOf(ratios.value), (value) => formatNumber(value));
  // What the other side lacks is in its own column.
  const isItsOwn = "target" in ratios.error && ratios.error.target === target;
  return isItsOwn ? absenceCell(record.measurements, ratios.error) : "–";
}

function goals(measured: readonly Measured[]): readonly string[] {
  const rows = measured.flatMap(({ scenario, record }) =>
    scenario.goals.map((goal, index) => {
      const verdict = judge(goal, record.targets, record.measurements);
      const { target } = sideOf(goal);
      return [
        index === 0 ? `\`${scenario.id}\`` : "",
        target === "Roost" ? describeMeasure(goal) : `${target}: ${describeMeasure(goal)}`,
        describeBound(goal),
        describeValue(verdict),
        verdict.outcome === "kept"
          ? "kept"
          : `**${verdict.outcome}**${goal.note === undefined ? "" : `: ${goal.note}`}`,
      ];
    }),
  );
  return table(["goal", "", "bound", "measured", ""], rows);
}

function details({ scenario, record }: Measured): readonly string[] {
  const columns = COLUMNS.filter((target) => record.targets.includes(target));
  return [
    `<details><summary><code>${scenario.id}</code>: every figure</summary>`,
    "",
    `${scenario.title}. ${record.rounds} rounds, ${record.date.slice(0, 10)}, ${versionText(record)}.`,
    "",
    ...table(
      ["", ...scenario.columns.map(figureLabel)],
      columns.map((target) => [
        emphasise(target, target),
        ...scenario.columns.map((figure) => figureCell(record.measurements, target, figure)),
      ]),
    ),
    "",
    "</details>",
  ];
}

/** `2 cores, Node 24.21.0, linux x64, 2026-01-31`. */
function machinesOf(measured: readonly Measured[]): string {
  const machines = measured.map(
    ({ record: { machine } }) => `${machine.cores} cores, Node ${machine.node}, ${machine.platform}`,
  );
  const days = measured.map(({ record }) => record.date.slice(0, 10)).toSorted();
  const [first, last] = [days[0] ?? "", days.at(-1) ?? ""];
  return `${[...new Set(machines)].join(" and ")}, ${first === last ? first : `${first} to ${last}`}`;
}

/** The code that was measured, and a warning when that is not the same everywhere. */
function versionsOf(measured: readonly Measured[]): readonly string[] {
  const versions = [...new Set(measured.map(({ record }) => versionText(record)))];
  const [only] = versions;
  if (only === undefined) return [];
  if (versions.length === 1) return [`Measured at ${only}.`];
  return [`**Not one run: scenarios were measured at different code:** ${versions.join("; ")}. Each says at which.`];
}

function versionText({ version }: ScenarioRecord): string {
  if (version === undefined) return "an unknown commit";
  return `commit \`${version.commit.slice(0, SHORT_COMMIT)}\`${version.isDirty ? " with changes" : ""}`;
}

function emphasise(target: TargetName, text: string): string {
  return target === "Roost" && text !== "" ? `**${text}**` : text;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** `text` with what stands between two markers replaced; throws where they are not there, once and in order. */
export function replaceBetween(text: string, [start, end]: readonly [string, string], inner: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  const isOnce = text.lastIndexOf(start) === from && text.lastIndexOf(end) === to;
  if (from < 0 || to < from || !isOnce) throw new Error(`it lacks ${start} … ${end}`);
  return `${text.slice(0, from + start.length)}\n${inner}\n${text.slice(to)}`;
}

/** Figures a report would show of a run that is none: that is a bug of whoever kept it. */
export function assertWhole({ scenario, record }: Measured): void {
  if (record.shortcuts.length > 0) throw new Error(`${scenario.id} was no whole run: ${record.shortcuts.join(", ")}`);
  const expected = record.rounds * scenario.targets.length;
  if (record.measurements.length === expected) return;
  throw new Error(`${scenario.id} has ${record.measurements.length} measurements of ${expected}: run it again`);
}
