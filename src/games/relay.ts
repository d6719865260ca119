/**
 * A game room for games that bring no code of their own to the server: a map of texts that everybody shares, and events that everybody
 * hears. Whoever may play may write; where a game must not trust its players, it is a class of its own.
 * @module
 */
import { schema, t } from "@colyseus/schema";
import { z } from "zod";
import type { Plain, Player } from "../core/game/ports.ts";
import { Game, Rejected } from "./game.ts";
import { personOf } from "./person.ts";

/** Of the map: a whole state of 1 MiB is what every newcomer gets. */
const MAX_KEYS = 1_024;
const MAX_KEY_CHARS = 128;
const MAX_VALUE_CHARS = 4_096;
const MAX_TOTAL_CHARS = 0x4_0000;

const RelayPerson = schema({ name: t.string(), color: t.string(), isHere: t.boolean() }, "RelayPerson");

export const RelayState = schema(
  {
    people: t.map(RelayPerson),
    /** JSON texts. A key `@<session>/…` is written by that session alone and goes with it. */
    values: t.map("string"),
  },
  "RelayState",
);

const KEY = z.string().min(1).max(MAX_KEY_CHARS);
const VALUE = z.string().max(MAX_VALUE_CHARS).refine(isJson, "a value is a JSON text");

export class Relay extends Game<InstanceType<typeof RelayState>> {
  static override readonly filterBy: readonly string[] = ["topic"];
  override state = new RelayState();
  override maxClients = 64;
  /** Characters of keys and values; counted anew after a restore. */
  #chars: number | undefined;

  constructor() {
    super();
    this.onMessage("set", z.object({ key: KEY, value: VALUE }), ({ sessionId }, { key, value }) =>
      this.#set(sessionId, key, value),
    );
    this.onMessage("delete", z.object({ key: KEY }), ({ sessionId }, { key }) => {
      checkOwner(sessionId, key);
      this.#delete(key);
    });
    // Of all who send many a second, one frame to each: the list of them, the receiver's own among them.
    this.onMessage("input", VALUE, ({ sessionId }, data) => this.gather("inputs", { from: sessionId, data }));
    this.onMessage("event", z.object({ name: KEY, data: VALUE }), (player, { name, data }) =>
      this.broadcast("event", { from: player.sessionId, name, data }, player),
    );
  }

  override onCreate(options: Plain): void {
    const { name } = personOf(options);
    this.setMetadata({ host: name });
  }

  override onRestore(): void {
    this.#chars = undefined;
  }

  override onJoin({ sessionId, isSpectator }: Player, options: Plain): void {
    if (isSpectator) return;
    this.state.people.set(sessionId, new RelayPerson({ ...personOf(options), isHere: true }));
  }

  override onDrop(player: Player): void {
    this.#note(player, false);
  }

  override onReconnect(player: Player): void {
    this.#note(player, true);
  }

  override onLeave({ sessionId }: Player): void {
    this.state.people.delete(sessionId);
    const own = `@${sessionId}/`;
    for (const key of [...this.state.values.keys()]) if (key.startsWith(own)) this.#delete(key);
  }

  #note({ sessionId }: Player, isHere: boolean): void {
    const person = this.state.people.get(sessionId);
    if (person !== undefined) person.isHere = isHere;
  }

  #set(sessionId: string, key: string, value: string): void {
    checkOwner(sessionId, key);
    const { values } = this.state;
    const before = values.get(key);
    if (before === undefined && values.size >= MAX_KEYS) throw new Rejected("This room has no place for another key.");
    const added = before === undefined ? key.length + value.length : value.length - before.length;
    const chars = this.#total() + added;
    if (chars > MAX_TOTAL_CHARS) throw new Rejected("This room is full.");
    values.set(key, value);
    this.#chars = chars;
  }

  #delete(key: string): void {
    const value = this.state.values.get(key);
    if (value === undefined) return;
    this.#chars = this.#total() - key.length - value.length;
    this.state.values.delete(key);
  }

  #total(): number {
    if (this.#chars !== undefined) return this.#chars;
    let chars = 0;
    for (const [key, value] of this.state.values.entries()) chars += key.length + value.length;
    return chars;
  }
}

function checkOwner(sessionId: string, key: string): void {
  if (key.startsWith("@") && !key.startsWith(`@${sessionId}/`)) throw new Rejected("This key is somebody else's.");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
