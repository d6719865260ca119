/**
 * Users, authors, and who wrote what struct by struct, for the twin of storage/room.
 * @module
 */
import type { AttributionRebuild, AttributionStore, AuthorStore, Stamp } from "../../src/core/ports.ts";

/** Single structs, by client and clock. */
export type Stamps = ReadonlyMap<number, ReadonlyMap<number, Pick<Stamp, "user" | "atMs">>>;

/** The tables about people. */
export type Stamped = {
  readonly senders: readonly string[];
  readonly authors: ReadonlyMap<number, string>;
  readonly stamps: Stamps;
  readonly rebuild: AttributionRebuild | undefined;
};

export type PeopleTables = {
  readonly read: () => Stamped;
  readonly write: (change: Partial<Stamped>) => void;
  /** Makes a user one of the senders. */
  readonly meet: (user: string) => void;
};

export const NO_STAMPS: Stamped = { senders: [], authors: new Map(), stamps: new Map(), rebuild: undefined };

export function memoryAuthors({ read, write, meet }: PeopleTables): AuthorStore {
  return {
    record: (pairs) => {
      const authors = new Map(read().authors);
      for (const [client, user] of pairs) {
        if (authors.has(client)) continue;
        meet(user);
        authors.set(client, user);
      }
      write({ authors });
    },
    users: (limit) => {
      const users = new Set(read().authors.values());
      return read()
        .senders.filter((user) => users.has(user))
        .reverse()
        .slice(0, limit);
    },
    read: () => [...read().authors].sort(([one], [other]) => one - other),
  };
}

export function memoryAttribution({ read, write, meet }: PeopleTables): AttributionStore {
  return {
    record: (added) => write({ stamps: addStamps(read().stamps, added, meet) }),
    read: () => joinStamps(read().stamps),
    rebuild: () => read().rebuild,
    noteRebuild: (rebuild) => write({ rebuild }),
  };
}

/** What is there stays. `meet` hears of everybody who is new to some struct. */
export function addStamps(stamps: Stamps, added: Iterable<Stamp>, meet: (user: string) => void): Stamps {
  const all = new Map(stamps);
  for (const { client, clock, length, user, atMs } of added) {
    const own = new Map(all.get(client));
    for (let at = clock; at < clock + length; at += 1) {
      if (own.has(at)) continue;
      meet(user);
      own.set(at, { user, atMs });
    }
    all.set(client, own);
  }
  return all;
}

/** By client and clock, neighbours of the same user and time as one. */
export function joinStamps(stamps: Stamps): readonly Stamp[] {
  const joined: Stamp[] = [];
  for (const [client, own] of [...stamps].sort(([one], [other]) => one - other)) {
    for (const [clock, { user, atMs }] of [...own].sort(([one], [other]) => one - other)) {
      const last = joined.at(-1);
      const continues = last?.client === client && last.clock + last.length === clock;
      if (continues && last.user === user && last.atMs === atMs) {
        joined[joined.length - 1] = { ...last, length: last.length + 1 };
      } else {
        joined.push({ client, clock, length: 1, user, atMs });
      }
    }
  }
  return joined;
}
