/**
 * What the alarm does for a document: compaction, snapshot, outbox, sweep, tokens, who joined, erase. Each task may be cut off at any await and
 * run again; each looks for the tombstone after every await. A run that takes the whole object with it (CPU, memory) leaves its
 * attempt behind: it is written before.
 * @module
 */
import type { Task, TaskName } from "../core/ports.ts";
import { retryDelayMs, snapshotDueMs, sweepDelayMs } from "../core/schedule.ts";
import { assertNever } from "../protocol/result.ts";
import type { DocumentBehaviour } from "./document-behaviour.ts";
import type { DocumentSaver } from "./document-saver.ts";
import { errorText, logRoom, logRoomError } from "./log.ts";
import type { OutboxDrain } from "./outbox-drain.ts";
import { unsavedSinceMs, updatedMs } from "./unsaved.ts";
import { type DocumentContext, isErased, tombstoneVersion } from "./document-context.ts";

/** More tasks than kinds come due in one alarm only when a task keeps itself due; the next alarm goes on. */
const MAX_TASKS_PER_ALARM = 16;
/** Tasks that may end the object. The others are small and synchronous, and a row written for each would be their price. */
const CLAIMED: readonly TaskName[] = ["compact", "snapshot", "erase"];
/** A run that takes longer hangs in R2: its task counts as failed. What it does later finds that it was overtaken. */
const MAX_RUN_MS = 60_000;

/** What the tasks ask of their room. */
export type TaskedRoom = Pick<DocumentBehaviour, "arm" | "sweep" | "takeActivity" | "expireRights">;
type Saver = Pick<DocumentSaver, "save" | "shrinkTail">;

export class DocumentTasks {
  readonly #context: DocumentContext;
  readonly #behaviour: TaskedRoom;
  readonly #saver: Saver;
  readonly #outbox: OutboxDrain;
  #lastError: string | null = null;
  #isRunning = false;
  /** Its attempt is written, and not failed yet. */
  #running: TaskName | undefined;

  constructor(context: DocumentContext, behaviour: TaskedRoom, saver: Saver, outbox: OutboxDrain) {
    this.#context = context;
    this.#behaviour = behaviour;
    this.#saver = saver;
    this.#outbox = outbox;
  }

  /** One line about the last failed run; null after a good one. */
  get lastError(): string | null {
    return this.#lastError ?? this.#outbox.lastError ?? this.#failing();
  }

  /** Everything that is due. Never throws: the platform gives an alarm up after six failures, the task table does not. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let count = 0; count < MAX_TASKS_PER_ALARM; count++) {
        const [task] = this.#context.storage.tasks.due(Date.now());
        if (task === undefined) break;
        await this.#runTask(task);
      }
      // Before the queue, which may hang, and for what a row typed meanwhile took for scheduled.
      this.#ensureSnapshot();
      await this.#outbox.drain();
      this.#ensureSnapshot();
    } catch (error) {
      // The alarm must be set again whatever happens here.
      this.#lastError = errorText(error);
      logRoomError("tasks-failed", this.#context.roomName, error);
    } finally {
      this.#isRunning = false;
    }
  }

  async #runTask(task: Task): Promise<void> {
    const { tasks } = this.#context.storage;
    const startedMs = Date.now();
    const dueMs = task.name === "snapshot" ? this.#snapshotDueMs(startedMs) : startedMs;
    // People typed on. Not a good run either: its failures stay counted.
    if (dueMs > startedMs) return tasks.setDue(task.name, dueMs, task.attempts);
    try {
      if (CLAIMED.includes(task.name)) await this.#claim(task);
      await inTime(this.#dispatch(task));
      this.#lastError = null;
    } catch (error) {
      this.#lastError = `${task.name}: ${errorText(error)}`;
      tasks.setDue(task.name, Date.now() + retryDelayMs(task.attempts), task.attempts + 1);
      logRoomError("task-failed", this.#context.roomName, error, { task: task.name, attempts: task.attempts + 1 });
      return;
    } finally {
      this.#running = undefined;
    }
    logRoom("task", this.#context.roomName, { task: task.name, ms: Date.now() - startedMs });
  }

  /**
   * The attempt is durable, and has its own next time, before the run begins. That time may come while it is running: the platform
   * runs one alarm after the other, and finds nothing to do. Most runs that are cut off were cut off by a deploy, so it comes soon at first.
   */
  async #claim({ name, attempts }: Task): Promise<void> {
    this.#running = name;
    this.#context.storage.tasks.setDue(name, Date.now() + retryDelayMs(attempts), attempts + 1);
    // The platform gives a failing alarm up; one that was set meanwhile it does not.
    this.#behaviour.arm();
    await this.#context.durable();
  }

  /** The error itself is gone with the instance that saw it; that a task is failing is in the table. */
  #failing(): string | null {
    for (const name of CLAIMED) {
      const attempts = this.#context.storage.tasks.get(name)?.attempts ?? 0;
      const failed = name === this.#running ? attempts - 1 : attempts;
      if (failed > 0) return `${name}: failed ${failed} times in a row`;
    }
    return null;
  }

  async #dispatch(task: Task): Promise<void> {
    switch (task.name) {
      case "compact":
        return await this.#compact();
      case "snapshot":
        return await this.#snapshot();
      case "outbox":
        return this.#clear("outbox");
      case "sweep":
        return this.#sweep(task);
      case "tokens":
        return this.#tokens();
      case "joined":
        return this.#joined();
      case "erase":
        return await this.#erase();
      default:
        assertNever(task.name);
    }
  }

  async #compact(): Promise<void> {
    await this.#saver.shrinkTail();
    this.#clear("compact");
  }

  async #snapshot(): Promise<void> {
    const { storage, config } = this.#context;
    const savedSeq = await this.#saver.save();
    // Typed meanwhile: those rows are unsaved and have their own due time.
    if (storage.log.lastSeq() > savedSeq) storage.tasks.setDue("snapshot", Date.now() + config.snapshotDelayMs, 0);
    else this.#clear("snapshot");
  }

  #ensureSnapshot(): void {
    const { storage, config } = this.#context;
    const snapshotSeq = storage.meta.read()?.snapshotSeq ?? 0;
    if (isErased(storage) || storage.log.lastSeq() <= snapshotSeq) return;
    if (storage.tasks.get("snapshot") === undefined) {
      storage.tasks.setDue("snapshot", Date.now() + config.snapshotDelayMs, 0);
    }
  }

  #snapshotDueMs(nowMs: number): number {
    const { storage, config } = this.#context;
    const sinceMs = unsavedSinceMs(storage);
    return sinceMs === undefined ? nowMs : snapshotDueMs(sinceMs, updatedMs(storage) ?? sinceMs, config);
  }

  #sweep(task: Task): void {
    const { storage, config, sockets } = this.#context;
    const nowMs = Date.now();
    const gone = this.#behaviour.sweep(nowMs);
    if (sockets.size < 2) return this.#clear("sweep");
    const quietSweeps = gone > 0 || this.#behaviour.takeActivity() ? 0 : task.attempts + 1;
    storage.tasks.setDue(
      "sweep",
      nowMs + sweepDelayMs(quietSweeps, config.sweepFirstMs, config.sweepMaxMs),
      quietSweeps,
    );
  }

  #tokens(): void {
    const nextMs = this.#behaviour.expireRights(Date.now());
    if (nextMs < Infinity) this.#context.storage.tasks.setDue("tokens", nextMs, 0);
    else this.#clear("tokens");
  }

  /** Where that fails too, the task is set again. */
  #joined(): void {
    this.#clear("joined");
    this.#context.joined.retry();
  }

  async #erase(): Promise<void> {
    const { snapshots, address, storage } = this.#context;
    if (!isErased(storage)) return this.#clear("erase");
    const tombstone = await snapshots.putTombstone(address, tombstoneVersion(storage));
    if (!tombstone.ok) throw new Error(tombstone.error.reason);
    const erased = await snapshots.deleteAll(address, { keepTombstone: true });
    if (!erased.ok) throw new Error(erased.error.reason);
    if (erased.value.isComplete) this.#clear("erase");
    else storage.tasks.setDue("erase", Date.now(), 0);
  }

  #clear(name: TaskName): void {
    this.#context.storage.tasks.clear(name);
  }
}

async function inTime(run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${MAX_RUN_MS} ms`)), MAX_RUN_MS);
  });
  try {
    await Promise.race([run, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
