/**
 * What clients send, and what the game makes of it. Rules GM10–GM13 of SPEC.md.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import { asRejection, textOf } from "./contain.ts";
import type { Departures } from "./departures.ts";
import type { GameEvent, GameMessage, MessageName, ResponseStatus } from "./events.ts";
import { datedInput } from "./inputs.ts";
import type { GameParts } from "./parts.ts";
import type { MessageHandler, StandardSchema } from "./ports.ts";
import type { Link, Seated } from "./seated.ts";

/** Of `error` messages: the client's fault, the game's. */
export const INVALID_CODE = 4217;
export const EXCEPTION_CODE = 526;

type Call = Extract<GameEvent, { readonly name: MessageName }>;
type InputEvent = Extract<GameEvent, { readonly type: "input" }>;
/** What a call came to. */
type Outcome = { readonly status: ResponseStatus; readonly payload: unknown; readonly code: number };

export class Intake {
  readonly #parts: GameParts;
  readonly #departures: Departures;

  constructor(parts: GameParts, departures: Departures) {
    this.#parts = parts;
    this.#departures = departures;
  }

  /** One event. Nothing once its sender has no socket any more. */
  take(seated: Seated, event: GameEvent): void {
    const { moment, clock, options, outgoing } = this.#parts;
    const { link } = seated;
    if (link === undefined || moment.isEnding) return;
    link.heardMs = moment.nowMs;
    if (!link.rate.take(1, moment.nowMs)) return this.#departures.disconnect(seated, "too-fast", "");
    switch (event.type) {
      case "ready":
        return this.#ready(seated, link);
      case "ping":
        link.pings = true;
        return options.peers.send(seated.session, [{ type: "pong" }]);
      case "leave":
        return this.#departures.leave(seated, true, "consented");
      case "input":
        if (!seated.isSpectator) clock.noteActivity(moment.nowMs);
        return this.#input(seated, event);
      default: {
        if (!seated.isSpectator) clock.noteActivity(moment.nowMs);
        const answer = answerTo(event, this.#call(seated, event));
        if (answer !== undefined) outgoing.tell(seated.session, answer);
      }
    }
  }

  /** It has its token: the one before is none any more. */
  #ready(seated: Seated, link: Link): void {
    if (link.isReady || link.handshake !== undefined) return;
    const { seats, moment } = this.#parts;
    link.isReady = true;
    link.wantsState = true;
    seated.tokenHash = seated.nextTokenHash;
    seated.nextTokenHash = "";
    seats.note(seated);
    moment.isUrgent = true;
  }

  #input(seated: Seated, { body, isReliable, isTimed }: InputEvent): void {
    const { codec, logic, inputs, counts, clock, contain, facts, moment } = this.#parts;
    const { session } = seated;
    if (seated.isSpectator) {
      counts.spectatorMessages += 1;
      return;
    }
    const read = logic.takesInputs ? codec.readInputs(session, body, isReliable, isTimed) : undefined;
    if (read === undefined) return this.#departures.disconnect(seated, "malformed", "an input that does not read");
    const { createdMs } = facts.meta;
    const dated = logic.wantsStamps ? read.map((one) => datedInput(one, createdMs, moment.nowMs)) : read;
    counts.droppedInputs += inputs.push(session, dated);
    if (clock.stepMs > 0) return;
    for (const { input, sampledMs } of inputs.takeAll(session)) {
      if (seated.link === undefined) return;
      contain.run("onInput", () => logic.onInput(seated, input, logic.wantsStamps ? sampledMs : undefined));
    }
  }

  #call(seated: Seated, event: Call): Outcome {
    const { counts, logic } = this.#parts;
    if (seated.isSpectator) {
      counts.spectatorMessages += 1;
      return failed(INVALID_CODE, "who watches does not play");
    }
    const handler = logic.handlers.get(event.name) ?? logic.handlers.get("*");
    if (handler === undefined) {
      counts.unknownMessages += 1;
      return failed(INVALID_CODE, `there is no message ${JSON.stringify(event.name).slice(0, 64)}`);
    }
    const payload = this.#validate(handler.schema, event.type === "bytes" ? event.bytes : event.payload);
    if (!payload.ok) {
      counts.invalidMessages += 1;
      return failed(INVALID_CODE, payload.error);
    }
    return this.#handle(seated, event.name, handler, payload.value);
  }

  #validate(schema: StandardSchema | undefined, payload: unknown): Result<unknown, string> {
    if (schema === undefined) return ok(payload);
    const result = this.#parts.contain.run("schema", () => {
      const validated = schema["~standard"].validate(payload);
      if (validated instanceof Promise) throw new Error("schemas of games answer at once, not with a promise");
      return validated;
    });
    if (!result.ok) return err(textOf(result.error));
    if (result.value.issues === undefined) return ok(result.value.value);
    return err(textOf(result.value.issues[0]?.message ?? "not what the game expects"));
  }

  #handle(seated: Seated, name: MessageName, { handle }: MessageHandler, payload: unknown): Outcome {
    const { contain, logic } = this.#parts;
    // What clients make up is no name to count by.
    const known = logic.handlers.has(name) ? name : "*";
    const done = contain.run(`message ${known}`, () => handle(seated, payload, name));
    if (done.ok) return { status: "ok", payload: done.value, code: 0 };
    const rejection = asRejection(done.error);
    if (rejection !== undefined) return { status: "rejected", payload: rejection.payload, code: INVALID_CODE };
    return failed(EXCEPTION_CODE, textOf(done.error));
  }
}

function failed(code: number, message: string): Outcome {
  return { status: "error", payload: { name: "Error", message, code }, code };
}

/** Requests get what came of them; messages a word if it was nothing. */
function answerTo(event: Call, { status, payload, code }: Outcome): GameMessage | undefined {
  if (event.type === "request") return { type: "response", id: event.id, status, payload };
  if (status === "ok") return undefined;
  return { type: "error", code, message: textOf(status === "rejected" ? payload : messageOf(payload)) };
}

function messageOf(payload: unknown): unknown {
  return typeof payload === "object" && payload !== null && "message" in payload ? payload.message : undefined;
}
