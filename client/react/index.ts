/**
 * `roost/react`: hooks over a presence room, or over a document's awareness.
 * @module
 */
export type {
  ActorId,
  Counts,
  CursorPoint,
  Face,
  Other,
  OwnCursor,
  PersonStatus,
  PresenceClientOptions,
  PresenceSource,
  Self,
} from "../presence/index.ts";
export {
  useBroadcast,
  useConnectionStatus,
  useCount,
  useCursors,
  useEventListener,
  useOthers,
  usePresence,
  useSelf,
} from "./hooks.ts";
export { RoostProvider, type RoostProviderProps } from "./provider.ts";
