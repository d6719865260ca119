/**
 * The public SDK. `yjs` is a peer dependency: two copies of it in one page break documents.
 * @module
 */
export type { Notice } from "../src/protocol/messages.ts";
export { awarenessPresence } from "./awareness-presence.ts";
export { DocumentProvider } from "./document-provider.ts";
export type { DocumentProviderOptions } from "./options.ts";
export type { PresenceState } from "./presence.ts";
export * from "./presence/index.ts";
export type { DocumentProviderEvents, RightsInfo } from "./provider-events.ts";
export type { SaveStateName } from "./save-state.ts";
