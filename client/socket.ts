/**
 * What {@link Connection} needs of a socket that connects again and again: when it does is the connection's affair.
 * @module
 */

/** A room that wakes from R2 needs more than the usual 4 s, and giving up early makes its load worse. */
export const CONNECT_TIMEOUT_MS = 10_000;

export type SocketPorts = {
  readonly socketUrl: string;
  /** Asked before every attempt, which waits for the answer; never rejects. */
  readonly protocols: () => Promise<string[]>;
  /** Constructor where there is no global one. */
  readonly WebSocket: unknown;
  readonly onOpen: () => void;
  readonly onData: (data: unknown) => void;
  /** Once per attempt: closed by the server, failed or timed out (1006), or given up by us. */
  readonly onLost: (code: number, reason: string) => void;
};

export interface Socket {
  isOpen(): boolean;
  /** Only while open. */
  send(data: Uint8Array<ArrayBuffer> | string): void;
  /** Gives this socket up, tells of it, and makes the next attempt. */
  reconnect(code: number, reason: string): void;
  /** Ends socket and attempts; may tell of it, once. */
  close(): void;
}

/** Makes the first attempt at once, and another one after every close code that is not final. */
export type OpenSocket = (ports: SocketPorts) => Socket;

/** The connection is gone, without a word. */
export const ABNORMAL_CODE = 1006;
