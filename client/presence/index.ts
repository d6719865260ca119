/**
 * `roost/presence`: rooms of people without a document. No Yjs.
 * @module
 */
export type {
  ActorId,
  Face,
  Pace,
  Person,
  PersonStatus,
  PresenceRates,
  RoomSize,
} from "../../src/protocol/presence-messages.ts";
export type { CloseInfo } from "../connection.ts";
export { ProviderError, type ProviderErrorKind } from "../provider-error.ts";
export type { ConnectionStatus } from "../provider-events.ts";
export type { TokenSource } from "../token.ts";
export { anchorHash } from "./anchor.ts";
export { CursorPath } from "./cursor-path.ts";
export { PresenceClient } from "./presence-client.ts";
export { type PresenceClientOptions, presenceUrl } from "./presence-options.ts";
export type {
  Counts,
  CursorPoint,
  Other,
  OwnCursor,
  PresenceClientEvents,
  PresenceEvents,
  PresenceSource,
  Self,
} from "./presence-source.ts";
