/**
 * Roost as `npm start` runs it, in open mode, under measurement.
 * @module
 */
import { join } from "node:path";
import { type TestServer, startServer } from "../../support/server.ts";
import type { RunningTarget, Target } from "../target.ts";

export const ROOST: Target = {
  name: "Roost",
  wire: "roost",
  start: (stateDir) => start(stateDir, "documents"),
};

/** Longer than any measurement. */
const LATER_MS = "600000";

export const ROOST_SAVING_LATER: Target = {
  name: "Roost saving later",
  wire: "roost",
  start: (stateDir) =>
    start(stateDir, "documents", { ROOST_SNAPSHOT_DELAY_MS: LATER_MS, ROOST_SNAPSHOT_MAX_DELAY_MS: LATER_MS }),
};

export const ROOST_PRESENCE: Target = {
  name: "Roost presence",
  wire: "roost-presence",
  start: (stateDir) => start(stateDir, "presence"),
};

/** Its Worker is wrapped by one that counts how often each room was made: `GET /probe`. */
const COUNTING_WORKER = join(import.meta.dirname, "../../support/games-worker.ts");

export const ROOST_GAMES: Target = {
  name: "Roost games",
  wire: "game",
  start: async (stateDir) => {
    const server = await startServer({ stateDir, entry: COUNTING_WORKER });
    return running(server, () => server.wsUrl);
  },
};

async function start(
  stateDir: string,
  kind: "documents" | "presence",
  vars: Readonly<Record<string, string>> = {},
): Promise<RunningTarget> {
  const server = await startServer({ stateDir, vars });
  return running(server, (id) => `${server.wsUrl}/v1/${kind}/${encodeURIComponent(id)}/connect`);
}

function running(server: TestServer, socketUrl: RunningTarget["socketUrl"]): RunningTarget {
  return {
    socketUrl,
    pid: server.workerdPid,
    kill9: server.kill9,
    logs: server.logs,
    stop: server.stop,
  };
}
