/**
 * Sockets of the router's own: both ends of a shared Hocuspocus socket. Nothing here throws where the other side is gone already.
 * @module
 */
import type { Frame, LegHearer, LegWire } from "./hocuspocus-leg.ts";
import type { ClientEnd } from "./hocuspocus-socket.ts";

/** RFC 6455 §5.5: a control frame carries at most 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;
const LOST = 1006;

/** Opens a room's socket from the router's side. */
export function openLegWire(socket: WebSocket, { heard, ended }: LegHearer): LegWire {
  listen(socket, heard, ended);
  return { send: (frame) => send(socket, frame), close: (code) => close(socket, code, "") };
}

/** The server's end of a client's socket. */
export function openClientEnd(socket: WebSocket, { heard, ended }: LegHearer): ClientEnd {
  listen(socket, heard, ended);
  return { send: (frame) => send(socket, frame), close: (code, reason) => close(socket, code, reason) };
}

function listen(socket: WebSocket, heard: LegHearer["heard"], ended: LegHearer["ended"]): void {
  // Blobs since 2026-03-17, which can be read in time to come only.
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") heard(data);
    else if (data instanceof ArrayBuffer) heard(new Uint8Array(data));
  });
  let isEnded = false;
  const end = (code: number, reason: string) => {
    if (isEnded) return;
    isEnded = true;
    ended(code, reason);
  };
  socket.addEventListener("close", ({ code, reason }) => {
    // Answers the close frame where the runtime has not.
    close(socket, 1000, "");
    end(code, reason);
  });
  socket.addEventListener("error", () => end(LOST, ""));
  socket.accept();
}

function send(socket: WebSocket, frame: Frame): void {
  try {
    socket.send(frame);
  } catch {
    // Its close event follows.
  }
}

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, cut(reason));
  } catch {
    // Closed by the other side in the meantime.
  }
}

function cut(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_REASON_BYTES) return text;
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES)).replace(/\uFFFD$/u, "");
}
