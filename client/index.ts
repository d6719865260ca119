/**
 * The public SDK. `yjs` is a peer dependency: two copies of it in one page break documents.
 * @module
 */
export type { CloseInfo, TokenSource } from "./connection.ts";
export { DocumentProvider } from "./document-provider.ts";
export type { DocumentProviderOptions } from "./options.ts";
export type { PresenceState } from "./presence.ts";
export { ProviderError, type ProviderErrorKind } from "./provider-error.ts";
export type { DocumentProviderEvents } from "./provider-events.ts";
export type { ConnectionStatus } from "./room-link.ts";
export type { SaveStateName } from "./save-state.ts";
