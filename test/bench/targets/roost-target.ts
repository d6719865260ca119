/**
 * Roost as `npm start` runs it, in open mode, under measurement.
 * @module
 */
import { startServer } from "../../support/server.ts";
import type { Target } from "../target.ts";

export const ROOST: Target = {
  name: "Roost",
  wire: "roost",
  start: async (stateDir) => {
    const server = await startServer({ stateDir });
    return {
      socketUrl: (documentId) => `${server.wsUrl}/v1/documents/${encodeURIComponent(documentId)}/connect`,
      pid: server.workerdPid,
      kill9: server.kill9,
      logs: server.logs,
      stop: server.stop,
    };
  },
};
