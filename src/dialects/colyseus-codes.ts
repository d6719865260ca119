/**
 * Numbers of Colyseus 0.18: what the first byte of a frame means, and what stands in a handshake.
 * Source: Protocol.ts of @colyseus/shared-types.
 * @module
 */

/** The lower five bits of the first byte. */
export const CODE = {
  join: 10,
  error: 11,
  leave: 12,
  message: 13,
  state: 14,
  patch: 15,
  bytes: 17,
  ping: 18,
  inputReliable: 19,
  inputUnreliable: 20,
  request: 21,
  response: 22,
} as const;

/** Times stand in front of the body: of states and patches `uint32(serverMs) • uint32(lastInput)`, of inputs when they were sampled. */
export const TIMED = 0x80;

export const HANDSHAKE_SECTION = { inputReflection: 1, inputOptions: 2 } as const;

/** `flags • hz? • patchMs?`, numbers in the order of their bits. */
export const INPUT_FLAG = { fixedStep: 1 << 1, patchRate: 1 << 2, reckonTime: 1 << 4 } as const;
