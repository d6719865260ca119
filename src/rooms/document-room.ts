/**
 * One document: the Durable Object class. It wires the parts and answers RPC; the work is in the parts.
 * @module
 */
import type { DocumentBlame, DocumentDiff } from "../core/versions/shapes.ts";
import type { Dialect, RoomMessage } from "../core/events.ts";
import type { Env } from "../env.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import type { DocumentAttachment } from "./attachment.ts";
import { tooFast } from "./caller-rates.ts";
import type { DocumentShell } from "./document-context.ts";
import { documentDialect } from "./document-dialects.ts";
import { eraseDocument, erasureOf } from "./document-erase.ts";
import { type WiredDocument, wireDocument } from "./document-wiring.ts";
import { describeRoom } from "./description.ts";
import { logRoom } from "./log.ts";
import type {
  Asker,
  Caller,
  ContentFormat,
  DocumentContent,
  DocumentErasure,
  DocumentRoomApi,
  ForgottenPage,
  KickTarget,
  LockMode,
  Reader,
  RoomDescription,
  RoomProblem,
} from "./room-api.ts";
import type {
  Activity,
  AnchorOrder,
  DocumentEdit,
  DocumentHistoryApi,
  EditOptions,
  ForkedFrom,
  HistoryPage,
  HistoryRange,
  KeptVersion,
  MergeBase,
  Restored,
  Seed,
  TreeFormat,
  VersionFormat,
  VersionOrder,
  VersionRef,
  Written,
} from "./room-api-history.ts";
import { RoomObject, type RoomPorts } from "./room-object.ts";
import type { DocumentSocket } from "./sockets.ts";

export class DocumentRoom
  extends RoomObject<RoomMessage, Dialect, DocumentAttachment>
  implements DocumentRoomApi, DocumentHistoryApi
{
  readonly #wired: WiredDocument;

  constructor(ctx: DurableObjectState, env: Env, ports: RoomPorts) {
    const wirings: WiredDocument[] = [];
    const makeBehaviour = (shell: DocumentShell) => {
      const wired = wireDocument(shell, ports);
      wirings.push(wired);
      return wired.behaviour;
    };
    super(ctx, env, { dialectOf: documentDialect, makeBehaviour, ports });
    const [wired] = wirings;
    if (wired === undefined) throw new Error("the base class makes the behaviour");
    this.#wired = wired;
  }

  async describe(asker: Asker): Promise<Result<RoomDescription, RoomProblem>> {
    const found = await this.#wired.desk.findFor(asker);
    if (!found.ok) return found;
    const { context, behaviour, tasks } = this.#wired;
    return ok(describeRoom(context, behaviour.room, tasks));
  }

  async readContent(format: ContentFormat, reader: Reader): Promise<Result<DocumentContent, RoomProblem>> {
    const found = await this.#wired.desk.findFor(reader);
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

  async applyUpdate(update: Uint8Array, caller: Caller, ifEmpty = false): Promise<Result<Written, RoomProblem>> {
    return this.#noted(await this.#wired.desk.submit(update, caller, ifEmpty));
  }

  async kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>> {
    const isMeant = ({ ticket }: DocumentSocket): boolean =>
      "session" in target ? ticket.session === target.session : ticket.grant.user === target.user;
    return ok({ closed: this.#wired.behaviour.kick(isMeant, reason) });
  }

  async admitBody(bytes: number, caller: Caller): Promise<Result<null, RoomProblem>> {
    return await this.#wired.desk.admitBody(bytes, caller);
  }

  async forgetUser(user: string, cursor: string | null): Promise<Result<ForgottenPage, RoomProblem>> {
    return await this.#wired.traces.forget(user, cursor);
  }

  async setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>> {
    const found = await this.#wired.desk.find();
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
    return await eraseDocument(this.#wired);
  }

  async erasure(): Promise<Result<DocumentErasure, RoomProblem>> {
    return await erasureOf(this.#wired);
  }

  async confirmStored(kind: "summary" | "deleted" | "version", event: string): Promise<void> {
    this.#wired.context.storage.outbox.confirm(kind, event);
  }

  async createVersion(order: VersionOrder, caller: Caller): Promise<Result<KeptVersion, RoomProblem>> {
    return await this.#wired.versions.create(order, caller);
  }

  async readVersion(
    version: Version,
    format: VersionFormat,
    reader: Reader,
  ): Promise<Result<DocumentContent, RoomProblem>> {
    return await this.#wired.versions.read(version, format, reader);
  }

  async diffVersions(from: VersionRef, to: VersionRef, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>> {
    return await this.#wired.versions.diff(from, to, reader);
  }

  async previewMerge(seed: Seed, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>> {
    return await this.#wired.forks.preview(seed, reader);
  }

  async readSeed(from: VersionRef, since: Uint8Array | null, reader: Reader): Promise<Result<Seed, RoomProblem>> {
    return await this.#wired.forks.readSeed(from, since, reader);
  }

  async readMergeBase(reader: Reader): Promise<Result<MergeBase, RoomProblem>> {
    return await this.#wired.forks.readMergeBase(reader);
  }

  async plantSeed(seed: Seed, from: ForkedFrom, caller: Caller): Promise<Result<Written, RoomProblem>> {
    return this.#noted(await this.#wired.forks.plantSeed(seed, from, caller));
  }

  async mergeSeed(seed: Seed, caller: Caller): Promise<Result<Written, RoomProblem>> {
    return this.#noted(await this.#wired.forks.mergeSeed(seed, caller));
  }

  async restoreVersion(version: Version, caller: Caller): Promise<Result<Restored, RoomProblem>> {
    return this.#noted(await this.#wired.versions.restore(version, caller));
  }

  async readBlame(reader: Reader): Promise<Result<DocumentBlame, RoomProblem>> {
    return await this.#wired.attribution.blame(reader);
  }

  async readHistory(range: HistoryRange, reader: Reader): Promise<Result<HistoryPage, RoomProblem>> {
    return await this.#wired.attribution.history(range, reader);
  }

  async readActivity(
    range: Omit<HistoryRange, "cursor">,
    everyMs: number,
    reader: Reader,
  ): Promise<Result<readonly Activity[], RoomProblem>> {
    return await this.#wired.attribution.activity(range, everyMs, reader);
  }

  async readTree(
    format: TreeFormat,
    root: string | null,
    reader: Reader,
  ): Promise<Result<DocumentContent, RoomProblem>> {
    return await this.#wired.edits.readTree(format, root, reader);
  }

  async makeAnchor(order: AnchorOrder, reader: Reader): Promise<Result<string, RoomProblem>> {
    return await this.#wired.edits.anchor(order, reader);
  }

  async editDocument(edit: DocumentEdit, options: EditOptions, caller: Caller): Promise<Result<Written, RoomProblem>> {
    return this.#noted(await this.#wired.edits.apply(edit, options, caller));
  }

  /** The room has work again: its alarm and its flush hear of it. */
  #noted<Answer extends Written>(written: Result<Answer, RoomProblem>): Result<Answer, RoomProblem> {
    if (written.ok) this.noticeActivity();
    return written;
  }
}
