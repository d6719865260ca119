/**
 * Everything that can be done to a storage, at random, together with what it does to a model in plain arrays.
 * @module
 */
import fc from "fast-check";
import {
  EACH_COUNTS,
  type DocumentMeta,
  type DocumentStorage,
  type LogRow,
  type OutboxEvent,
  type StampedUpdate,
  type Task,
} from "../../src/core/ports.ts";

export const LATER_MS = Number.MAX_SAFE_INTEGER;
const USERS = ["alice", "bob", "carol"];
const NEW_META: DocumentMeta = {
  epoch: 0,
  createdMs: 0,
  snapshotSeq: 0,
  historySeq: 0,
  deletedMs: null,
  summary: "{}",
  lock: "open",
};
const TASKS = ["compact", "snapshot", "outbox", "sweep", "tokens", "erase"] as const;

export type Event = Omit<OutboxEvent, "key">;
export type Model = {
  rows: LogRow[];
  lastSeq: number;
  /** By first appearance, as sender or author. */
  people: string[];
  parts: { seq: number; bytes: Uint8Array[]; deleteSet: Uint8Array } | undefined;
  meta: DocumentMeta | undefined;
  tasks: Task[];
  outbox: Event[];
  authors: [number, string][];
  quarantined: number;
};
/** One step, done to the storage and to the model. Throws in both or in neither. */
export type Step = { readonly storage: (storage: DocumentStorage) => void; readonly model: (model: Model) => void };

export const EMPTY: Model = {
  rows: [],
  lastSeq: 0,
  people: [],
  parts: undefined,
  meta: undefined,
  tasks: [],
  outbox: [],
  authors: [],
  quarantined: 0,
};

function meet(model: Model, user: string): void {
  if (!model.people.includes(user)) model.people.push(user);
}

const bytes = fc.uint8Array({ maxLength: 300 });
const user = fc.constantFrom(...USERS);
const timeMs = fc.integer({ min: 1, max: 2 ** 41 });
const updates: fc.Arbitrary<StampedUpdate[]> = fc.array(fc.record({ user, update: bytes }), {
  minLength: 1,
  maxLength: 3,
});
const kind = fc.constantFrom("summary" as const, "deleted" as const, "version" as const);

function isCovered(event: Event, of: Event["kind"], version: string): boolean {
  return event.kind === of && (EACH_COUNTS.has(of) ? event.version === version : event.version <= version);
}

const version = fc.integer({ min: 1, max: 20 }).map((seq) => `00000001-${String(seq).padStart(12, "0")}`);

const append = fc.tuple(updates, timeMs).map(([added, atMs]): Step => ({
  storage: (storage) => void storage.log.append(added, atMs),
  model: (model) => {
    model.lastSeq += 1;
    for (const one of added) meet(model, one.user);
    model.rows.push({ seq: model.lastSeq, firstSeq: model.lastSeq, atMs, updates: added });
  },
}));

const replace = fc.tuple(fc.nat(9), fc.nat(3), updates, timeMs).map(([from, more, merged, atMs]): Step => ({
  storage: ({ log }) => {
    const rows = [...log.readSince(0)].slice(from, from + more + 1);
    const [first, last] = [rows.at(0), rows.at(-1)];
    if (first === undefined || last === undefined) return;
    log.replace(first.seq, { seq: last.seq, firstSeq: first.firstSeq, atMs, updates: merged });
  },
  model: (model) => {
    const rows = model.rows.slice(from, from + more + 1);
    const [first, last] = [rows.at(0), rows.at(-1)];
    if (first === undefined || last === undefined) return;
    for (const one of merged) meet(model, one.user);
    model.rows.splice(from, rows.length, { seq: last.seq, firstSeq: first.firstSeq, atMs, updates: merged });
  },
}));

const deleteThrough = fc.nat(12).map((seq): Step => ({
  storage: ({ log }) => log.deleteThrough(seq),
  model: (model) => {
    model.rows = model.rows.filter((row) => row.seq > seq);
  },
}));

const compact = fc
  .tuple(fc.array(bytes, { maxLength: 5 }), bytes, fc.nat(12), fc.nat(3))
  .map(([parts, deleteSet, seq, keep]): Step => ({
    storage: (storage) => {
      const kept = Math.min(keep, storage.parts.info()?.count ?? 0);
      storage.parts.replace(parts, { seq, stateVector: Uint8Array.of(0), deleteSet }, kept);
    },
    model: (model) => {
      model.parts = { seq, bytes: [...(model.parts?.bytes.slice(0, keep) ?? []), ...parts], deleteSet };
      model.lastSeq = Math.max(model.lastSeq, seq);
    },
  }));

const task = fc.tuple(fc.constantFrom(...TASKS), timeMs, fc.constantFrom("ensure", "set", "clear"), fc.nat(6));
const schedule = task.map(([name, dueMs, action, attempts]): Step => ({
  storage: ({ tasks }) => {
    if (action === "ensure") tasks.ensureBy(name, dueMs);
    else if (action === "set") tasks.setDue(name, dueMs, attempts);
    else tasks.clear(name);
  },
  model: (model) => {
    const found = model.tasks.find((one) => one.name === name);
    const isRetry = found !== undefined && found.attempts > 0 && name !== "sweep";
    if (action === "ensure" && (isRetry || (found !== undefined && found.dueMs <= dueMs))) return;
    model.tasks = model.tasks.filter((one) => one.name !== name);
    if (action !== "clear") model.tasks.push({ name, dueMs, attempts: action === "set" ? attempts : 0 });
  },
}));

const put = fc.tuple(kind, version, fc.string(), timeMs).map(([of, at, body, createdMs]): Step => ({
  storage: ({ outbox }) => outbox.put({ kind: of, version: at, body, createdMs }),
  model: (model) => {
    if (!EACH_COUNTS.has(of) && model.outbox.some((event) => event.kind === of && event.version > at)) return;
    const event = { kind: of, version: at, body, createdMs, dueMs: createdMs, attempts: 0 };
    model.outbox = [...model.outbox.filter((one) => !isCovered(one, of, at)), event];
  },
}));

const postpone = fc.tuple(kind, timeMs).map(([of, dueMs]): Step => ({
  storage: ({ outbox }) => {
    for (const event of outbox.due(LATER_MS)) if (event.kind === of) outbox.postpone(event.key, dueMs);
  },
  model: (model) => {
    const later = (event: Event) => (event.kind === of ? { ...event, dueMs, attempts: event.attempts + 1 } : event);
    model.outbox = model.outbox.map(later);
  },
}));

const confirm = fc.tuple(kind, version).map(([of, at]): Step => ({
  storage: ({ outbox }) => outbox.confirm(of, at),
  model: (model) => {
    model.outbox = model.outbox.filter((event) => !isCovered(event, of, at));
  },
}));

const record = fc.array(fc.tuple(fc.nat(9), user), { maxLength: 3 }).map((pairs): Step => ({
  storage: ({ authors }) => authors.record(pairs),
  model: (model) => {
    for (const [client, by] of pairs) {
      if (model.authors.some(([known]) => known === client)) continue;
      model.authors.push([client, by]);
      meet(model, by);
    }
  },
}));

const setAside = fc.tuple(fc.nat(9), user, bytes).map(([seq, by, update]): Step => ({
  storage: ({ quarantine }) => quarantine.put(seq, { user: by, update }, "bad"),
  model: (model) => {
    model.quarantined += 1;
  },
}));

const lock = fc.constantFrom("open", "read", "closed");
const note = fc.record(
  { epoch: fc.nat(3), deletedMs: fc.option(timeMs), summary: fc.json(), lock },
  { requiredKeys: [] },
);
const writeMeta = note.map((change): Step => ({
  storage: ({ meta }) => meta.write(change),
  model: (model) => {
    model.meta = { ...NEW_META, ...model.meta, ...change };
  },
}));

const clear = fc.constant<Step>({
  storage: (storage) => storage.clear(),
  model: (model) => {
    Object.assign(model, structuredClone({ ...EMPTY, lastSeq: model.lastSeq, meta: model.meta }));
  },
});

export const single = fc.oneof(
  { arbitrary: append, weight: 6 },
  { arbitrary: clear, weight: 1 },
  ...[replace, deleteThrough, compact, schedule, put, postpone, confirm, record, setAside, writeMeta].map(
    (arbitrary) => ({
      arbitrary,
      weight: 2,
    }),
  ),
);
