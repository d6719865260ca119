/**
 * The client families of documents, by the name in the ticket. Of a family with channels a socket speaks the dialect of the channel that
 * its first frame names.
 * @module
 */
import type { ConnectTicket, DialectName } from "../auth/connect-ticket.ts";
import type { Dialect, RoomEvent } from "../core/events.ts";
import { roost } from "../dialects/roost.ts";
import { yPartyserver } from "../dialects/y-partyserver.ts";
import { ySweet } from "../dialects/y-sweet.ts";
import { yWebsocket } from "../dialects/y-websocket.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import { type Result, err } from "../protocol/result.ts";
import type { DocumentSocket } from "./sockets.ts";

const DIALECTS: Readonly<Partial<Record<DialectName, Dialect>>> = {
  roost,
  "y-websocket": yWebsocket,
  "y-partyserver": yPartyserver,
  "y-sweet": ySweet,
};

type Ending = { readonly close: CloseReason; readonly detail: string };

export function documentDialect({ dialect }: Pick<ConnectTicket, "dialect">): Dialect | undefined {
  return DIALECTS[dialect];
}

/** What a frame says; the first one of a socket also says which channel it is about. */
export function readFrame(
  entry: DocumentSocket,
  frame: Uint8Array | string,
  documentId: string,
): Result<readonly RoomEvent[], Ending> {
  const { bind } = entry.dialect;
  if (bind !== undefined) {
    const bound = bind(frame);
    if (!bound.ok) return err({ close: "malformed", detail: bound.error.reason });
    const { dialect, channel, document } = bound.value;
    if (document !== documentId) return err({ close: "forbidden", detail: "this address is one document's" });
    entry.dialect = dialect;
    entry.ticket = { ...entry.ticket, channel };
  }
  const decoded = entry.dialect.decode(frame);
  return decoded.ok ? decoded : err({ close: "malformed", detail: decoded.error.reason });
}
