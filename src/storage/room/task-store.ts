/**
 * Due times behind the object's one alarm. Kept in memory: the typing path asks `ensureBy` at every flush and writes
 * nothing when the task is there already.
 * @module
 */
import type { Task, TaskName, TaskStore } from "../../core/ports.ts";
import type { RoomDatabase } from "./database.ts";

const READ_TASKS = "SELECT name, due_ms, attempts FROM tasks";
const WRITE_TASK = "INSERT OR REPLACE INTO tasks (name, due_ms, attempts) VALUES (?, ?, ?)";
const DELETE_TASK = "DELETE FROM tasks WHERE name = ?";

export class SqlTaskStore implements TaskStore {
  readonly #db: RoomDatabase;
  #tasks: Map<TaskName, Task> | undefined;

  constructor(db: RoomDatabase) {
    this.#db = db;
    db.onRollback(() => this.forget());
  }

  ensureBy(name: TaskName, dueMs: number): boolean {
    const task = this.get(name);
    if (task !== undefined && (task.dueMs <= dueMs || isRetry(task))) return false;
    this.setDue(name, dueMs, 0);
    return true;
  }

  setDue(name: TaskName, dueMs: number, attempts: number): void {
    this.#db.write(WRITE_TASK, name, dueMs, attempts);
    this.#load().set(name, { name, dueMs, attempts });
  }

  clear(name: TaskName): void {
    if (this.get(name) === undefined) return;
    this.#db.change(DELETE_TASK, name);
    this.#load().delete(name);
  }

  get(name: TaskName): Task | undefined {
    return (this.#tasks ?? this.#load()).get(name);
  }

  due(nowMs: number): readonly Task[] {
    const due = [...this.#load().values()].filter((task) => task.dueMs <= nowMs);
    return due.sort((a, b) => a.dueMs - b.dueMs || (a.name < b.name ? -1 : 1));
  }

  nextDueMs(): number | undefined {
    const times = [...this.#load().values()].map((task) => task.dueMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** After the table changed behind this object's back. */
  forget(): void {
    this.#tasks = undefined;
  }

  #load(): Map<TaskName, Task> {
    // SAFETY: only `setDue` writes names, and it takes a TaskName.
    const read = () => this.#db.read<{ name: TaskName; due_ms: number; attempts: number }>(READ_TASKS);
    this.#tasks ??= new Map(
      read().map((row) => [row.name, { name: row.name, dueMs: row.due_ms, attempts: row.attempts }]),
    );
    return this.#tasks;
  }
}

/** People who type on do not hurry a task that fails: it has its own next time. */
function isRetry({ name, attempts }: Task): boolean {
  return attempts > 0 && name !== "sweep";
}
