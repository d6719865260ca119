/**
 * A batch as a queue hands it over, side by side for different rooms and one after the other for each. Pure.
 * @module
 */
import type { Result } from "../protocol/result.ts";
import type { CheckedMessage, MalformedMessage } from "./parse-message.ts";

export type ParsedMessage = {
  readonly message: Message;
  readonly parsed: Result<CheckedMessage, MalformedMessage>;
};

/** By room, and in the order in which their room sent them; what is about no room's order stands alone. */
export function inLines(messages: readonly ParsedMessage[]): readonly (readonly ParsedMessage[])[] {
  const lines = Map.groupBy(messages, ({ message, parsed }) =>
    parsed.ok && hasOrder(parsed.value) ? `room ${parsed.value.room}` : `message ${message.id}`,
  );
  return [...lines.values()].map((line) => line.toSorted(compare));
}

type Ordered = Extract<CheckedMessage, { readonly kind: "events" | "summary" | "deleted" | "version" }>;

function hasOrder(message: CheckedMessage): message is Ordered {
  return message.kind !== "joined" && message.kind !== "audit" && message.kind !== "erase";
}

/** The same key: as they came. */
function compare({ parsed: one }: ParsedMessage, { parsed: other }: ParsedMessage): number {
  if (!one.ok || !other.ok || !hasOrder(one.value) || !hasOrder(other.value)) return 0;
  const [first, second] = [keyOf(one.value), keyOf(other.value)];
  for (const [place, part] of first.entries()) {
    const its = second[place] ?? "";
    if (part !== its) return part < its ? -1 : 1;
  }
  return 0;
}

/** What a room tells, then what it stored by version: the snapshot before what it is called. */
function keyOf(message: Ordered): readonly (number | string)[] {
  switch (message.kind) {
    case "events":
      return [0, message.order?.run ?? 0, message.order?.position ?? 0];
    case "summary":
      return [1, message.summary.version, 0];
    case "version":
      return [1, message.stored.version, message.stored.namedMs];
    case "deleted":
      return [1, message.deletion.version, Number.MAX_SAFE_INTEGER];
  }
}
