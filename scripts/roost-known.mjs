/**
 * What a server knows too, for answers and messages that need no second request: a test holds both against each other.
 * @module
 */

/** Kinds of rooms, which patterns begin with. */
export const ROOM_KINDS = Object.freeze(["document", "presence", "game"]);

/** What holds where a project says nothing else. */
export const DEFAULT_LIMITS = Object.freeze({
  frameBytes: 16_777_216,
  documentBytes: 67_108_864,
  socketsPerRoom: 5_000,
  socketsPerUser: 100,
  socketsPerAddress: 1_000,
  anonymousPerAddress: 100,
  joinsPerSecond: 500,
  syncMessagesPerSecond: 10_000,
  syncBytesPerSecond: 2_097_152,
  roomBytesPerSecond: 2_097_152,
  presencePerSecond: 100,
  eventsPerSecond: 100,
  roomsPerProject: 1_000_000,
  requestsPerMinute: 6_000,
  connectsPerMinute: 1_200,
});
