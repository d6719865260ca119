/**
 * What the alarms of Roost's rooms do while it is measured, as its own log tells it.
 * @module
 */

/** `atMs` since the epoch: when its line came, at its end. */
export type LoggedTask = {
  readonly room: string;
  readonly task: string;
  readonly atMs: number;
  readonly tookMs: number;
};

const POLL_MS = 20;

/** From now until the function it returns is called; that one gives what was done meanwhile. */
export function watchTasks(logs: readonly { readonly message: string }[]): () => readonly LoggedTask[] {
  const tasks: LoggedTask[] = [];
  let read = logs.length;
  const look = (): void => {
    for (const { message } of logs.slice(read)) {
      // SAFETY: lines of src/rooms/log.ts.
      const line = JSON.parse(message) as Partial<Record<"event" | "room" | "task", string>> & { readonly ms?: number };
      const { event, room = "", task = "", ms = 0 } = line;
      if (event === "task") tasks.push({ room, task, atMs: Date.now(), tookMs: ms });
    }
    read = logs.length;
  };
  const timer = setInterval(look, POLL_MS);
  return () => {
    clearInterval(timer);
    look();
    return tasks;
  };
}
