/**
 * Every server the bench knows.
 * @module
 */
import { join } from "node:path";
import type { Target, TargetName } from "../target.ts";
import { nodeTarget } from "./node-target.ts";
import { PEERS, ensurePeers } from "./peers.ts";
import { ROOST, ROOST_GAMES, ROOST_PRESENCE, ROOST_SAVING_LATER } from "./roost-target.ts";
import { workerTarget } from "./worker-target.ts";

const WORKERS = join(import.meta.dirname, "workers");

export const TARGETS: Readonly<Record<TargetName, Target>> = {
  "raw relay": workerTarget({ name: "raw relay", wire: "relay", entry: join(WORKERS, "raw-relay.ts") }),
  "relay with insert": workerTarget({
    name: "relay with insert",
    wire: "relay",
    entry: join(WORKERS, "relay-with-insert.ts"),
  }),
  "raw batching": workerTarget({ name: "raw batching", wire: "relay", entry: join(WORKERS, "raw-batching.ts") }),
  "batching with insert": workerTarget({
    name: "batching with insert",
    wire: "relay",
    entry: join(WORKERS, "batching-with-insert.ts"),
  }),
  "stored bytes": workerTarget({ name: "stored bytes", wire: "y-websocket", entry: join(WORKERS, "stored-bytes.ts") }),
  "PartyServer broadcast": workerTarget({
    name: "PartyServer broadcast",
    wire: "relay",
    entry: join(WORKERS, "party-broadcast.ts"),
  }),
  "y-partyserver": workerTarget({
    name: "y-partyserver",
    wire: "y-websocket",
    entry: join(PEERS, "y-partyserver.mjs"),
    path: (id) => `/parties/document/${id}`,
    prepare: ensurePeers,
  }),
  // One socket may have many documents: their names are in the frames.
  Hocuspocus: nodeTarget({ name: "Hocuspocus", wire: "hocuspocus", script: "hocuspocus.mjs", path: () => "/" }),
  "y-websocket": nodeTarget({
    name: "y-websocket",
    wire: "y-websocket",
    script: "y-websocket.mjs",
    path: (id) => `/${id}`,
  }),
  Roost: ROOST,
  "Roost saving later": ROOST_SAVING_LATER,
  "Roost presence": ROOST_PRESENCE,
  "Roost games": ROOST_GAMES,
  Colyseus: nodeTarget({ name: "Colyseus", wire: "game", script: "colyseus.mjs", path: () => "/" }),
};
