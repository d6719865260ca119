/**
 * The counter of clients that count, through whatever may come between a client and its room.
 */
import { expect, it } from "vitest";
import { CountingClient, type CountingKind, NEWER, OLDER, drain } from "../../support/counting-client.ts";
import { Random } from "../../support/random.ts";
import { TestRoom } from "../../support/test-room.ts";

const SEEDS = 200;
const READS = ["read", "presence"];
/** Long enough for every ack to have been read. */
const LONG_MS = 6_000;

it.each([OLDER, NEWER])(
  "[FM11] whatever comes, the counter is zero only when all is saved, and zero in the end, %o",
  (kind) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) run(seed, kind);
  },
);

function run(seed: number, kind: CountingKind): void {
  const random = new Random(seed);
  const room = new TestRoom();
  const clients = [1, 2].map((each) => new CountingClient(room, each, kind));
  clients.forEach((client) => client.connect());
  const check = (client: CountingClient): void => {
    if (client.unsynced < 0) throw new Error(`seed ${seed}: ${client.unsynced}`);
    if (client.unsynced > 0) return;
    if (!client.isSaved) throw new Error(`seed ${seed}: says saved at "${client.text.toJSON()}"`);
  };
  for (let step = 0; step < 120; step += 1) {
    act(random, room, random.pick(clients), clients);
    clients.forEach(check);
  }
  room.isDiskFull = false;
  room.lock("open");
  for (const client of clients) {
    client.grant = {};
    if (client.isOpen && !room.closed.has(client.session)) room.regrant(client.session);
  }
  for (let turn = 0; turn < 3; turn += 1) drain(room, ...clients);
  // Who asked anew while an ack may have been under way is right when it asks once more.
  room.nowMs += LONG_MS;
  for (const client of clients) if (client.unsynced === 1 && client.hasAskedAnew) client.startSync();
  drain(room, ...clients);
  const texts = clients.map(({ text }) => text.toJSON());
  expect([seed, ...clients.map(({ unsynced }) => unsynced)]).toEqual([seed, 0, 0]);
  expect([seed, texts[0]]).toEqual([seed, texts[1]]);
}

function act(random: Random, room: TestRoom, client: CountingClient, all: readonly CountingClient[]): void {
  const isThere = client.isOpen && !room.closed.has(client.session);
  const choice = random.below(24);
  room.nowMs += random.below(3);
  if (choice < 6) client.sendOne();
  else if (choice < 11) client.hearOne();
  else if (choice < 14) room.flush();
  else if (choice < 17) client.text.insert(0, "x");
  else if (choice === 17 && client.text.length > 0) client.text.delete(0, 1);
  else if (choice === 18) room.lock(random.pick(["read", "open"]));
  else if (choice === 19 && isThere) client.lose();
  // So long nothing is under way.
  else if (choice === 20 && all.every(({ isQuiet }) => isQuiet)) room.nowMs += LONG_MS;
  // With more than one under way even its own server would be right too late: the reset forgets them.
  else if (choice === 21 && isThere && client.unsynced <= 1) client.startSync();
  else if (choice === 22) {
    client.grant = random.pick([{}, { scopes: READS }, { limits: { documentBytes: 200 } }]);
    if (isThere) room.regrant(client.session, client.grant);
  } else if (choice === 23) room.isDiskFull = random.below(6) === 0;
  if (!client.isOpen && random.below(3) === 0) client.connect();
}
