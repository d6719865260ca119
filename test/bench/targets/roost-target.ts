/**
 * Roost as `npm start` runs it, in open mode, under measurement.
 * @module
 */
import { startServer } from "../../support/server.ts";
import type { RunningTarget, Target } from "../target.ts";

export const ROOST: Target = {
  name: "Roost",
  wire: "roost",
  start: (stateDir) => start(stateDir, "documents"),
};

export const ROOST_PRESENCE: Target = {
  name: "Roost presence",
  wire: "roost-presence",
  start: (stateDir) => start(stateDir, "presence"),
};

async function start(stateDir: string, kind: "documents" | "presence"): Promise<RunningTarget> {
  const server = await startServer({ stateDir });
  return {
    socketUrl: (id) => `${server.wsUrl}/v1/${kind}/${encodeURIComponent(id)}/connect`,
    pid: server.workerdPid,
    kill9: server.kill9,
    logs: server.logs,
    stop: server.stop,
  };
}
