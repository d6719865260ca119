/**
 * The socket at `/`: Colyseus' SDK measures by it how far away a server is, before it joins anything. Nobody is behind it.
 * @module
 */

/** Of the family. */
const PING = 18;
/** The SDK gives up after 1.5 s. */
const OPEN_MS = 10_000;
const MAX_PINGS = 100;
/** In an isolate. */
const MAX_OPEN = 1_000;

let open = 0;

/** Undefined where there are too many. */
export function latencySocket(): WebSocket | undefined {
  if (open >= MAX_OPEN) return undefined;
  const [client, server] = Object.values(new WebSocketPair());
  if (client === undefined || server === undefined) throw new Error("a WebSocketPair has two ends");
  open += 1;
  let isOpen = true;
  let pings = 0;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    open -= 1;
    clearTimeout(timer);
    try {
      server.close(1000);
    } catch {
      // Closed by the other side in the meantime.
    }
  };
  const timer = setTimeout(end, OPEN_MS);
  server.addEventListener("close", end);
  server.addEventListener("error", end);
  server.addEventListener("message", ({ data }) => {
    const bytes = typeof data === "string" ? undefined : new Uint8Array(data);
    pings += 1;
    if (pings > MAX_PINGS || bytes?.length !== 1 || bytes[0] !== PING) return end();
    server.send(bytes);
  });
  server.binaryType = "arraybuffer";
  server.accept();
  return client;
}
