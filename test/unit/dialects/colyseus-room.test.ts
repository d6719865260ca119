import { schema, t } from "@colyseus/schema";
import { Room } from "@colyseus/sdk";
import { describe, expect, test } from "vitest";
import type { GameEvent, GameMessage } from "../../../src/core/game/events.ts";
import type { NumberedInput } from "../../../src/core/game/ports.ts";
import { colyseus } from "../../../src/dialects/colyseus.ts";
import { ColyseusWorld } from "../../property/colyseus-world.ts";

const State = schema({ turn: t.uint8().default(3) }, "State");
const Move = schema({ x: t.int8().default(0), fire: t.boolean().default(false) }, "Move");
const SESSION = "s1";

/** The SDK's room as it is, its socket replaced by our dialect. */
class Line {
  readonly room = new Room("game");
  readonly world = new ColyseusWorld({ begin: () => new State(), inputType: Move });
  readonly said: GameEvent[] = [];
  readonly #receive: (event: { readonly data: Uint8Array }) => void;

  constructor() {
    this.room.roomId = "0123456789";
    const connection = {
      isOpen: true,
      send: (bytes: Uint8Array) => this.#hear(bytes),
      sendUnreliable: (bytes: Uint8Array) => this.#hear(bytes),
    };
    Reflect.set(this.room, "connection", connection);
    const receive: unknown = Reflect.get(this.room, "onMessageCallback");
    if (typeof receive !== "function") throw new Error("the SDK hears elsewhere");
    this.#receive = (event) => void receive.call(this.room, event);
  }

  tell(...messages: readonly GameMessage[]): void {
    for (const data of colyseus.encode(messages)) if (typeof data !== "string") this.#receive({ data });
  }

  #hear(bytes: Uint8Array): void {
    const decoded = colyseus.decode(bytes.slice());
    if (!decoded.ok) throw new Error(decoded.error.reason);
    this.said.push(...decoded.value);
  }

  shake(wantsStamps = false): void {
    const { codec } = this.world;
    const inputs = { reflection: codec.inputReflection(), hz: 20, patchMs: 50, wantsStamps };
    this.tell({ type: "handshake", reconnectionToken: "tökén", reflection: codec.reflection(), inputs });
  }

  /** What the codec makes of the inputs that were said. */
  inputs(): readonly NumberedInput[] {
    const { codec } = this.world;
    return this.said.splice(0).flatMap((event) => {
      if (event.type !== "input") return [];
      // SAFETY: ids are whatever the lobby says.
      const session = SESSION as Parameters<typeof codec.readInputs>[0];
      return codec.readInputs(session, event.body, event.isReliable, event.isTimed) ?? [];
    });
  }

  full(): Uint8Array {
    // SAFETY: as above.
    return this.world.codec.full(SESSION as Parameters<typeof this.world.codec.full>[0]);
  }
}

function fieldsOf(input: { readonly data: unknown }): object {
  if (typeof input.data !== "object" || input.data === null) throw new Error("an input without fields");
  return input.data;
}

describe("the SDK's own room", () => {
  test("[DI49] reads the handshake of a game with inputs and its state, and answers", () => {
    const line = new Line();
    line.shake();
    expect(line.room.reconnectionToken).toBe("0123456789:tökén");
    expect(line.said.splice(0)).toEqual([{ type: "ready" }]);
    line.tell({ type: "state", body: line.full(), timing: { serverMs: 1_000, lastInput: 0 } });
    expect(line.room.state).toMatchObject({ turn: 3 });
    expect(line.room.clock.lastServerTime?.()).toBe(1_000);
    const input = line.room.input();
    expect([Reflect.get(input, "tickRate"), Reflect.get(input, "patchRate")]).toEqual([20, 50]);
  });

  test("[DI49] takes a handshake without a shape for one that it knows", () => {
    const line = new Line();
    line.shake();
    line.tell({ type: "handshake", reconnectionToken: "next" });
    expect(line.room.reconnectionToken).toBe("0123456789:next");
    line.tell({ type: "state", body: line.full() });
    expect(line.room.state).toMatchObject({ turn: 3 });
  });

  test("[DI49] takes the handshake of a room without any state, and messages in it", () => {
    const line = new Line();
    const heard: unknown[] = [];
    line.room.onMessage("+", (payload) => void heard.push(payload));
    line.tell({ type: "handshake", reconnectionToken: "t", hasState: false });
    expect(line.room.serializerId).toBe("none");
    line.tell({ type: "message", name: "+", payload: ["room", 1] });
    expect([line.said, heard]).toEqual([[{ type: "ready" }], [["room", 1]]]);
  });

  test.each(["reliable", "unreliable"] as const)(
    "[GC20] %s inputs of its handle are read, and those of a line that broke begin anew",
    (mode) => {
      const line = new Line();
      line.shake();
      const input = line.room.input({ mode });
      line.said.length = 0;
      Object.assign(fieldsOf(input), { x: -5 });
      input.send();
      Object.assign(fieldsOf(input), { fire: true });
      input.send();
      input.send();
      expect(line.inputs()).toEqual([
        { number: 1, input: { x: -5, fire: false } },
        { number: 2, input: { x: -5, fire: true } },
        { number: 3, input: { x: -5, fire: true } },
      ]);
      // SAFETY: ids are whatever the lobby says.
      line.world.codec.beginInputs(SESSION as Parameters<typeof line.world.codec.beginInputs>[0]);
      const reset: unknown = Reflect.get(input, "reset");
      if (typeof reset === "function") reset.call(input);
      input.send();
      const [first] = line.inputs();
      expect(first?.input).toEqual({ x: -5, fire: true });
      if (mode === "reliable") expect(first?.number).toBe(1);
    },
  );

  test.each(["reliable", "unreliable"] as const)(
    "[GC25] %s inputs of its handle say when they were sampled, where that is wanted",
    (mode) => {
      const line = new Line();
      line.shake(true);
      line.tell({ type: "state", body: line.full(), timing: { serverMs: 60_000, lastInput: 0 } });
      const input = line.room.input({ mode });
      line.said.length = 0;
      input.send();
      input.send();
      const stamps = line.inputs().map(({ sampledMs = 0 }) => sampledMs);
      expect(stamps).toHaveLength(2);
      for (const stamp of stamps) expect(Math.abs(stamp - 60_000)).toBeLessThan(5_000);
    },
  );
});
