/**
 * What a provider tells, by name.
 * @module
 */
import type { CloseInfo } from "./connection.ts";
import type { ProviderError } from "./provider-error.ts";
import type { ConnectionStatus } from "./room-link.ts";
import type { SaveStateName } from "./save-state.ts";

export type DocumentProviderEvents = {
  readonly status: ConnectionStatus;
  readonly "save-state": SaveStateName;
  /** The document is complete, after each connect. */
  readonly synced: undefined;
  /** A socket closed, or an attempt failed. */
  readonly closed: CloseInfo;
  /** Something went wrong that the provider lives with; without a listener it is a console warning. */
  readonly error: ProviderError;
};

export type EventName = keyof DocumentProviderEvents;
export type Listener<Name extends EventName> = (value: DocumentProviderEvents[Name]) => void;
