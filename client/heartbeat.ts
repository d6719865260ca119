/**
 * Finds out that a socket is dead although nobody closed it: Wi-Fi gone, laptop slept, a proxy that forgot.
 * @module
 */
import { PING_INTERVAL_MS } from "../src/protocol/limits.ts";

/** Time the second ping of a silence has for its answer; a dead socket is given up at most 45 s after its last frame. */
const SLACK_MS = 5_000;

export type HeartbeatPorts = {
  /** Sends one ping. */
  readonly ping: () => void;
  /** Nothing was heard although it was asked for, twice. */
  readonly dead: () => void;
};

/**
 * Pings while started. Judged by answers, not by the clock alone: a background tab's timers fire once a minute, and a
 * socket that answered the ping of a minute ago is alive.
 */
export class Heartbeat {
  readonly #ports: HeartbeatPorts;
  #interval: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #isAnswered = true;

  constructor(ports: HeartbeatPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.stop();
    this.#interval = setInterval(() => this.#beat(), PING_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#interval);
    clearTimeout(this.#deadline);
    this.#interval = undefined;
    this.#deadline = undefined;
    this.#isAnswered = true;
  }

  /** Any frame is a sign of life. */
  heard(): void {
    this.#isAnswered = true;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** Asks now; dead when nothing at all comes within `timeoutMs`. Does nothing while stopped. */
  probe(timeoutMs: number): void {
    if (this.#interval === undefined) return;
    this.#isAnswered = false;
    // A probe already running keeps its earlier deadline.
    this.#deadline ??= setTimeout(() => {
      this.stop();
      this.#ports.dead();
    }, timeoutMs);
    this.#ports.ping();
  }

  #beat(): void {
    if (!this.#isAnswered) return this.probe(SLACK_MS);
    this.#isAnswered = false;
    this.#ports.ping();
  }
}
