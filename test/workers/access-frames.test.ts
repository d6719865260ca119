/**
 * What each frame of a client does in each situation of its socket, in every dialect of documents: the table of access-tables.ts. A
 * dialect, a frame or a situation without its line or column fails. Whoever lacks `read`, or is refused for another reason, has no
 * socket: see access-table.test.ts.
 */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { DIALECT_NAMES } from "../../src/auth/connect-ticket.ts";
import { headsRead, headsShown, heardAs } from "./access-heads.ts";
import { type About, MARK, SAMPLES, samplesOf } from "./access-samples.ts";
import { SITUATIONS, openIn } from "./access-situations.ts";
import { AccessSocket, DIALECTS, NOT_HERE, PROMPT } from "./access-sockets.ts";
import { textOf, writeAsServer } from "./access-steps.ts";
import { COLUMNS, type Column, namesIn } from "./access-tables.ts";
import { type World, makeWorld } from "./access-world.ts";

/** Dialects of other kinds of room: presence-frames.test.ts has the one's table, game-room.test.ts what the other's frames do. */
const OF_OTHER_ROOMS = ["roost-presence", "colyseus"];
const WATCHER = 9;

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterEach(() => void vi.useRealTimers());

describe("the table of frames", () => {
  test("[RT80] every dialect of documents has its table", () => {
    expect([...DIALECTS, ...OF_OTHER_ROOMS].toSorted()).toEqual([...DIALECT_NAMES].toSorted());
  });

  test.each(DIALECTS)(
    "[RT80] every frame that a client may send in %s has a row, and every situation a column",
    (dialect) => {
      const { situations, frames } = namesIn(dialect);
      expect(situations).toEqual(SITUATIONS);
      expect(frames.toSorted()).toEqual(Object.keys(samplesOf(dialect)).toSorted());
      // Each is what its row says, and whatever else begins a frame is none.
      const { events } = SAMPLES[dialect];
      const named = Object.entries(events).flatMap(([name, sample]) =>
        sample === null ? [] : [[name, sample] as const],
      );
      expect(named.map(([, sample]) => heardAs(dialect, sample))).toEqual(named.map(([name]) => name));
      expect(headsShown(dialect)).toEqual(headsRead(dialect));
    },
  );

  test.each(COLUMNS.map((column) => [nameOf(column), column] as const))("[RT80] %s", async (name, column) => {
    const { dialect, situation, outcomes } = column;
    const id = name.replaceAll(/\W+/g, "-");
    const bearer = world.keys.secretKey;
    await writeAsServer(bearer, id, "there before");
    const watcher = await AccessSocket.open("roost", id, { bearer }, WATCHER);
    const listener = await AccessSocket.open("y-partyserver", id, { bearer }, 0);
    const frames = [...outcomes.keys()];
    // Who is about to show itself has not yet.
    const clients = new Map(frames.map((frame) => [frame, frame.startsWith("awareness") ? 0 : clientOf(frame)]));
    const subjects = await openIn(world, situation, { dialect, id, clients });
    const token = await world.token({ "document:*": ["read", "write"] }, { name: "Alice" });
    for (const [frame, subject] of subjects) {
      const about = { id, token, client: clientOf(frame), words: wordsOf(frame) };
      if (subject.closed === undefined && frame !== "hello") await act(subject, frame, about);
    }
    const observed = async () => new Map(await observe(subjects, { id, listener }));
    await expect.poll(observed, PROMPT).toEqual(outcomes);
    await Promise.all([...subjects.values(), watcher, listener].map(async (socket) => await socket.close()));
  });
});

function nameOf({ dialect, situation }: Column): string {
  return `${dialect}, ${situation}`;
}

/** Each sample has words and a client of its own: one room hears them all. */
function wordsOf(frame: string): string {
  return `[${frame} of alice]`;
}

function clientOf(frame: string): number {
  return 1_000 + ([...frame].reduce((sum, char) => sum * 31 + (char.codePointAt(0) ?? 0), 7) % 1_000_000);
}

/** Returns when the room has handled it. */
async function act(subject: AccessSocket, frame: string, about: About): Promise<void> {
  const samples = samplesOf(subject.dialect);
  subject.send(samples[frame]?.(about) ?? "no such sample");
  // As its client does behind each edit.
  if (subject.dialect === "y-sweet" && isEdit(frame)) subject.send(samples["checkpoint"]?.(about) ?? "no such sample");
  await subject.isHandled();
}

function isEdit(frame: string): boolean {
  return frame === "update" || frame === "sync-step-2";
}

type Seen = {
  readonly text: string;
  readonly peers: ReadonlySet<number>;
  readonly customs: readonly string[];
};

/** What came of each frame, in the words of the table. */
async function observe(
  subjects: ReadonlyMap<string, AccessSocket>,
  { id, listener }: { readonly id: string; readonly listener: AccessSocket },
): Promise<readonly (readonly [frame: string, outcome: string])[]> {
  const bearer = world.keys.secretKey;
  const newcomer = await AccessSocket.open("y-partyserver", id, { bearer }, 0);
  // What goes to all goes with one flush: this one tells that the others are over.
  newcomer.send("__YPS:the end");
  await expect.poll(() => listener.words(), PROMPT).toContain("text __YPS:the end");
  await expect.poll(() => newcomer.peers().has(WATCHER), PROMPT).toBe(true);
  const seen = { text: await textOf(bearer, id), peers: newcomer.peers(), customs: listener.words() };
  await newcomer.close();
  return [...subjects].map(([frame, subject]) => [frame, outcomeOf(frame, subject, seen)] as const);
}

function outcomeOf(frame: string, subject: AccessSocket, { text, peers, customs }: Seen): string {
  if (subject.closed !== undefined) return String(subject.closed);
  const all = subject.words();
  // By these it is known that the frame was handled, or others were heard: they are no answer to it.
  const words = all.filter((word) => !/^(sync-step-2|update|awareness|text .*)$/.test(word) && word !== NOT_HERE);
  switch (frame) {
    case "hello":
      return subject.greeting[0] ?? "nothing";
    case "sync-step-1":
      // Besides those by which it is known that all was handled.
      return all.filter((word) => word === "sync-step-2").length === (all.includes(NOT_HERE) ? 1 : 2)
        ? "document"
        : "nothing";
    case "sync-step-2":
    case "update":
      return edited(subject, words, text.includes(wordsOf(frame)));
    case "awareness":
    case "awareness-answer":
      return peers.has(clientOf(frame)) ? "shown" : "unseen";
    case "query-awareness":
      return subject.peers().has(WATCHER) ? "presence" : "nothing";
    case "token":
    case "auth":
      if (words.includes("rights readonly")) return "readonly";
      return words.includes("rights") || words.includes("rights read-write") ? "renewed" : "nothing";
    case "custom":
      return customs.includes(`text __YPS:${wordsOf(frame)}`) ? "told" : "untold";
    case "checkpoint":
      return words.includes(`mark ${MARK}`) ? "marked" : "nothing";
    case "auth-elsewhere":
      return words.join() === "denied at elsewhere" ? "denied" : words.join();
    case "update-elsewhere":
      return text.includes(wordsOf(frame)) ? "saved" : words.join() || "nothing";
    default:
      return words.join() || "nothing";
  }
}

/** How each family says that what was sent before is a row. */
const ACKS: Readonly<Record<AccessSocket["dialect"], string | null>> = {
  roost: "ack",
  "y-websocket": null,
  "y-partyserver": null,
  hocuspocus: "ack",
  "y-sweet": `mark ${MARK}`,
};

function edited({ dialect }: AccessSocket, words: readonly string[], isSaved: boolean): string {
  const ack = ACKS[dialect];
  const isAcked = ack !== null && words.includes(ack);
  const isRefused = words.includes("refused") || words.includes("denied");
  if (isSaved) return isRefused || isAcked !== (ack !== null) ? `saved, and heard ${words.join()}` : "saved";
  if (isAcked) return "not saved, but acknowledged";
  return isRefused ? "refused" : "waits";
}
