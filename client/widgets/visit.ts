/**
 * One visitor in a room, as little as widgets need of it: what PresenceClient offers applications besides (own state, statuses, typed events) would
 * be a fifth of the file that sites load. Socket, pace and wire are the client's own.
 * @module
 */
import type { Rights } from "../../src/protocol/messages.ts";
import {
  type Face,
  PERSON_STATUSES,
  PRESENCE_VERSION,
  type PresenceRates,
} from "../../src/protocol/presence-messages.ts";
import { anchorHash, toFraction } from "../presence/anchor.ts";
import type { Counts, OwnCursor } from "../presence/index.ts";
import { Outbox } from "../presence/outbox.ts";
import { RoomSocket, type RoomSocketPorts } from "../presence/room-socket.ts";
import { type Heard, type Said, decodeFrame } from "../presence/wire.ts";
import { addressOf } from "./address.ts";
import { type News, type People, makePeople } from "./people.ts";

/** So long who was here stays on show while the socket is gone; the server holds this visitor as long. */
const HOLD_MS = 5_000;

export type RoomOptions = {
  readonly url: string;
  readonly room: string;
  readonly key?: string;
  readonly token?: string;
};

export type VisitPorts = {
  /** As known so far. */
  readonly counts: Counts | undefined;
  /** Who is here, or how many, has changed. */
  readonly tell: () => void;
  readonly hear: (news: News) => void;
  /** Nothing is tried any more. */
  readonly ended: (reason: string) => void;
};

export type Visit = {
  readonly people: Readonly<People>;
  readonly setUser: (user: Face) => void;
  readonly setCursor: (cursor: OwnCursor | null) => void;
  readonly setView: (top: number, bottom: number) => void;
  readonly setTyping: (where: string) => void;
  readonly broadcast: (name: string, data?: unknown) => void;
  readonly end: () => void;
};

/** Joins, and stays in over blips, sleep and hidden pages. Throws TypeError on an address that is none. */
export function visitRoom(options: RoomOptions, face: Face, { counts, tell, hear, ended }: VisitPorts): Visit {
  const people = makePeople(face, hear, counts);
  let own = face;
  let isGone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hello = (more: object): Said => [0, PRESENCE_VERSION, JSON.stringify({ user: own, ...more })];
  const forget = (isAll?: boolean) => {
    clearTimeout(timer);
    timer = undefined;
    people.forget(isAll);
    tell();
  };
  const receive = makeReceiver({ people, forget, own: () => own, outbox: () => outbox, socket: () => socket });

  const outbox: Outbox = new Outbox((messages) => socket.send(messages), Infinity);
  const socket: RoomSocket = new RoomSocket({
    resolved: resolve(options),
    onStatus(status) {
      isGone = status === "offline";
      if (!isGone) return;
      outbox.setRates(undefined);
      timer ??= setTimeout(() => forget(isGone), HOLD_MS);
    },
    onOpen: (person) => outbox.open(hello({ person })),
    onFrame(frame) {
      try {
        const messages = decodeFrame(frame);
        // The first who are told on a new socket are all who are here.
        if (timer !== undefined && messages.some(([type]) => type === 1)) forget();
        receive(messages);
        if (messages.every(([type]) => type > 3 && type < 7)) hear({});
        else tell();
      } catch {
        socket.retry("");
      }
    },
    onClose: ({ final, reason }) => final && ended(reason),
    // The browser says it in its own words, and the next attempt comes.
    onError: () => undefined,
    onAttention(status) {
      outbox.say("status", [7, PERSON_STATUSES.indexOf(status)]);
      outbox.pause(status === "away");
    },
    // Where the room is full, there are counts all the same.
    readSummary({ people: count = 0, connections = 0 }) {
      people.counts = { people: count, connections };
      tell();
      return undefined;
    },
  });
  socket.connect();

  return {
    people,
    setUser(user) {
      own = user;
      socket.send([hello({})]);
    },
    ...sayings(outbox),
    end() {
      socket.send([[9]]);
      socket.disconnect();
      clearTimeout(timer);
    },
  };
}

type Receiver = {
  readonly people: People;
  readonly forget: () => void;
  readonly own: () => Face;
  readonly outbox: () => Outbox;
  readonly socket: () => RoomSocket;
};

/** What is about this visitor, and the room as a whole. */
function makeReceiver({ people, forget, own, outbox, socket }: Receiver): (messages: readonly Heard[]) => void {
  let mayShow = false;
  let rates: PresenceRates | undefined;
  const allow = ({ scopes, profile }: Pick<Rights, "scopes" | "profile">) => {
    people.user = { ...own(), ...profile };
    mayShow = scopes.includes("presence");
  };
  return (messages) => {
    for (const message of messages) {
      if (message[0] === 0) {
        people.actor = message[1].actor;
        socket().synced();
        allow(message[1]);
      } else if (message[0] === 15) allow(message[1]);
      else if (message[0] === 11) {
        rates = message[1].hz;
        if (message[1].ask) socket().send([[11, message[1].ask]]);
        if (message[1].mode === "count") forget();
      } else if (message[0] === 13) forget();
      else if (message[0] === 14) socket().renewToken();
      else people.learn(message);
    }
    outbox().setRates(mayShow ? rates : undefined);
  };
}

function sayings(outbox: Outbox): Pick<Visit, "setCursor" | "setView" | "setTyping" | "broadcast"> {
  return {
    setCursor: (cursor) =>
      outbox.say(
        "cursor",
        cursor ? [3, anchorHash(cursor.anchor ?? ""), toFraction(cursor.x), toFraction(cursor.y)] : [4],
      ),
    setView: (top, bottom) => outbox.say("view", [8, toFraction(top), toFraction(bottom), 0]),
    setTyping: (where) => outbox.say("typing", [5, where]),
    broadcast: (name, data) => outbox.raise([6, name, data ? JSON.stringify(data) : ""]),
  };
}

function resolve({ url, room, key = "", token }: RoomOptions): RoomSocketPorts["resolved"] {
  const address = addressOf(url, room);
  return {
    server: url,
    socketUrl: `${address.replace(/^http/, "ws")}/connect`,
    httpUrl: `${address}/count`,
    source: token ?? key,
    WebSocket: undefined,
    person: undefined,
    hasToken: token !== undefined,
  };
}
