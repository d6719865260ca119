/**
 * What the SDK reports through its `error` event.
 * @module
 */

/**
 * Where it went wrong: `offline` the browser's own storage, `token` the application's token or its function, `frame` bytes of the
 * server, `refused` a change the server will not take, `too-large` a change or a presence over the limits, `tabs` the channel between tabs,
 * `address` something else than Roost answers there, `unavailable` the server lets this client in later (locked, too many, in trouble),
 * `destroyed` something waited for a provider that is gone.
 */
export type ProviderErrorKind =
  | "offline"
  | "token"
  | "frame"
  | "refused"
  | "too-large"
  | "tabs"
  | "address"
  | "unavailable"
  | "destroyed";

/** Nothing here ends the provider: it goes on, and says what it could not do. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;

  constructor(kind: ProviderErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ProviderError";
    this.kind = kind;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
