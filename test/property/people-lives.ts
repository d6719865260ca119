/**
 * Random lives in a room of people, beside a model of it.
 * @module
 */
import type { Rate } from "../../src/protocol/limits.ts";
import type { ActorId, Person, PresenceClientMessage, View } from "../../src/protocol/presence-messages.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import type { PeopleClient } from "../support/people-client.ts";
import { PeopleWorld, type Visitor } from "../support/people-world.ts";
import type { Random } from "../support/random.ts";
import { HOLD_MS, PeopleModel, type Voice } from "./people-model.ts";

/** Small enough that a few people change it. */
export const BOUNDS = { full: 5, fullAgain: 3, sampled: 8, sampledAgain: 6 };
export const SPEAKERS = 3;
const PERSONS = ["alice-of-the-tabs-0", "bob-of-the-tabs-000", "carol-of-the-tabs-0", "dave-of-the-tabs-00"];
const USERS = ["alice", "bob"];
const VALUES: readonly unknown[] = [1, "🦊", null, { deep: [true] }];

export class PeopleLives {
  readonly world: PeopleWorld;
  readonly model = new PeopleModel();
  readonly #random: Random;
  /** Sockets that were closed, or died with the process; their close events may still come. */
  readonly #gone: PeopleClient[] = [];
  readonly #visitors = new Map<string, Visitor>();
  #waiting: PeopleClient[] = [];
  /** Nobody was told anything since the last sleep. */
  isJustAwake = false;

  /** Clients may know older words than the room, until it had time to tell them. */
  readonly isPoor: boolean;

  constructor(random: Random, toldBytes?: Rate) {
    this.#random = random;
    this.isPoor = toldBytes !== undefined;
    const options = { bounds: BOUNDS, speakers: SPEAKERS, framesPerSecond: 40 };
    this.world = new PeopleWorld({ ...options, ...(toldBytes !== undefined && { toldBytes }) });
  }

  /** Those who have said hello and are not closed. */
  get greeted(): readonly PeopleClient[] {
    return [...this.world.clients.values()].filter(({ id }) => this.model.live(id) !== undefined);
  }

  open(): void {
    const random = this.#random;
    const isUser = random.below(3) === 0;
    const scopes = random.below(5) === 0 ? ["read"] : ["read", "presence"];
    const visitor: Visitor = {
      scopes,
      limits: DEFAULT_LIMITS,
      user: isUser ? random.pick(USERS) : null,
      hello: {
        ...(random.below(5) > 0 && { person: random.pick(PERSONS) }),
        ...(random.below(2) === 0 && { user: { name: `name ${random.below(3)}` } }),
        ...(random.below(2) === 0 && { state: { page: random.below(3) } }),
        ...(random.below(2) === 0 && { view: this.#view() }),
      },
    };
    const client = this.world.open(visitor);
    this.#visitors.set(client.id, visitor);
    if (random.below(8) === 0) this.#waiting.push(client);
    else this.#hello(client, visitor);
  }

  /** Some say hello late, and some never. */
  helloLate(): void {
    const client = this.#waiting.shift();
    const visitor = this.#visitors.get(client?.id ?? "");
    if (client === undefined || visitor === undefined || !this.world.clients.has(client.id)) return;
    this.#hello(client, visitor);
  }

  /** One frame of one or more messages. */
  speak(): void {
    const [client, voice] = this.#somebody();
    if (client === undefined || voice === undefined) return;
    const messages = Array.from({ length: 1 + this.#random.below(3) }, () => this.#message());
    for (const message of messages) {
      // Ignored or not: it names the anchor of what follows.
      if (message.type === "cursor") voice.anchor = message.anchor ?? voice.anchor;
      if (!voice.isNobody) this.#model(voice, message);
    }
    this.world.say(client, ...messages);
  }

  raise(): void {
    const [client] = this.#somebody();
    if (client !== undefined) this.world.say(client, { type: "event", name: "wave", json: "1" });
  }

  look(): void {
    const [client] = this.#somebody();
    if (client === undefined) return;
    const known = [...client.people.keys(), 0, this.#random.below(12)];
    const follows = this.#random.below(2) === 0 ? 0 : this.#random.pick(known);
    this.world.say(client, { type: "view", view: this.#view(), follows });
    client.follows = follows;
  }

  /** With a goodbye, by bad input, or without a word; the last may be heard of late. */
  leave(): void {
    const [client] = this.#somebody();
    if (client === undefined) return;
    const how = this.#random.below(4);
    if (how === 0) this.world.say(client, { type: "bye" });
    else if (how === 1) this.world.receive(client, Uint8Array.of(99));
    else this.world.close(client);
    this.model.leave(client.id, how < 2 ? 0 : this.world.nowMs + HOLD_MS);
    this.#gone.push(client);
  }

  /** A close event of a socket that is gone already. */
  closeAgain(): void {
    if (this.#gone.length > 0) this.world.close(this.#random.pick(this.#gone));
  }

  /** Another visit under the same id takes the place of the one before. */
  openAgain(): void {
    const [client] = this.#somebody();
    const visitor = this.#visitors.get(client?.id ?? "");
    if (client === undefined || visitor === undefined) return;
    this.model.leave(client.id, 0);
    this.#hello(this.world.open(visitor, client.id), visitor);
  }

  regrant(): void {
    const [client, voice] = this.#somebody();
    if (client === undefined || voice === undefined) return;
    const isNobody = this.#random.below(2) === 0;
    const scopes = isNobody ? ["read"] : ["read", "presence"];
    this.world.regrant(client, { scopes, limits: DEFAULT_LIMITS });
    if (voice.isNobody === isNobody) return;
    this.model.leave(client.id, 0);
    this.model.join({ ...voice, isNobody });
  }

  sleep(): void {
    this.world.flush();
    if (!this.world.isQuiet) return;
    this.world.sleep();
    this.world.sends = 0;
    this.isJustAwake = true;
  }

  /** After flushes alone: frames that answer are none of theirs. */
  noteSends(): void {
    if (this.world.sends > 0) this.isJustAwake = false;
  }

  crash(): void {
    this.#gone.push(...this.world.clients.values());
    this.world.crash();
    this.model.voices = [];
  }

  #hello(client: PeopleClient, visitor: Visitor): void {
    const { hello = {}, user = null, scopes = [] } = visitor;
    this.world.say(client, { type: "hello", version: 1, hello });
    const at = this.model.tick();
    const anonymous = hello.person === undefined ? `s:${client.id}` : `p:${hello.person}`;
    this.model.join({
      id: client.id,
      key: user === null ? anonymous : `u:${user}`,
      user,
      isNobody: !scopes.includes("presence"),
      heldUntilMs: Infinity,
      face: { value: hello.user ?? {}, at },
      state: new Map(Object.entries(hello.state ?? {}).map(([key, value]) => [key, { value, at }])),
      cursor: undefined,
      anchor: 0,
      typing: undefined,
      status: "active",
    });
  }

  #somebody(): readonly [PeopleClient | undefined, Voice | undefined] {
    const { greeted } = this;
    if (greeted.length === 0) return [undefined, undefined];
    const client = this.#random.pick(greeted);
    return [client, this.model.live(client.id)];
  }

  #message(): PresenceClientMessage {
    const random = this.#random;
    const point = { x: random.below(3), y: random.below(0x1_0000) };
    const value = JSON.stringify(random.pick(VALUES));
    return random.pick<PresenceClientMessage>([
      { type: "cursor", ...point },
      { type: "cursor", anchor: random.below(3), ...point },
      { type: "gone" },
      { type: "state", key: random.pick(["page", "hand", "1"]), json: random.below(3) === 0 ? "" : value },
      { type: "typing", where: random.pick(["", "title"]) },
      { type: "status", status: random.pick(["active", "idle", "away"] as const) },
      { type: "hello", version: 1, hello: { user: { name: `name ${random.below(3)}` }, state: { page: 7 } } },
    ]);
  }

  #model(voice: Voice, message: PresenceClientMessage): void {
    const at = this.model.tick();
    switch (message.type) {
      case "cursor":
        voice.cursor = { value: { anchor: voice.anchor, x: message.x, y: message.y }, at };
        return;
      case "gone":
        voice.cursor = undefined;
        return;
      case "state":
        if (message.json === "") voice.state.delete(message.key);
        else voice.state.set(message.key, { value: JSON.parse(message.json), at });
        return;
      case "typing":
        voice.typing = message.where === "" ? undefined : { value: message.where, at };
        return;
      case "status":
        voice.status = message.status;
        return;
      case "hello":
        voice.face = { value: message.hello.user ?? {}, at };
        voice.state.set("page", { value: 7, at });
        return;
      default:
    }
  }

  #view(): View {
    const top = this.#random.below(0x1_0000);
    return { top, bottom: Math.min(0xffff, top + 0x1000) };
  }
}

/** What of a person its own client need not have been told. */
export function withoutVolatile(people: ReadonlyMap<ActorId, Person>, own: ActorId): ReadonlyMap<ActorId, Person> {
  const self = people.get(own);
  return self === undefined ? people : new Map([...people, [own, { ...self, cursor: null, typing: "" }]]);
}
