/**
 * Who is in a room, as its server tells it.
 * @module
 */
import { type ActorId, type Face, PERSON_STATUSES } from "../../src/protocol/presence-messages.ts";
import { fromFraction } from "../presence/anchor.ts";
import type { Counts, CursorPoint, Other } from "../presence/index.ts";
import type { Heard } from "../presence/wire.ts";

/** What is not kept anywhere: it is shown as it comes. Empty: cursors moved. */
export type News = {
  readonly actor?: ActorId;
  readonly name?: string;
  readonly data?: unknown;
  readonly times?: number;
};

export type People = {
  readonly others: Map<ActorId, Other>;
  readonly cursors: Map<ActorId, CursorPoint>;
  /** When who types was heard to, on the clock of `performance`. */
  readonly typedMs: Map<ActorId, number>;
  counts: Counts | undefined;
  /** 0: nobody yet, or nobody who is shown. */
  actor: ActorId;
  /** How others see this visitor. */
  user: Face;
  /** Everybody; `isAll`: and how many there are, this visitor too. */
  readonly forget: (isAll?: boolean) => void;
  /** Takes in what is about people; the rest is left to the visit. */
  readonly learn: (message: Heard) => void;
};

export function makePeople(user: Face, hear: (news: News) => void, counts?: Counts): People {
  const others = new Map<ActorId, Other>();
  const cursors = new Map<ActorId, CursorPoint>();
  const typedMs = new Map<ActorId, number>();
  const all = [others, cursors, typedMs];

  const change = (who: ActorId, fields: Partial<Other>) => {
    const other = others.get(who);
    if (other) others.set(who, { ...other, ...fields });
  };
  const point = (who: ActorId, anchor: number, x: number, y: number) => {
    if (others.has(who)) cursors.set(who, { anchor, x: fromFraction(x), y: fromFraction(y) });
  };
  const forget = (isAll?: boolean) => {
    for (const known of all) known.clear();
    if (!isAll) return;
    people.counts = undefined;
    people.actor = 0;
  };

  const learn = (message: Heard) => {
    const who = Number(message[1]);
    switch (message[0]) {
      case 1: {
        const { cursor, ...person } = message[2];
        if (who === people.actor) {
          people.user = person.user;
          break;
        }
        others.set(who, { ...person, actor: who });
        typedMs.set(who, performance.now());
        cursors.delete(who);
        if (cursor) point(who, cursor.anchor, cursor.x, cursor.y);
        break;
      }
      case 2: // left
        for (const known of all) known.delete(who);
        break;
      case 6: // gone
        cursors.delete(who);
        break;
      case 4: // cursor
        point(who, cursors.get(who)?.anchor ?? 0, message[2], message[3]);
        break;
      case 5: // anchor
        point(who, message[2], message[3], message[4]);
        break;
      case 7:
        change(who, { typing: message[2] });
        typedMs.set(who, performance.now());
        break;
      case 8: // event
        hear({ actor: who, name: message[2], data: message[3] && JSON.parse(message[3]) });
        break;
      case 9:
        change(who, { status: PERSON_STATUSES[message[2]] ?? "active" });
        break;
      case 10:
        people.counts = { people: who, connections: message[2] };
        break;
      case 12: // tally
        hear({ name: message[1], times: message[2] });
        break;
      default:
    }
  };

  const people: People = { others, cursors, typedMs, counts, actor: 0, user, forget, learn };
  return people;
}
