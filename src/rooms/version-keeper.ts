/**
 * Which snapshots become versions, and what of that goes where: bytes to R2, the rest into the transaction of the snapshot. Rules RV1–RV4.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";
import type { Version } from "../protocol/version.ts";
import { type VersionMessage, versionEvent } from "../queue/messages.ts";
import { type Carried, type LastVersion, readCarried } from "./carried.ts";
import type { CompactionContext } from "./document-compactor.ts";
import type { KeptVersion, VersionOrder } from "./room-api-history.ts";
import { editorsUpTo, writersSince } from "./version-writers.ts";

/** Versions that D1 has not confirmed yet. Where it is away for days the outbox must not grow for ever. */
export const MAX_WAITING_VERSIONS = 1_000;

/** What somebody asks for, under their name. */
export type OrderedVersion = VersionOrder & { readonly user: string };

export type Noted = {
  readonly kept: KeptVersion;
  readonly carried: Pick<Carried, "lastVersion" | "lastNamedMs" | "lastAutoMs" | "writers">;
};

export type VersionBytes = { readonly seq: number; readonly version: Version; readonly bytes: Uint8Array };

const AUTOMATIC: OrderedVersion = { kind: "auto", name: "", user: "" };

export class VersionKeeper {
  readonly #context: CompactionContext;

  constructor(context: CompactionContext) {
    this.#context = context;
  }

  /** Bytes into R2, where somebody asks for it or the interval is over. Undefined: no version. What becomes of it {@link note} says. */
  async store(
    { seq, version, bytes }: VersionBytes,
    order: OrderedVersion | undefined,
  ): Promise<KeptVersion | undefined> {
    const { storage, versions, address, config } = this.#context;
    const nowMs = Date.now();
    const { lastVersion, lastAutoMs } = readCarried(storage);
    const isDue = lastVersion?.version !== version && nowMs - (lastAutoMs ?? 0) >= config.versionIntervalMs;
    const isFull = storage.outbox.stats().rows >= MAX_WAITING_VERSIONS;
    if (order === undefined && (!isDue || isFull)) return undefined;
    const editors = editorsUpTo(seq, writersSince(storage));
    const { kind, name } = order ?? AUTOMATIC;
    const put = await versions.put(address, version, bytes, { kind, name, isPinned: false, createdMs: nowMs });
    if (!put.ok) throw new Error(put.error.reason);
    const fresh: LastVersion = { ...AUTOMATIC, version, createdMs: nowMs, editors, bytes: put.value };
    return { ...orderedAs(fresh, order ?? AUTOMATIC), namedMs: nowMs };
  }

  /** Inside a transaction: the version as it is then, what is carried of it, and its event. */
  note(stored: KeptVersion): Noted {
    const { storage, address, roomName } = this.#context;
    const kept = withSame(storage, stored);
    const { namedMs, ...entry } = kept;
    const { kind: versionKind, ...facts } = entry;
    const head = { v: 1, kind: "version", project: address.project, id: address.id, room: roomName } as const;
    const version = versionEvent(entry.version, namedMs);
    // Rows of this kind go when D1 has them: what is left and older may come there later than this one.
    const waiting = storage.outbox
      .due(Infinity)
      .filter((event) => event.kind === "version" && event.version !== version);
    const after = waiting.toSorted((one, other) => one.key - other.key).at(-1)?.version ?? null;
    const message: VersionMessage = { ...head, ...facts, versionKind, namedMs, after };
    storage.outbox.put({ kind: "version", version, body: JSON.stringify(message), createdMs: Date.now() });
    const { lastVersion, lastAutoMs, writers } = readCarried(storage);
    const isNewest = lastVersion === undefined || entry.version >= lastVersion.version;
    const newest = isNewest ? { lastVersion: entry, lastNamedMs: namedMs } : {};
    const autoMs = versionKind === "auto" ? Math.max(entry.createdMs, lastAutoMs ?? 0) : lastAutoMs;
    return { kept, carried: { lastAutoMs: autoMs, writers, ...newest } };
  }
}

/**
 * What somebody else made of the same content counts, also while these bytes were on their way. No two names of a version are of the
 * same moment: of those D1 would keep either.
 */
function withSame(storage: DocumentStorage, stored: KeptVersion): KeptVersion {
  const { lastVersion, lastNamedMs = 0 } = readCarried(storage);
  if (lastVersion?.version !== stored.version) return stored;
  return { ...orderedAs(lastVersion, stored), namedMs: Math.max(stored.namedMs, lastNamedMs + 1) };
}

/** What a version is once somebody asks for it too: a name counts, and the newer one; nothing makes it automatic again. */
export function orderedAs(version: LastVersion, { kind, name, user }: OrderedVersion): LastVersion {
  if (kind === "named") return { ...version, kind, name, user };
  return version.kind === "auto" ? { ...version, kind, user } : version;
}
