/**
 * What each frame of a client does in each situation of its socket, in every dialect of documents, written out.
 * @module
 */
import { SITUATIONS, type Situation } from "./access-situations.ts";
import { DIALECTS, type Dialect } from "./access-sockets.ts";

/**
 * Columns: the scopes of the token (one beside `read`, or all of them); `locked`: all but admin, in a room that is locked to `read`;
 * `expired`: all, and the token ran out 31 s ago; `kicked`: all, and an administrator has removed its user; `closed`: all but admin, in a
 * room that was closed; `raised`, `lowered`: `read` and all, and then a fresh token with all and with `read`, or in families that show
 * none all but admin, in a room that was locked to `read` when they came, and is open again or not.
 * saved: in the document, and acknowledged where the dialect does; refused: not in it, and told so; waits: neither, nor told; shown,
 * unseen: to newcomers; told, untold: others; marked: with the same mark; renewed: its rights are those of the token it sent; readonly: those, less what
 * the lock takes; denied:
 * in its own words, and the socket stays; nothing: no answer; a number: the socket is closed with it; -: cannot be.
 */
const TABLES: Readonly<Record<Dialect, string>> = {
  roost: `
frame            read      presence  write     history   admin     all       locked    expired   kicked    closed    raised    lowered
hello            welcome   welcome   welcome   welcome   welcome   welcome   welcome   -         -         -         -         -
sync-step-1      document  document  document  document  document  document  document  document  4403      4403      document  document
sync-step-2      refused   refused   saved     refused   refused   saved     refused   waits     4403      4403      saved     refused
update           refused   refused   saved     refused   refused   saved     refused   waits     4403      4403      saved     refused
awareness        unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403      shown     unseen
received         nothing   nothing   nothing   nothing   nothing   nothing   nothing   nothing   4403      4403      nothing   nothing
token            renewed   renewed   renewed   renewed   renewed   renewed   renewed   renewed   4403      4403      renewed   renewed
bye              1000      1000      1000      1000      1000      1000      1000      1000      4403      4403      1000      1000`,

  // A stock client that may not write any more cannot keep what it types: it is closed, and comes back with a fresh token.
  "y-websocket": `
frame            read      presence  write     history   admin     all       locked    expired   kicked    closed    raised    lowered
sync-step-1      document  document  document  document  document  document  document  document  4403      4403      document  document
sync-step-2      refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
update           refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
awareness        unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403      shown     shown
query-awareness  presence  presence  presence  presence  presence  presence  presence  presence  4403      4403      presence  presence`,

  "y-partyserver": `
frame            read      presence  write     history   admin     all       locked    expired   kicked    closed    raised    lowered
sync-step-1      document  document  document  document  document  document  document  document  4403      4403      document  document
sync-step-2      refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
update           refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
awareness        unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403      shown     shown
query-awareness  presence  presence  presence  presence  presence  presence  presence  presence  4403      4403      presence  presence
custom           untold    told      told      untold    untold    told      told      told      4403      4403      told      told
text             4400      4400      4400      4400      4400      4400      4400      4400      4403      4403      4400      4400`,

  hocuspocus: `
frame            read      presence  write     history   admin     all       locked    expired   kicked    closed    raised    lowered
sync-step-1      document  document  document  document  document  document  document  document  4403      4403      document  document
sync-step-2      refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
update           refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
awareness        unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403      shown     unseen
query-awareness  presence  presence  presence  presence  presence  presence  presence  presence  4403      4403      presence  presence
auth             renewed   renewed   renewed   renewed   renewed   renewed   readonly  renewed   4403      4403      renewed   renewed
custom           untold    told      told      untold    untold    told      told      told      4403      4403      told      untold
bye              1000      1000      1000      1000      1000      1000      1000      1000      4403      4403      1000      1000
sync-reply       4400      4400      4400      4400      4400      4400      4400      4400      4403      4403      4400      4400
broadcast        4400      4400      4400      4400      4400      4400      4400      4400      4403      4403      4400      4400
sync-status      4400      4400      4400      4400      4400      4400      4400      4400      4403      4403      4400      4400
ping             nothing   nothing   nothing   nothing   nothing   nothing   nothing   nothing   4403      4403      nothing   nothing
pong             nothing   nothing   nothing   nothing   nothing   nothing   nothing   nothing   4403      4403      nothing   nothing
auth-elsewhere   denied    denied    denied    denied    denied    denied    denied    denied    4403      4403      denied    denied
update-elsewhere nothing   nothing   nothing   nothing   nothing   nothing   nothing   nothing   4403      4403      nothing   nothing`,

  // Its mark stands behind each of its edits, and calls none saved that is not.
  "y-sweet": `
frame            read      presence  write     history   admin     all       locked    expired   kicked    closed    raised    lowered
sync-step-1      document  document  document  document  document  document  document  document  4403      4403      document  document
sync-step-2      refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
update           refused   refused   saved     refused   refused   saved     refused   4501      4403      4403      saved     refused
awareness        unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403      shown     shown
awareness-answer unseen    shown     unseen    unseen    unseen    shown     shown     shown     4403      4403      shown     shown
query-awareness  presence  presence  presence  presence  presence  presence  presence  presence  4403      4403      presence  presence
checkpoint       marked    marked    marked    marked    marked    marked    marked    marked    4403      4403      marked    marked`,
};

export type Column = {
  readonly dialect: Dialect;
  readonly situation: Situation;
  /** By the name of the frame; without those that cannot be. */
  readonly outcomes: ReadonlyMap<string, string>;
};

/** Its head, and the frame of each line. */
export function namesIn(dialect: Dialect): {
  readonly situations: readonly string[];
  readonly frames: readonly string[];
} {
  const [head = [], ...rows] = linesOf(dialect);
  return { situations: head.slice(1), frames: rows.map(([frame = ""]) => frame) };
}

export const COLUMNS: readonly Column[] = DIALECTS.flatMap((dialect) =>
  SITUATIONS.map((situation, index) => {
    const all = linesOf(dialect).slice(1);
    const possible = all.filter((line) => line[index + 1] !== "-");
    return { dialect, situation, outcomes: new Map(possible.map((line) => [line[0] ?? "", line[index + 1] ?? ""])) };
  }),
);

function linesOf(dialect: Dialect): readonly (readonly string[])[] {
  return TABLES[dialect]
    .trim()
    .split("\n")
    .map((line) => line.split(/ +/));
}
