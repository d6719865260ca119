/**
 * One JSON log line per connect, close, refusal and task failure. No token, URL or document content ever goes in.
 * @module
 */

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Writes one line; `event` is a fixed word to search for. */
export function logRoom(event: string, room: string, fields: LogFields = {}): void {
  console.log(JSON.stringify({ level: "info", event, room, ...fields }));
}

/** As {@link logRoom}, for what somebody should look at. The error's message only: stacks hold no more here. */
export function logRoomError(event: string, room: string, error: unknown, fields: LogFields = {}): void {
  console.error(JSON.stringify({ level: "error", event, room, error: errorText(error), ...fields }));
}

/** One line about any thrown value. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
