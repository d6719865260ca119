/**
 * What a provider tells, by name.
 * @module
 */
import type { Notice, RightsReason } from "../src/protocol/messages.ts";
import type { CloseInfo } from "./connection.ts";
import type { ProviderError } from "./provider-error.ts";
import type { SaveStateName } from "./save-state.ts";

/** `connecting`: on the way to a sync. `synced`: everything the server has is here. `offline`: no socket; editing goes on. */
export type ConnectionStatus = "connecting" | "synced" | "offline";

/**
 * What the server lets this client do, and why it says so: `welcome` on a socket that allows something else than the last one. With
 * `token-expired` what is typed waits for the next token, so an editor need not be locked.
 */
export type RightsInfo = { readonly scopes: readonly string[]; readonly reason: RightsReason | "welcome" };

export type DocumentProviderEvents = {
  readonly status: ConnectionStatus;
  readonly "save-state": SaveStateName;
  /** The document is complete, after each connect. */
  readonly synced: undefined;
  /** A socket closed, or an attempt failed. */
  readonly closed: CloseInfo;
  /** What this client may do, at first and whenever that changes. */
  readonly rights: RightsInfo;
  /** Something people should know, as that the document is nearly full. */
  readonly notice: Notice;
  /** Something went wrong that the provider lives with; without a listener it is a console warning. */
  readonly error: ProviderError;
};

export type EventName = keyof DocumentProviderEvents;
export type Listener<Name extends EventName> = (value: DocumentProviderEvents[Name]) => void;
