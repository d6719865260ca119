/**
 * What joins a provider to its room link.
 * @module
 */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import type { Notice } from "../src/protocol/messages.ts";
import type { CloseInfo } from "./connection.ts";
import type { ResolvedOptions } from "./options.ts";
import type { ProviderError } from "./provider-error.ts";
import type { ConnectionStatus, RightsInfo } from "./provider-events.ts";

export type RoomLinkPorts = {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  /** Origin of what the server sent, for the transactions and awareness events that apply it. */
  readonly origin: object;
  /** True for the origin of content read from the browser's storage. */
  readonly isStored: (origin: unknown) => boolean;
  readonly resolved: ResolvedOptions;
  readonly WebSocket: unknown;
  readonly onStatus: (status: ConnectionStatus) => void;
  readonly onSaveState: () => void;
  readonly onClosed: (info: CloseInfo) => void;
  readonly onRights: (rights: RightsInfo) => void;
  readonly onNotice: (notice: Notice) => void;
  readonly onError: (error: ProviderError) => void;
};
