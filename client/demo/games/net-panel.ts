/**
 * What developers want to know of a connection: how long it takes, what it loses, what it carries, how even the server's steps come.
 * @module
 */
import { elementById, makeElement } from "../elements.ts";
import type { GameRoom } from "./game-session.ts";

/** Of pings and of figures. */
const SAMPLE_MS = 1_000;
/** Pings and steps that count. */
const KEPT_PINGS = 30;
const KEPT_STEPS = 100;
/** A longer gap is a room that rests. */
const REST_MS = 250;

const FIGURES = ["Latency", "Jitter", "Loss", "In", "Out", "Step"] as const;
type Figure = (typeof FIGURES)[number];

/** `ms` once it was answered. */
type Ping = { ms: number | undefined };

export class NetPanel<State> {
  readonly #room: GameRoom<State>;
  readonly #section = elementById("net", HTMLElement);
  readonly #values = new Map<Figure, HTMLElement>();
  readonly #pings: Ping[] = [];
  readonly #steps: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #socket: WebSocket | undefined;
  #lastStepMs = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #framesIn = 0;

  constructor(room: GameRoom<State>) {
    this.#room = room;
    const list = elementById("net-figures", HTMLElement);
    for (const figure of FIGURES) {
      const value = makeElement("dd", { text: "–", attributes: { "data-testid": `net-${figure.toLowerCase()}` } });
      this.#values.set(figure, value);
      list.append(makeElement("div", { children: [makeElement("dt", { text: figure }), value] }));
    }
    const { connection } = room;
    const send = connection.send.bind(connection);
    // The SDK counts nothing, and a socket tells nobody what it sends.
    connection.send = (data) => {
      this.#bytesOut += data.byteLength;
      send(data);
    };
    room.onStateChange(() => this.#noteStep());
  }

  /** True when it is open now. */
  toggle(): boolean {
    const isOpen = this.#section.hidden !== false;
    this.#section.hidden = !isOpen;
    clearInterval(this.#timer);
    if (isOpen) {
      this.#listen();
      this.#bytesIn = this.#bytesOut = this.#framesIn = 0;
      this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
      this.#ping();
    }
    return isOpen;
  }

  /** To the socket of now: each reconnection makes another. */
  #listen(): void {
    const { transport } = this.#room.connection;
    const socket = "ws" in transport && transport.ws instanceof WebSocket ? transport.ws : undefined;
    if (socket === this.#socket) return;
    this.#socket = socket;
    socket?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (this.#socket === socket && data instanceof ArrayBuffer) this.#bytesIn += data.byteLength;
      this.#framesIn += 1;
    });
  }

  /** By the server's own clock, which rooms with inputs tell. */
  #noteStep(): void {
    const atMs = this.#room.clock.lastServerTime();
    const gapMs = atMs - this.#lastStepMs;
    this.#lastStepMs = atMs;
    if (gapMs <= 0 || gapMs > REST_MS) return;
    this.#steps.push(gapMs);
    if (this.#steps.length > KEPT_STEPS) this.#steps.shift();
  }

  /** One is under way at a time: it counts as lost once the next one goes. */
  #ping(): void {
    if (!this.#room.connection.isOpen) return;
    const ping: Ping = { ms: undefined };
    this.#pings.push(ping);
    if (this.#pings.length > KEPT_PINGS) this.#pings.shift();
    this.#room.ping((ms) => {
      ping.ms = ms;
    });
  }

  #sample(): void {
    this.#listen();
    const answered = this.#pings.flatMap(({ ms }) => ms ?? []);
    const lost = this.#pings.length - answered.length;
    const { clock } = this.#room;
    this.#show("Latency", answered.length === 0 ? "–" : `${answered.at(-1) ?? 0} ms`);
    this.#show("Jitter", clock.jitter() > 0 ? `${clock.jitter().toFixed(1)} ms` : spread(answered));
    this.#show("Loss", this.#pings.length === 0 ? "–" : `${Math.round((100 * lost) / this.#pings.length)} %`);
    this.#show("In", `${kilobytes(this.#bytesIn)}/s · ${this.#framesIn}/s`);
    this.#show("Out", `${kilobytes(this.#bytesOut)}/s`);
    const worst = Math.max(...this.#steps);
    const mean = this.#steps.reduce((sum, ms) => sum + ms, 0) / this.#steps.length;
    this.#show("Step", this.#steps.length === 0 ? "–" : `${mean.toFixed(1)} ms, max ${Math.round(worst)}`);
    this.#bytesIn = this.#bytesOut = this.#framesIn = 0;
    this.#ping();
  }

  #show(figure: Figure, text: string): void {
    const value = this.#values.get(figure);
    if (value !== undefined) value.textContent = text;
  }
}

/** Between the pings' answers. */
function spread(pings: readonly number[]): string {
  const gaps = pings.slice(1).map((ms, index) => Math.abs(ms - (pings[index] ?? ms)));
  return gaps.length === 0 ? "–" : `${(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toFixed(1)} ms`;
}

function kilobytes(bytes: number): string {
  return bytes < 1_024 ? `${bytes} B` : `${(bytes / 1_024).toFixed(1)} KB`;
}
