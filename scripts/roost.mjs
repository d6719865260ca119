#!/usr/bin/env node
/**
 * `npx roost …`: projects, tokens and revocations of a running server. Exit codes: 0 done, 1 refused or not reached, 2 misspelt.
 * @module
 */
import { parseArgs } from "node:util";
import { Misuse } from "./roost-arguments.mjs";
import { COMMANDS } from "./roost-commands.mjs";
import { Refused, askServer } from "./roost-request.mjs";

const DEFAULT_URL = "http://localhost:8787";

const HELP = `Usage: roost <command> [options]

  project create <id> [--name <text>] [--origin <origin>]… [--jwks-url <url>]
  project list
  project show <id> [--keys]
  project rotate <id> [--overlap 24h] [--force]       new keys; those of before count until the overlap ends
  project limits <id> [<limit>=<number>|default]…     change some; then, or without any, show all of them
  project origins <id> [<origin>]… [--clear]          replace them all
  project access <id> [<pattern>=<scope>,<scope>]… [--clear]   what a publishable key alone allows; replace it all
  project jwks <id> [<url>] [--issuer <iss>] [--clear]   keys of the project's identity provider, and whose tokens count
  token --project <id> --user <user> --room <pattern>=<scope>,<scope> [--room …]
        [--name <text>] [--color <#rrggbb>] [--avatar <url>] [--limit <limit>=<number>]… [--expires 1h]
  revoke <user> --project <id> (--for 7d | --until <date> | --undo)
  export <dir> [--prefix <id…>] [--project <id>]      every document as Yjs, JSON and Markdown; again: what has changed
  import <dir> [--prefix <id…>] [--project <id>]      back, each into a document that never had content

Options
  --url <url>                 the server; else ROOST_URL, else ${DEFAULT_URL}
  --operator-secret <secret>  else ROOST_OPERATOR_SECRET: flags can be seen by other users of this machine
  --key <sk_…>                instead of the operator's secret, for token, revoke, export and import; else ROOST_KEY
  --json                      answers as JSON
  --help

A pattern is document:, presence: or game: and an id, * for one segment of it or, at its end, all that follow; or *, every room.
Durations are 90s, 15m, 24h, 30d; scopes read, write, presence, history, admin.`;

const text = /** @type {const} */ ({ type: "string" });
const texts = /** @type {const} */ ({ type: "string", multiple: true });
const flag = /** @type {const} */ ({ type: "boolean" });
const help = /** @type {const} */ ({ type: "boolean", short: "h" });

const OPTIONS = /** @type {const} */ ({
  ...{ url: text, "operator-secret": text, key: text, json: flag, help },
  ...{ name: text, origin: texts, "jwks-url": text, keys: flag, overlap: text, force: flag, clear: flag },
  ...{ project: text, user: text, room: texts, color: text, avatar: text, limit: texts, expires: text, issuer: text },
  ...{ for: text, until: text, undo: flag, prefix: text },
});

/** @typedef {import("./roost-commands.mjs").Flags & { readonly [name in "url" | "operator-secret"]?: string }
 *   & { readonly [name in "json" | "help"]?: boolean }} Flags */

/**
 * @param {readonly string[]} args
 * @returns {{ readonly values: Flags, readonly positionals: readonly string[] }}
 */
function readArguments(args) {
  try {
    // SAFETY: each flag has the type that OPTIONS gives it; the library loses that on the way through the spreads.
    return /** @type {any} */ (parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true }));
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error));
  }
}

async function main() {
  const { values: flags, positionals } = readArguments(process.argv.slice(2));
  if (flags.help === true || positionals.length === 0) {
    console.log(HELP);
    process.exitCode = flags.help === true ? 0 : 2;
    return;
  }
  const [first = "", second = "", ...rest] = positionals;
  const [run, words] =
    first === "project" ? [COMMANDS[`project ${second}`], rest] : [COMMANDS[first], positionals.slice(1)];
  if (run === undefined) throw new Misuse(`there is no command ${positionals.slice(0, 2).join(" ")}`);
  const url = flags.url ?? process.env["ROOST_URL"] ?? DEFAULT_URL;
  const ask = askServer(url, flags["operator-secret"] ?? process.env["ROOST_OPERATOR_SECRET"] ?? "");
  /** @type {import("./roost-commands.mjs").Show} */
  const show = (answer, lines) =>
    console.log(flags.json === true ? JSON.stringify(answer, null, 2) : lines(answer).join("\n"));
  await run({ flags, words, ask, show, url });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Misuse) && !(error instanceof Refused)) throw error;
  console.error(`roost: ${error.message}${error instanceof Misuse ? ". roost --help says more." : ""}`);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
