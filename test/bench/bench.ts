/**
 * The command `npm run bench`: measures, prints, keeps and judges.
 * @module
 */
import { relative } from "node:path";
import { type BenchOptions, parseCommandLine } from "./command-line.ts";
import { complaints, type Judged, judge, remarks } from "./judge.ts";
import type { Measurement, ScenarioRecord } from "./measurements.ts";
import { codeVersion, thisMachine, versionBetween, writeRecord } from "./records.ts";
import { runScenario } from "./runner.ts";
import { figureLabel, formatFigure } from "./figure-text.ts";
import type { Scenario } from "./scenario.ts";
import type { Target, TargetName } from "./target.ts";
import { figureTable, goalLines } from "./terminal.ts";

/** What the command works with. */
export type Bench = {
  readonly scenarios: readonly Scenario[];
  readonly targets: readonly Target[];
  readonly resultsDir: string;
  /** State of the servers, while they are measured. */
  readonly stateRoot: string;
  readonly print: (line: string) => void;
};

/** Returns the exit code: 0 when whatever goals are about was measured and, with `--check`, every goal is kept. */
export async function bench(args: readonly string[], house: Bench): Promise<number> {
  const parsed = parseCommandLine(args, {
    scenarios: house.scenarios.map(({ id }) => id),
    targets: house.targets.map(({ name }) => name),
  });
  if (!parsed.ok) {
    house.print(parsed.error);
    return args.includes("--help") ? 0 : 2;
  }
  const options = parsed.value;
  const run: Judged[] = [];
  for (const scenario of house.scenarios.filter(({ id }) => options.scenarios.includes(id))) {
    run.push(await runOne(scenario, options, house));
  }
  for (const line of remarks(run)) house.print(`bench: not needed: ${line}`);
  const bad = complaints(run, options.isCheck);
  for (const line of bad) house.print(`bench: ${line}`);
  house.print(bad.length === 0 ? `bench: ${summary(run)}` : "bench: not good");
  return bad.length === 0 ? 0 : 1;
}

async function runOne(scenario: Scenario, options: BenchOptions, house: Bench): Promise<Judged> {
  const rounds = options.rounds ?? scenario.rounds;
  const names = scenario.targets.filter((name) => options.targets === undefined || options.targets.includes(name));
  house.print(`\n${scenario.id}: ${scenario.title}`);
  if (names.length === 0) {
    house.print(`  none of its servers was asked for: ${scenario.targets.join(", ")}`);
    return { id: scenario.id, measurements: [], verdicts: [] };
  }
  const versionBefore = codeVersion();
  const measurements = await runScenario(
    scenario,
    names.map((name) => targetCalled(house.targets, name)),
    {
      scale: options.scale,
      rounds,
      stateRoot: house.stateRoot,
      onMeasured: (measurement, tookMs) =>
        house.print(progressLine(scenario, measurement, `${measurement.round}/${rounds}`, tookMs)),
    },
  );
  const verdicts = scenario.goals.map((goal) => judge(goal, names, measurements));
  const version = versionBetween(versionBefore, codeVersion());
  const record: ScenarioRecord = {
    id: scenario.id,
    ...(version === undefined ? {} : { version }),
    scale: options.scale,
    date: new Date().toISOString(),
    machine: thisMachine(),
    targets: names,
    rounds,
    shortcuts: shortcutsOf(scenario, names, rounds, options),
    measurements,
  };
  const path = writeRecord(house.resultsDir, record);
  house.print("");
  for (const line of figureTable(scenario.columns, names, measurements)) house.print(line);
  house.print("");
  for (const line of goalLines(verdicts)) house.print(line);
  const why = record.shortcuts.length === 0 ? "" : `, not for README: ${record.shortcuts.join(", ")}`;
  house.print(`  in ${relative(process.cwd(), path)}${why}`);
  return { id: scenario.id, measurements, verdicts };
}

function targetCalled(targets: readonly Target[], name: TargetName): Target {
  const target = targets.find((one) => one.name === name);
  if (target !== undefined) return target;
  const start = () => Promise.reject(new Error(`the bench has no server called ${name}`));
  return { name, wire: "relay", start };
}

function shortcutsOf(
  scenario: Scenario,
  names: readonly TargetName[],
  rounds: number,
  { scale }: BenchOptions,
): readonly string[] {
  const absent = scenario.targets.filter((name) => !names.includes(name));
  return [
    ...(scale === "quick" ? ["quick"] : []),
    ...(rounds < scenario.rounds ? [`${rounds} of ${scenario.rounds} rounds`] : []),
    ...(absent.length === 0 ? [] : [`without ${absent.join(", ")}`]),
  ];
}

function progressLine({ columns }: Scenario, measurement: Measurement, round: string, tookMs: number): string {
  const head = `  round ${round} ${measurement.target}`;
  const tail = `(${(tookMs / 1_000).toFixed(1)} s)`;
  if ("error" in measurement) return `${head}: FAILED: ${measurement.error} ${tail}`;
  const { figures } = measurement;
  const parts = columns.flatMap((figure) => {
    const value = figures[figure];
    return value === undefined ? [] : [`${figureLabel(figure)} ${formatFigure(figure, value)}`];
  });
  return `${head}: ${parts.join(", ")} ${tail}`;
}

function summary(run: readonly Judged[]): string {
  const verdicts = run.flatMap((judged) => judged.verdicts);
  const count = (outcome: string) => verdicts.filter((verdict) => verdict.outcome === outcome).length;
  const measured = run.reduce((sum, { measurements }) => sum + measurements.length, 0);
  const leftOut = count("left out") === 0 ? "" : `, ${count("left out")} not judged`;
  return `${measured} measurements, ${count("kept")} of ${verdicts.length} goals kept${leftOut}`;
}
