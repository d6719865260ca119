/**
 * `npm run loadtest -- --game arena --clients 100 --seconds 30`: players of one game against a server of its own, or against
 * `--url https://…` with `--token …`. It prints how late, how even and how much; on Linux what its own server's CPU did too.
 * @module
 */
import { parseArgs } from "node:util";
import { type Result, err, ok } from "../../src/protocol/result.ts";
import { startServer } from "../support/server.ts";
import { GAME_ACTS } from "./load/game-acts.ts";
import type { GameLoadResult, Spread } from "./load/jobs/game-load.ts";
import { runJob } from "./load/run-job.ts";

const WARM_UP_MS = 3_000;
const MAX_CLIENTS = 2_000;
const MAX_SECONDS = 240;
const LABEL_WIDTH = 22;
/** Of a core: beyond it the figures are the load's own. */
const BUSY_SHARE = 0.8;
const GAMES = Object.keys(GAME_ACTS).join("|");
const USAGE = `npm run loadtest -- [--game ${GAMES}] [--clients 100] [--seconds 30] [--url https://… [--token …]]`;

type Options = {
  readonly game: string;
  readonly clients: number;
  readonly seconds: number;
  /** Of a server that runs already. */
  readonly url: string | undefined;
  readonly token: string | undefined;
};

/** The error is for a person. */
function readOptions(args: readonly string[]): Result<Options, string> {
  const flag = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const options = { game: flag("arena"), clients: flag("100"), seconds: flag("30") } as const;
  const remote = { url: { type: "string" }, token: { type: "string" } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { ...options, ...remote } });
    const [clients, seconds] = [Number(values.clients), Number(values.seconds)];
    if (GAME_ACTS[values.game] === undefined) return err(`nobody here plays "${values.game}"`);
    if (!isCount(clients, MAX_CLIENTS)) return err(`--clients is a whole number from 1 to ${MAX_CLIENTS}`);
    if (!isCount(seconds, MAX_SECONDS)) return err(`--seconds is a whole number from 1 to ${MAX_SECONDS}`);
    return ok({ game: values.game, clients, seconds, url: values.url, token: values.token });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}

async function measure({ game, clients, seconds, url, token }: Options): Promise<GameLoadResult> {
  const load = { game, clients, warmUpMs: WARM_UP_MS, measureMs: seconds * 1_000 };
  if (url !== undefined) return await runJob("game-load", { ...load, url, ...(token !== undefined && { token }) });
  const server = await startServer();
  try {
    const cpu = process.platform === "linux" ? { serverPid: server.workerdPid() } : {};
    return await runJob("game-load", { ...load, ...cpu, url: server.url });
  } finally {
    await server.stop();
  }
}

type Row = readonly [label: string, text: string];

function rowsOf({ game, clients, seconds }: Options, result: GameLoadResult): readonly Row[] {
  const { ticks, serverCpuMs, closed, unacknowledged, rooms, loadCpuShare } = result;
  const each = (bytes: number) => `${(bytes / 1_000 / seconds / clients).toFixed(1)} kB/s`;
  const perSecond = (count: number) => `${Math.round(count / seconds)}/s`;
  const ticked = ticks === undefined || ticks.ticked === 0 ? undefined : ticks.ticked / seconds / rooms;
  const percent = (share: number) => `${(share * 100).toFixed(1)} % of a core`;
  return [
    ["game", `${game}, ${clients} clients in ${rooms} room${rooms === 1 ? "" : "s"}, ${seconds} s`],
    ["latency: ping", spread(result.ping)],
    ["latency: own input", spread(result.acks)],
    ["latency: others' input", spread(result.heard)],
    ["tick jitter: clients", spread(result.jitter)],
    ["tick jitter: server", spread(result.serverJitter)],
    ["ticks", ticked === undefined ? "–" : `${ticked.toFixed(1)}/s in a room, ${ticks?.skipped ?? 0} skipped`],
    ["bandwidth of a client", `${each(result.bytesIn)} in, ${each(result.bytesOut)} out`],
    ["frames of all", `${perSecond(result.frames)} in, ${perSecond(result.sent)} out`],
    ["drops", `${closed} sockets, ${unacknowledged} inputs without an answer, ${ticks?.droppedInputs ?? "?"} too many`],
    ["server CPU", serverCpuMs === undefined ? "–" : percent(serverCpuMs / 1_000 / seconds)],
    ["load CPU", percent(loadCpuShare)],
  ];
}

function spread(times: Spread): string {
  return times === undefined ? "–" : `p50 ${times.p50Ms.toFixed(1)} ms, p99 ${times.p99Ms.toFixed(1)} ms`;
}

/** Returns the exit code: 0 when nobody lost a socket. */
async function loadtest(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options.ok) {
    console.error(`loadtest: ${options.error}\n${USAGE}`);
    return 2;
  }
  const result = await measure(options.value);
  for (const [label, text] of rowsOf(options.value, result)) console.log(`${label.padEnd(LABEL_WIDTH)}  ${text}`);
  if (result.loadCpuShare > BUSY_SHARE) console.log("The load itself had too little time: take fewer clients.");
  return result.closed === 0 ? 0 : 1;
}

process.exitCode = await loadtest(process.argv.slice(2));
