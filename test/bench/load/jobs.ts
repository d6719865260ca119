/**
 * Every job the load generator knows. A job is plain data in, plain data out.
 * @module
 */
import { documents } from "./jobs/documents.ts";
import { fanOut } from "./jobs/fan-out.ts";
import { gameIdle } from "./jobs/game-idle.ts";
import { gameLoad } from "./jobs/game-load.ts";
import { inputRelay } from "./jobs/input-relay.ts";
import { join } from "./jobs/join.ts";
import { people } from "./jobs/people.ts";
import { presence } from "./jobs/presence.ts";
import { pace } from "./jobs/pace.ts";
import { providerJoin } from "./jobs/provider-join.ts";
import { reconnect } from "./jobs/reconnect.ts";
import { restore } from "./jobs/restore.ts";
import { stockJoin } from "./jobs/stock-join.ts";
import { typeDocument } from "./jobs/type-document.ts";
import { readClocks, typeUntilKilled } from "./jobs/kill.ts";
import { readPaper, typing } from "./jobs/typing.ts";
import { seedDocument, steadyTyping } from "./jobs/typing-compaction.ts";
import { wake } from "./jobs/wake.ts";

export const JOBS = {
  "fan-out": fanOut,
  "input-relay": inputRelay,
  "game-load": gameLoad,
  "game-idle": gameIdle,
  people,
  presence,
  pace,
  wake,
  "type-until-killed": typeUntilKilled,
  "read-clocks": readClocks,
  typing,
  "read-paper": readPaper,
  "seed-document": seedDocument,
  "steady-typing": steadyTyping,
  documents,
  join,
  "type-document": typeDocument,
  "stock-join": stockJoin,
  "provider-join": providerJoin,
  reconnect,
  restore,
} as const;

export type JobName = keyof typeof JOBS;
export type JobParams<N extends JobName> = Parameters<(typeof JOBS)[N]>[0];
export type JobResult<N extends JobName> = Awaited<ReturnType<(typeof JOBS)[N]>>;
