/**
 * Stands in the widget for client/presence/room-connection.ts (scripts/bundle-widget.ts): socket, delays, signs of life and refusals in one, for a token that is a
 * text and a page that hears of no error. It does what the whole one does; tests run both.
 * @module
 */
import { isBackOffCloseCode, isFinalCloseCode } from "../src/protocol/close-codes.ts";
import { PING, PING_INTERVAL_MS } from "../src/protocol/limits.ts";
import { PRESENCE_SUBPROTOCOL } from "../src/protocol/presence-messages.ts";
import type { RoomConnection, RoomConnectionPorts } from "./presence/room-connection.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { ABNORMAL_CODE, CONNECT_TIMEOUT_MS } from "./socket.ts";

/** Problem types of Roost; what answers without one stands before it. */
const PROBLEM = "urn:roost:problem:";
/** These are as in client/connection.ts, client/heartbeat.ts and client/refusal.ts. */
const STABLE_MS = 5_000;
const FIRST_ASKED = 2;
const ASKED_EVERY = 5;
const PROBE_MS = 3_000;
const SLACK_MS = 5_000;
const SILENT_CODE = 4000;
const REFRESH_TOKEN_CODE = 4501;
const FINAL: Readonly<Record<number, number>> = { 400: 4400, 401: 4401, 403: 4403, 410: 4404 };

type Ports = Omit<RoomConnectionPorts, "WebSocket" | "onError" | "sendToken">;

export function openRoomConnection(ports: Ports): RoomConnection {
  return new Connection(ports);
}

class Connection implements RoomConnection {
  readonly #ports: Ports;
  readonly #end = new AbortController();
  #socket: WebSocket | undefined;
  /** Until an attempt has failed, or is made. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWaiting = false;
  /** While the socket is open. */
  #beat: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #isAnswered = true;
  #failures = 0;
  #failedHandshakes = 0;
  #mustBackOff = false;
  #isHeldOff = false;
  #syncedAtMs = Infinity;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#attempt();
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#beat && this.#socket?.readyState === 1) this.#socket.send(frame);
  }

  synced(): void {
    this.#syncedAtMs = Math.min(this.#syncedAtMs, performance.now());
  }

  hurry(): void {
    if (this.#beat) this.#probe(PROBE_MS);
    else if (this.#isWaiting && !this.#mustBackOff) this.#attempt();
  }

  renewToken(): void {
    // The server ends the connection, and says why.
  }

  retry(reason: string): void {
    if (this.#beat) this.#lost(SILENT_CODE, reason);
  }

  close(): void {
    this.#end.abort();
    this.#drop(1000);
  }

  #attempt(): void {
    const { socketUrl, source, onOpen, onFrame } = this.#ports;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    let socket: WebSocket;
    try {
      socket = new WebSocket(socketUrl, [PRESENCE_SUBPROTOCOL, ...(source ? [`roost.token.${String(source)}`] : [])]);
    } catch {
      // Browsers refuse plain sockets of secure pages so.
      return this.#lost(ABNORMAL_CODE, "");
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#failedHandshakes = 0;
      this.#mustBackOff = this.#isHeldOff = false;
      this.#isAnswered = true;
      this.#beat = setInterval(() => {
        if (!this.#isAnswered) return this.#probe(SLACK_MS);
        this.#isAnswered = false;
        socket.send(PING);
      }, PING_INTERVAL_MS);
      onOpen();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.#isAnswered = true;
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
      if (data instanceof ArrayBuffer) onFrame(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#timer = setTimeout(() => this.#lost(ABNORMAL_CODE, "timeout"), CONNECT_TIMEOUT_MS);
  }

  /** Dead when nothing at all comes in time. */
  #probe(timeoutMs: number): void {
    this.#isAnswered = false;
    this.#deadline ??= setTimeout(() => this.retry("nothing heard"), timeoutMs);
    this.#socket?.send(PING);
  }

  /** Once per attempt: closed by the server, failed, timed out, or given up by us. */
  #lost(code: number, reason: string): void {
    const wasOpen = this.#beat;
    const final = isFinalCloseCode(code);
    this.#drop(code === SILENT_CODE ? code : undefined);
    if (performance.now() - this.#syncedAtMs >= STABLE_MS) this.#failures = 0;
    this.#syncedAtMs = Infinity;
    this.#mustBackOff = this.#isHeldOff || isBackOffCloseCode(code);
    const delayMs = retryDelayMs({
      failures: this.#failures,
      mustBackOff: this.#mustBackOff,
      random: Math.random(),
    });
    const isFirst = !this.#failures++;
    this.#isWaiting = !final;
    if (!final) this.#timer = setTimeout(() => this.#attempt(), isFirst && code === REFRESH_TOKEN_CODE ? 0 : delayMs);
    this.#ports.onClose({ code, reason, final });
    if (!wasOpen && ++this.#failedHandshakes % ASKED_EVERY === FIRST_ASKED) void this.#askWhy();
  }

  /** `code`: where we give it up. */
  #drop(code?: number): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    clearInterval(this.#beat);
    this.#beat = this.#deadline = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  async #askWhy(): Promise<void> {
    const { httpUrl, source, readSummary, onClose } = this.#ports;
    const { signal } = this.#end;
    try {
      const headers: HeadersInit = source ? { authorization: `Bearer ${String(source)}` } : {};
      const answer = await fetch(httpUrl, { headers, signal });
      const facts = await answer.json();
      if (this.#beat || signal.aborted) return;
      const status = facts.type?.startsWith(PROBLEM) ? answer.status : 0;
      const code = FINAL[status];
      // Locked, full or busy: who is refused comes back later than after a blip.
      this.#isHeldOff = facts.size === "count" || /404|423|429|503/.test(String(status));
      if (!status) readSummary?.(facts);
      if (!code) return;
      this.close();
      onClose({ code, reason: facts.title, final: true });
    } catch {
      // Offline, or a proxy's page: the retries go on.
    }
  }
}
