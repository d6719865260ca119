import { MapSchema, Schema, schema, t } from "@colyseus/schema";
import { SchemaSerializer } from "@colyseus/sdk";
import { describe, expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { ColyseusWorld, type Watcher } from "./colyseus-world.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 60;
const OWNER = 2;

const Unit = schema({ x: t.int16(), orders: t.string().view(OWNER) }, "Unit");
const Field = schema({ turn: t.uint16().default(0), units: t.map(Unit).view() }, "Field");
type AField = InstanceType<typeof Field>;

/** What a watcher should see: of these units, and with their orders where true. */
type Sight = Map<string, boolean>;

class Fog {
  readonly world = new ColyseusWorld<AField>({ begin: () => new Field(), mirror: () => new SchemaSerializer() });
  readonly sights = new Map<Watcher, Sight>();
  /** Emptied since the last patch. A view is not told that a key holds another instance, so it is used again in the next one only. */
  readonly #emptied = new Set<string>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.join();
  }

  join(): void {
    this.sights.set(this.world.join(), new Map());
  }

  play(): void {
    const random = this.#random;
    const { state } = this.world;
    const key = `u${random.below(6)}`;
    const unit = state.units.get(key);
    switch (random.below(8)) {
      case 0:
        state.turn += 1;
        return;
      case 1:
        if (unit === undefined && !this.#emptied.has(key))
          state.units.set(key, new Unit({ x: random.below(9), orders: "hold" }));
        return;
      case 2:
        if (unit === undefined) return;
        state.units.delete(key);
        this.#emptied.add(key);
        for (const sight of this.sights.values()) sight.delete(key);
        return;
      case 3:
      case 4:
        if (unit !== undefined) unit.x = random.below(1_000);
        return;
      case 5:
        if (unit !== undefined) unit.orders = random.pick(["go", "stay", "hide"]);
        return;
      default:
        if (unit !== undefined) this.#look(key, unit);
    }
  }

  #look(key: string, unit: InstanceType<typeof Unit>): void {
    const [watcher, sight] = this.#random.pick([...this.sights]);
    const view = this.world.game.viewOf(watcher.session);
    if (sight.get(key) === true && this.#random.below(2) === 0) {
      view.remove(unit, OWNER);
      sight.set(key, false);
    } else if (sight.get(key) === false && this.#random.below(2) === 0) {
      view.add(unit, OWNER);
      sight.set(key, true);
    } else if (sight.has(key)) {
      view.remove(unit);
      sight.delete(key);
    } else {
      const isOwner = this.#random.below(2) === 0;
      view.add(unit, ...(isOwner ? [OWNER] : []));
      sight.set(key, isOwner);
    }
  }

  flush(): void {
    this.world.flush();
    this.#emptied.clear();
  }

  /** Some of what was seen is not seen again. */
  reopen(): void {
    this.world.reopen();
    for (const [watcher, sight] of this.sights) {
      for (const [key, isOwner] of sight) {
        const unit = this.world.state.units.get(key);
        if (unit === undefined || this.#random.below(4) === 0) sight.delete(key);
        else this.world.game.viewOf(watcher.session).add(unit, ...(isOwner ? [OWNER] : []));
      }
    }
    this.world.resync();
  }

  expectSights(): void {
    const { turn, units } = this.world.state;
    for (const [{ mirror }, sight] of this.sights) {
      const seen = [...sight].map(([key, isOwner]) => {
        const unit = units.get(key);
        return [key, { x: unit?.x, orders: isOwner ? unit?.orders : undefined }];
      });
      expect(seenBy(mirror.getState())).toEqual({ turn, units: Object.fromEntries(seen) });
    }
  }
}

function seenBy(state: unknown): unknown {
  if (!(state instanceof Schema)) throw new Error("nothing was decoded");
  const units: unknown = Reflect.get(state, "units");
  const entries: Record<string, unknown> = {};
  if (units instanceof MapSchema) {
    for (const [key, unit] of units.entries()) {
      entries[key] = { x: Reflect.get(unit, "x"), orders: Reflect.get(unit, "orders") };
    }
  }
  return { turn: Reflect.get(state, "turn"), units: entries };
}

describe("views of Colyseus under random play", () => {
  test("[GC4] each client sees what is in its view and nothing else, also after something was taken out of it or the room slept", () => {
    forSeeds(isLong ? 2_000 : 30, (seed) => {
      const random = new Random(seed);
      const fog = new Fog(random);
      fog.join();
      for (let step = 0; step < STEPS; step += 1) {
        for (let more = random.below(4); more >= 0; more -= 1) fog.play();
        if (random.below(15) === 0) fog.join();
        fog.flush();
        fog.expectSights();
        if (random.below(15) > 0) continue;
        fog.reopen();
        fog.expectSights();
      }
    });
  });
});
