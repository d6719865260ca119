/**
 * One document: the Durable Object class. It wires the parts and answers RPC; the work is in the parts.
 * @module
 */
import { loadConfig } from "../config.ts";
import type { Dialect, RoomMessage } from "../core/events.ts";
import type { Env } from "../env.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type Version, formatVersion } from "../protocol/version.ts";
import type { DeletedMessage } from "../queue/messages.ts";
import { openDocumentStorage } from "../storage/room/document-storage.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import type { DocumentAttachment } from "./attachment.ts";
import { CallerRates, tooFast } from "./caller-rates.ts";
import { ContentReads } from "./content-reads.ts";
import { DocumentBehaviour } from "./document-behaviour.ts";
import { type DocumentContext, type DocumentShell, currentVersion } from "./document-context.ts";
import { DocumentSaver } from "./document-saver.ts";
import { DocumentTasks } from "./document-tasks.ts";
import { describeRoom } from "./description.ts";
import { FirstTouch } from "./first-touch.ts";
import { JoinedUsers } from "./joined-users.ts";
import { logRoom } from "./log.ts";
import { OutboxDrain } from "./outbox-drain.ts";
import type {
  Asker,
  Caller,
  ContentFormat,
  DocumentContent,
  DocumentRoomApi,
  KickTarget,
  LockMode,
  Reader,
  RoomDescription,
  RoomProblem,
} from "./room-api.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import { documentDialect } from "./document-dialects.ts";
import { addressOf } from "./room-address.ts";
import { RoomObject, type RoomPorts } from "./room-object.ts";
import type { DocumentSocket } from "./sockets.ts";

type Wired = {
  readonly context: DocumentContext;
  readonly behaviour: DocumentBehaviour;
  readonly tasks: DocumentTasks;
  readonly firstTouch: FirstTouch;
  readonly rates: CallerRates;
};

export class DocumentRoom extends RoomObject<RoomMessage, Dialect, DocumentAttachment> implements DocumentRoomApi {
  readonly #wired: Wired;

  constructor(ctx: DurableObjectState, env: Env, ports: RoomPorts) {
    const wirings: Wired[] = [];
    const makeBehaviour = (shell: DocumentShell) => {
      const wired = wire(shell, ports);
      wirings.push(wired);
      return wired.behaviour;
    };
    super(ctx, env, { dialectOf: documentDialect, makeBehaviour, ports });
    const [wired] = wirings;
    if (wired === undefined) throw new Error("the base class makes the behaviour");
    this.#wired = wired;
  }

  async describe(asker: Asker): Promise<Result<RoomDescription, RoomProblem>> {
    const found = await this.#findFor(asker);
    if (!found.ok) return found;
    const { context, behaviour, tasks } = this.#wired;
    return ok(describeRoom(context, behaviour.room, tasks));
  }

  async readContent(format: ContentFormat, reader: Reader): Promise<Result<DocumentContent, RoomProblem>> {
    const found = await this.#findFor(reader);
    if (!found.ok) return found;
    const { context, behaviour, rates } = this.#wired;
    const bytes = behaviour.room.document.bytes();
    if (format !== "update" && bytes > MAX_HYDRATE_BYTES) {
      return err({ tag: "too-large", limitBytes: MAX_HYDRATE_BYTES });
    }
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    const { version, body, isBuilt } = context.content.read(format);
    rates.noteAnswered(reader, isBuilt ? Math.max(bytes, body.length) : body.length, Date.now());
    return ok({ version, body });
  }

  async applyUpdate(
    update: Uint8Array,
    caller: Caller,
  ): Promise<Result<{ readonly version: Version; readonly changed: boolean }, RoomProblem>> {
    const { context, behaviour, rates } = this.#wired;
    const { user, limits } = caller;
    if (update.length > limits.frameBytes) {
      context.refusals.add("frameBytes");
      return err({ tag: "too-large", limitBytes: limits.frameBytes });
    }
    if (!rates.maySend(caller, update.length, Date.now())) {
      context.refusals.add("syncBytesPerSecond");
      return err(tooFast("syncBytesPerSecond"));
    }
    const admitted = await behaviour.admission.admitCaller(caller);
    if (!admitted.ok) return admitted;
    if (!rates.mayBring(caller, update.length, Date.now())) {
      context.refusals.add("roomBytesPerSecond");
      return err(tooFast("roomBytesPerSecond"));
    }
    const submitted = behaviour.room.submit(update, { user, maxBytes: limits.documentBytes });
    if (!submitted.ok) return submitted;
    if (submitted.value.kind === "gap") {
      return err({ tag: "missing-dependencies", stateVector: behaviour.room.document.stateVector() });
    }
    // Not paced: the answer says that it is a row.
    const flushed = behaviour.flushNow();
    if (!flushed) return err({ tag: "unavailable", reason: "storage is not writable" });
    this.noticeActivity();
    return ok({ version: currentVersion(context.storage), changed: submitted.value.kind === "accepted" });
  }

  async kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>> {
    const isMeant = ({ ticket }: DocumentSocket): boolean =>
      "session" in target ? ticket.session === target.session : ticket.grant.user === target.user;
    return ok({ closed: this.#wired.behaviour.kick(isMeant, reason) });
  }

  async setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>> {
    const found = await this.#find();
    if (!found.ok) return found;
    const { behaviour, context } = this.#wired;
    // What waits was written in time; the answer says that nothing is written any more.
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    behaviour.room.rights.setLock(mode, Date.now());
    behaviour.settle();
    logRoom("lock", context.roomName, { mode });
    return ok({ mode });
  }

  async erase(): Promise<Result<{ readonly version: Version }, RoomProblem>> {
    const { context, behaviour, firstTouch } = this.#wired;
    const found = await firstTouch.find();
    if (!found.ok) return found;
    const { storage, address, roomName } = context;
    if (found.value.deletedMs !== null) {
      behaviour.armOnce();
      return ok({ version: currentVersion(storage) });
    }
    const deletedMs = Date.now();
    // Above every version that was ever given, so that no late summary outlives it.
    const seq = storage.log.lastSeq() + 1;
    const version = formatVersion({ epoch: found.value.epoch, seq });
    const message: DeletedMessage = {
      v: 1,
      kind: "deleted",
      project: address.project,
      id: address.id,
      room: roomName,
      version,
      deletedMs,
    };
    // What waits behind a commit in flight must not become a row after the tables are empty.
    behaviour.room.discard();
    behaviour.closeAll("deleted");
    storage.transaction(() => {
      storage.clear();
      storage.meta.write({ deletedMs, snapshotSeq: seq, historySeq: 0, summary: "", lock: "open" });
      storage.tasks.setDue("erase", deletedMs, 0);
      storage.outbox.put({ kind: "deleted", version, body: JSON.stringify(message), createdMs: deletedMs });
    });
    behaviour.room.document.forget();
    context.content.forget();
    behaviour.room.rights.forget();
    behaviour.arm();
    logRoom("erased", roomName, { version });
    return ok({ version });
  }

  async confirmStored(kind: "summary" | "deleted", version: Version): Promise<void> {
    this.#wired.context.storage.outbox.confirm(kind, version);
  }

  async #findFor({ isAdmin }: Asker): Promise<Result<void, RoomProblem>> {
    const found = await this.#find();
    if (!found.ok || isAdmin) return found;
    return this.#wired.behaviour.room.rights.lock === "closed" ? err({ tag: "locked" }) : found;
  }

  async #find(): Promise<Result<void, RoomProblem>> {
    const found = await this.#wired.firstTouch.find();
    if (!found.ok) return found;
    if (found.value.deletedMs === null) return ok(undefined);
    this.#wired.behaviour.armOnce();
    return err({ tag: "deleted" });
  }
}

function wire(shell: DocumentShell, { reauthenticate }: RoomPorts): Wired {
  const { ctx, env, sockets, roomName } = shell;
  const storage = openDocumentStorage(ctx.storage);
  const context: DocumentContext = {
    roomName,
    address: addressOf(roomName),
    config: loadConfig(env),
    storage,
    content: new ContentReads(storage),
    snapshots: new SnapshotStore(env.SNAPSHOTS),
    events: env.EVENTS,
    sockets,
    refusals: new RefusalCounts(roomName),
    joined: new JoinedUsers({
      ...{ roomName, crowd: sockets.crowd, events: env.EVENTS },
      retryAfter: (delayMs) => {
        if (storage.tasks.ensureBy("joined", Date.now() + delayMs)) behaviour.arm();
      },
    }),
    reauthenticate: async (shown) => await reauthenticate(env, shown),
    durable: async () => await ctx.storage.sync(),
  };
  const firstTouch = new FirstTouch(context, () => behaviour.arm());
  const behaviour = new DocumentBehaviour(shell, context, firstTouch);
  const saver = new DocumentSaver(context, behaviour);
  const tasks = new DocumentTasks(context, behaviour, saver, new OutboxDrain(context));
  behaviour.attachTasks(tasks);
  return { context, behaviour, tasks, firstTouch, rates: new CallerRates(behaviour.room.bytes) };
}
