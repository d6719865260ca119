/**
 * What the platform hands to the Worker and to every room: bindings of wrangler.jsonc, variables and secrets.
 * Variables are text; src/config.ts turns them into numbers and claims.
 * @module
 */
import type { RoomMessage, WebhookWake } from "./queue/messages.ts";
import type { GameRoomApi, LobbyRoomApi } from "./rooms/game-api.ts";
import type { PresenceRoomApi } from "./rooms/presence-api.ts";
import type { DocumentRoomApi } from "./rooms/room-api.ts";
import type { DocumentHistoryApi } from "./rooms/room-api-history.ts";

/** Numbers that a deployment may override (DESIGN §9); defaults and ranges are in src/config.ts. */
export const NUMBER_VARIABLES = [
  "ROOST_FRAMES_PER_SECOND",
  "ROOST_SNAPSHOT_DELAY_MS",
  "ROOST_SNAPSHOT_MAX_DELAY_MS",
  "ROOST_VERSION_INTERVAL_MS",
  "ROOST_COMPACT_ROWS",
  "ROOST_COMPACT_BYTES",
  "ROOST_BLIP_MS",
  "ROOST_SWEEP_FIRST_MS",
  "ROOST_SWEEP_MAX_MS",
  "ROOST_WEBHOOK_DELAY_PERMILLE",
  "ROOST_WEBHOOK_TIMEOUT_MS",
  "ROOST_HEARTBEAT_SILENCE_MS",
] as const;
export type NumberVariable = (typeof NUMBER_VARIABLES)[number];

/** Of rooms that are asked about plain data, which the platform's own types for RPC do not get to the end of. */
type RoomNamespace<Api> = Omit<DurableObjectNamespace, "getByName"> & {
  getByName(name: string): DurableObjectStub & Api;
};

export interface Env extends Readonly<Partial<Record<NumberVariable, string>>> {
  readonly DOCUMENT_ROOM: RoomNamespace<DocumentRoomApi & DocumentHistoryApi>;
  readonly PRESENCE_ROOM: DurableObjectNamespace<PresenceRoomApi & Rpc.DurableObjectBranded>;
  readonly GAME_ROOM: RoomNamespace<GameRoomApi>;
  readonly LOBBY_ROOM: RoomNamespace<LobbyRoomApi>;
  readonly SNAPSHOTS: R2Bucket;
  readonly DB: D1Database;
  readonly EVENTS: Queue<RoomMessage>;
  readonly WEBHOOKS: Queue<WebhookWake>;
  readonly ASSETS: Fetcher;
  /** Counters of the platform, one set for each location: WebSocket upgrades and other requests by address. */
  readonly CONNECTS: RateLimit;
  readonly REQUESTS: RateLimit;
  /** "1" opens everything to everybody: local development and tests only, never in wrangler.jsonc (DESIGN §5). */
  readonly ROOST_OPEN?: string;
  /** `id:secret` pairs, newest first, separated by commas: every key of every project is derived from one of them. */
  readonly ROOST_SECRETS?: string;
  /** Opens `/v1/projects` and what else concerns the whole deployment. */
  readonly ROOST_OPERATOR_SECRET?: string;
  /** Origins of other sites, separated by commas, that may call in open mode. */
  readonly ROOST_ALLOWED_ORIGINS?: string;
  /** Where webhooks may go: `public` (when absent), `loopback` (when absent in open mode) or `any`. */
  readonly ROOST_WEBHOOK_REACH?: string;
}
