/**
 * The platform's WebSocket as the socket of a connection, attempt after attempt. For pages that load no more than they need:
 * partysocket, most of which {@link Connection} does without, would be more than a quarter of a whole widget.
 * @module
 */
import { isFinalCloseCode } from "../src/protocol/close-codes.ts";
import { messageOf } from "./provider-error.ts";
import { ABNORMAL_CODE, CONNECT_TIMEOUT_MS, type Socket, type SocketPorts } from "./socket.ts";

const OPEN = 1;

const ignore = (): void => undefined;

class PlainSocket implements Socket {
  readonly #ports: SocketPorts;
  readonly #WebSocket: typeof WebSocket;
  #socket: WebSocket | undefined;
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    // SAFETY: the application's own, of the same interface. Throws where there is none at all.
    this.#WebSocket = (ports.WebSocket ?? WebSocket) as typeof WebSocket;
    void this.#attempt();
  }

  isOpen(): boolean {
    return this.#socket?.readyState === OPEN;
  }

  send(data: Uint8Array<ArrayBuffer> | string): void {
    this.#socket?.send(data);
  }

  reconnect(code: number, reason: string): void {
    this.#drop(code, reason);
    this.#lost(code, reason);
  }

  close(): void {
    this.#isEnded = true;
    this.#drop(1000, "");
  }

  async #attempt(): Promise<void> {
    const { socketUrl, protocols, onOpen, onData } = this.#ports;
    const names = await protocols();
    if (this.#isEnded) return;
    let socket: WebSocket;
    try {
      socket = new this.#WebSocket(socketUrl, names);
    } catch (error) {
      // Browsers refuse plain sockets of secure pages so.
      return this.#lost(ABNORMAL_CODE, messageOf(error));
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      clearTimeout(this.#timeout);
      onOpen();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => onData(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    // A close follows; without a listener that of the package ws throws.
    socket.onerror = ignore;
    this.#timeout = setTimeout(() => this.reconnect(ABNORMAL_CODE, "timeout"), CONNECT_TIMEOUT_MS);
  }

  #lost(code: number, reason: string): void {
    clearTimeout(this.#timeout);
    this.#socket = undefined;
    // First: it says how long the next attempt waits.
    this.#ports.onLost(code, reason);
    if (!this.#isEnded && !isFinalCloseCode(code)) void this.#attempt();
  }

  #drop(code: number, reason: string): void {
    clearTimeout(this.#timeout);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // No client may say 1006.
    if (code === ABNORMAL_CODE) socket.close();
    else socket.close(code, reason);
  }
}

export function openPlainSocket(ports: SocketPorts): Socket {
  return new PlainSocket(ports);
}
