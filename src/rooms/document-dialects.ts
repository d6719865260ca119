/**
 * The client families of documents, by the name in the ticket. Of a family with channels a socket speaks the dialect of the channel that
 * its first frame names.
 * @module
 */
import type { ConnectTicket, DialectName } from "../auth/connect-ticket.ts";
import type { Dialect, Frame, RoomEvent } from "../core/events.ts";
import { TokenBucket } from "../core/rate-limit.ts";
import { hocuspocus, hocuspocusAt } from "../dialects/hocuspocus.ts";
import { roost } from "../dialects/roost.ts";
import { yPartyserver } from "../dialects/y-partyserver.ts";
import { ySweet } from "../dialects/y-sweet.ts";
import { yWebsocket } from "../dialects/y-websocket.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import type { Rate } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type DocumentSocket, sendFrames } from "./sockets.ts";

const DIALECTS: Readonly<Partial<Record<DialectName, Dialect>>> = {
  roost,
  "y-websocket": yWebsocket,
  "y-partyserver": yPartyserver,
  "y-sweet": ySweet,
  hocuspocus,
};

/** Of families with channels, by the channel. */
const CHANNEL_DIALECTS: Readonly<Partial<Record<DialectName, typeof hocuspocusAt>>> = {
  hocuspocus: hocuspocusAt,
};

/** Frames about other channels than the socket's: a provider that was told so still shows itself now and then. */
const STRAY_RATE: Rate = { perSecond: 10, burst: 1_000 };
const strayRates = new WeakMap<DocumentSocket, TokenBucket>();

type Ending = { readonly close: CloseReason; readonly detail: string };

export function documentDialect({ dialect, channel }: Pick<ConnectTicket, "dialect" | "channel">): Dialect | undefined {
  const bound = channel === undefined ? undefined : CHANNEL_DIALECTS[dialect]?.(channel);
  return bound?.ok === true ? bound.value.dialect : DIALECTS[dialect];
}

/** What a frame says. The first one about the document says for good which channel its socket is about; strays are answered here. */
export function readFrame(
  entry: DocumentSocket,
  frame: Uint8Array | string,
  documentId: string,
): Result<readonly RoomEvent[], Ending> {
  const { bind } = entry.dialect;
  if (bind !== undefined) {
    const bound = bind(frame);
    if (!bound.ok) return err({ close: "malformed", detail: bound.error.reason });
    if (bound.value?.document === documentId) {
      const { dialect, channel } = bound.value;
      entry.dialect = dialect;
      entry.ticket = { ...entry.ticket, channel };
    }
  }
  const answer = entry.dialect.answerStray?.(frame);
  if (answer !== undefined) return takeStray(entry, answer);
  const decoded = entry.dialect.decode(frame);
  return decoded.ok ? decoded : err({ close: "malformed", detail: decoded.error.reason });
}

/** Its socket goes on: closed, such a client would only come back and ask again. */
function takeStray(entry: DocumentSocket, answer: readonly Frame[]): Result<readonly RoomEvent[], Ending> {
  const nowMs = Date.now();
  const rate = strayRates.get(entry) ?? new TokenBucket(STRAY_RATE, nowMs);
  strayRates.set(entry, rate);
  if (!rate.take(1, nowMs)) return err({ close: "too-fast", detail: "" });
  sendFrames(entry.socket, answer);
  return ok([]);
}
