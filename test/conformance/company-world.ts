/**
 * A document that clients of several families edit at random, while they leave, return, lose their wire and the server dies.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { Random } from "../support/random.ts";
import { editAtRandom } from "./content.ts";
import { type Place, Scene, until } from "./scene.ts";
import type { StockClient, StockFamily } from "./stock-client.ts";

/** Everybody is back after the last kill, all of them at once. */
const BACK_MS = 60_000;
/**
 * Nobody's presence stays wrong longer. Who rejoined more often than a quiet peer spoke has heard of a higher clock of that peer than
 * it knows itself, which the killed server forgot: it is believed again when the room has leapt, with its next renewal.
 */
const SEEN_MS = 45_000;
/** A stock client ignores who connects before its old socket is closed. */
const MIN_AWAY_MS = 400;
/** As an impatient user does. */
const ASK_AGAIN_MS = 5_000;

export type WorldOptions = {
  readonly place: Place;
  readonly id: string;
  readonly members: readonly StockFamily[];
  readonly seed: number;
  /** Nothing more happens to anybody, and the server is up. */
  readonly isOver: () => boolean;
  /** Between two things that happen, in the mean. */
  readonly everyMs: number;
};

type Member = { readonly client: StockClient; awayUntilMs: number | undefined };

/** Resolves with the edits made, once all replicas and the server hold the same and everybody sees everybody. */
export async function liveTogether({ place, id, members, seed, isOver, everyMs }: WorldOptions): Promise<number> {
  const [first] = members;
  if (first === undefined) throw new RangeError("a world without members");
  const scene = new Scene(first, place, id);
  const random = new Random(seed);
  try {
    const company: Member[] = members.map((family) => ({ client: scene.open({}, family), awayUntilMs: undefined }));
    let edits = 0;
    while (!isOver()) {
      if (happen(random.pick(company), random)) edits += 1;
      await delay(random.below(2 * everyMs));
    }
    await settle(
      scene,
      company.map(({ client }) => client),
      members,
    );
    return edits;
  } finally {
    scene.end();
  }
}

/** One thing to one member; true when it was an edit. */
function happen(member: Member, random: Random): boolean {
  const { client } = member;
  const nowMs = performance.now();
  if (member.awayUntilMs !== undefined && nowMs >= member.awayUntilMs) {
    member.awayUntilMs = undefined;
    client.connect();
  }
  const chance = random.below(100);
  if (chance < 6 && member.awayUntilMs === undefined) {
    member.awayUntilMs = nowMs + MIN_AWAY_MS + random.below(1_500);
    client.disconnect();
  } else if (chance < 10) {
    client.dropWire();
  } else if (chance < 20) {
    client.awareness.setLocalStateField("cursor", random.below(1_000));
  } else {
    editAtRandom(client.doc, random);
    return true;
  }
  return false;
}

async function settle(scene: Scene, clients: readonly StockClient[], members: readonly StockFamily[]): Promise<void> {
  await delay(MIN_AWAY_MS);
  for (const [index, client] of clients.entries()) {
    await syncAgain(client, members[index]?.label ?? "it");
    client.awareness.setLocalState({ cursor: `last of ${index}` });
  }
  await scene.sameEverywhere(clients, BACK_MS);
  for (const client of clients) await scene.whenClean(client);
  const present = clients.map(({ awareness }, index) => [awareness.clientID, `last of ${index}`] as const);
  const areSeen = () => {
    for (const [index, { awareness }] of clients.entries()) insist(awareness, `last of ${index}`);
    return clients.every(({ awareness }) => isSeen(awareness.getStates(), present));
  };
  await until("everybody sees the last of everybody", areSeen, SEEN_MS).catch((error: unknown) => {
    // Said with what each sees, as a difference.
    const sees = (cursors: readonly ReadonlyMap<number, unknown>[]) =>
      members.map(({ label }, index) => ({ label, cursors: cursors[index] }));
    const actual = clients.map(({ awareness }) => cursorsOf(awareness.getStates()));
    expect(sees(actual)).toEqual(sees(clients.map(() => new Map(present))));
    throw error;
  });
}

/**
 * What a client that repeats shows within a round trip of its return is lost where its socket ends in that moment: it has taken the
 * older state that it was told by then, and says that one (the limit at PR7 of core's SPEC.md). People move again.
 */
function insist(awareness: StockClient["awareness"], cursor: string): void {
  if (awareness.getLocalState()?.["cursor"] !== cursor) awareness.setLocalState({ cursor });
}

async function syncAgain(client: StockClient, label: string): Promise<void> {
  const deadline = performance.now() + BACK_MS;
  for (;;) {
    client.connect();
    try {
      await until(`${label} is in sync again`, () => client.isSynced(), ASK_AGAIN_MS);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

type States = ReadonlyMap<number, Readonly<Record<string, unknown>>>;

function cursorsOf(states: States): ReadonlyMap<number, unknown> {
  return new Map([...states].map(([client, { cursor }]) => [client, cursor]));
}

function isSeen(states: States, present: readonly (readonly [number, string])[]): boolean {
  const cursors = cursorsOf(states);
  return cursors.size === present.length && present.every(([client, cursor]) => cursors.get(client) === cursor);
}
