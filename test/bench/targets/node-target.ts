/**
 * A server of Node with its own persistence, under measurement.
 * @module
 */
import { join } from "node:path";
import type { RunningTarget, Target, TargetName, WireName } from "../target.ts";
import { PEERS, ensurePeers } from "./peers.ts";
import { killProcess, startProcess, stopProcess } from "./forked-server.ts";

export type NodeTargetOptions = {
  readonly name: TargetName;
  readonly wire: WireName;
  /** In the folder of the peers; takes the state folder and the port, 0 for a free one. */
  readonly script: string;
  /** Path of a document, its id already encoded. */
  readonly path: (id: string) => string;
};

export function nodeTarget(options: NodeTargetOptions): Target {
  return { name: options.name, wire: options.wire, start: (stateDir) => startNode(options, stateDir) };
}

async function startNode({ name, script, path }: NodeTargetOptions, stateDir: string): Promise<RunningTarget> {
  await ensurePeers();
  const file = join(PEERS, script);
  let { child, url } = await startProcess(file, [stateDir, "0"]);
  return {
    socketUrl: (documentId) => url.replace("http", "ws") + path(encodeURIComponent(documentId)),
    pid: () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`${name} is down`);
      }
      return child.pid;
    },
    kill9: async () => {
      await killProcess(child);
      ({ child, url } = await startProcess(file, [stateDir, new URL(url).port]));
    },
    stop: () => stopProcess(child),
  };
}
