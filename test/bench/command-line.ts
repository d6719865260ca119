/**
 * What was asked for: `npm run bench -- [scenario …] [--check] [--quick] [--rounds=n] [--targets=a,b]`.
 * @module
 */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "../../src/protocol/result.ts";
import type { Scale } from "./scenario.ts";
import type { TargetName } from "./target.ts";

export type BenchOptions = {
  /** Ids, in the order of the list; all of them when none was named. */
  readonly scenarios: readonly string[];
  /** Undefined: every one that a scenario asks for. */
  readonly targets: readonly TargetName[] | undefined;
  /** Undefined: as many as the scenario wants. */
  readonly rounds: number | undefined;
  readonly scale: Scale;
  readonly isCheck: boolean;
};

/** What there is to choose from. */
export type Choices = { readonly scenarios: readonly string[]; readonly targets: readonly TargetName[] };

const MAX_ROUNDS = 100;
const FLAGS = "--check, --quick, --rounds=n, --targets=a,b, --help";

/** The error is for a person: what was not understood, and what would be. */
export function parseCommandLine(args: readonly string[], choices: Choices): Result<BenchOptions, string> {
  const parsed = split(args);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  if (values.help === true) return err(usage(choices));
  const unknown = positionals.filter((id) => !choices.scenarios.includes(id));
  if (unknown.length > 0)
    return err(`no scenario "${unknown.join('", "')}". There are: ${choices.scenarios.join(", ")}`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS)) {
    return err(`--rounds is "${values.rounds}": it has to be a whole number from 1 to ${MAX_ROUNDS}`);
  }
  const targets = values.targets === undefined ? ok(undefined) : chooseTargets(values.targets, choices.targets);
  if (!targets.ok) return targets;
  return ok({
    scenarios:
      positionals.length === 0 ? choices.scenarios : choices.scenarios.filter((id) => positionals.includes(id)),
    targets: targets.value,
    rounds,
    scale: values.quick === true ? "quick" : "full",
    isCheck: values.check === true,
  });
}

function split(args: readonly string[]) {
  try {
    return ok(
      parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          check: { type: "boolean" },
          quick: { type: "boolean" },
          rounds: { type: "string" },
          targets: { type: "string" },
          help: { type: "boolean" },
        },
      }),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message.split(". ")[0] : String(error);
    return err(`${message}. There are: ${FLAGS}`);
  }
}

function chooseTargets(text: string, known: readonly TargetName[]): Result<readonly TargetName[], string> {
  const asked = text.split(",").map((name) => name.trim());
  const unknown = asked.filter((name) => !known.some((target) => plain(target) === plain(name)));
  if (unknown.length > 0) return err(`no server "${unknown.join('", "')}". There are: ${known.join(", ")}`);
  return ok(known.filter((target) => asked.some((name) => plain(name) === plain(target))));
}

/** `raw-relay` and `Raw Relay` are "raw relay". */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s-]/g, "");
}

function usage({ scenarios, targets }: Choices): string {
  return [
    "npm run bench -- [scenario …] [flags]",
    `scenarios: ${scenarios.join(", ")}`,
    `servers: ${targets.join(", ")}`,
    `flags: ${FLAGS}`,
  ].join("\n");
}
