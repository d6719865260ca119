/**
 * Hooks that render again when, and only when, what they return has changed.
 * @module
 */
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import type {
  ActorId,
  ConnectionStatus,
  Counts,
  CursorPoint,
  Other,
  PresenceClient,
  PresenceEvents,
  PresenceSource,
  Self,
} from "../presence/index.ts";
import { useSource } from "./provider.ts";

type Equality<T> = (before: T, after: T) => boolean;
type Others = readonly Other[];

/** The presence of the {@link RoostProvider} above: for its setters, and what has no hook. */
export function usePresence(): PresenceSource {
  return useSource();
}

/**
 * Everybody else who is here, or what `select` makes of them; renders again when that is another value, or by `isEqual` a different
 * one. By default arrays and plain objects with the same members are the same.
 *
 * @example
 * ```tsx
 * const names = useOthers((others) => others.map(({ user }) => user.name));
 * ```
 */
export function useOthers(): Others;
export function useOthers<T>(select: (others: Others) => T, isEqual?: Equality<T>): T;
export function useOthers<T>(select?: (others: Others) => T, isEqual: Equality<T> = isShallowEqual): T | Others {
  const source = useSource();
  return useSelected(useSubscription(source, "others"), () => listOf(source.others), select, isEqual);
}

/** How others see this visitor, or what `select` makes of it; null until the server said who this is. */
export function useSelf(): Self | null;
export function useSelf<T>(select: (self: Self | null) => T, isEqual?: Equality<T>): T;
export function useSelf<T>(select?: (self: Self | null) => T, isEqual: Equality<T> = isShallowEqual): T | Self | null {
  const source = useSource();
  return useSelected(useSubscription(source, "self"), () => source.self, select, isEqual);
}

/** Where the others point. Renders at the pace of the room: to draw cursors smoothly, listen to `cursor` and use `CursorPath`. */
export function useCursors(): ReadonlyMap<ActorId, CursorPoint> {
  const source = useSource();
  const read = () => source.cursors;
  return useSyncExternalStore(useSubscription(source, "cursor"), read, read);
}

/** People and connections, oneself among them. */
export function useCount(): Counts {
  const source = useSource();
  const read = () => source.counts;
  return useSyncExternalStore(useSubscription(source, "counts"), read, read);
}

export function useConnectionStatus(): ConnectionStatus {
  const source = useSource();
  const read = () => source.status;
  return useSyncExternalStore(useSubscription(source, "status"), read, read);
}

/** Tells everybody here, see {@link PresenceClient.broadcast}; the same function at every render. Throws over a document, which has no events. */
export function useBroadcast(): PresenceClient["broadcast"] {
  const room = roomOf(useSource());
  return useCallback((name, data) => room.broadcast(name, data), [room]);
}

type Listener = (event: { readonly actor: ActorId; readonly name: string; readonly data: unknown }) => void;

/** Calls the listener of the last render at each event of this name that anybody broadcasts; what this page says itself comes back too. */
export function useEventListener(name: string, listener: Listener): void {
  const room = roomOf(useSource());
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(
    () =>
      room.on("event", (event) => {
        if (event.name === name) latest.current(event);
      }),
    [room, name],
  );
}

function useSubscription(source: PresenceSource, name: keyof PresenceEvents): (changed: () => void) => () => void {
  return useCallback((changed) => source.on(name, () => changed()), [source, name]);
}

/** `useSyncExternalStore` of what `select` makes of a snapshot; what is equal stays the object that it was. */
function useSelected<Snapshot, T>(
  subscribe: (changed: () => void) => () => void,
  read: () => Snapshot,
  select: ((snapshot: Snapshot) => T) | undefined,
  isEqual: Equality<T>,
): T | Snapshot {
  const last = useRef<{ readonly snapshot: Snapshot; readonly select: unknown; readonly value: T } | null>(null);
  const get = (): T | Snapshot => {
    const snapshot = read();
    if (select === undefined) return snapshot;
    const before = last.current;
    if (before !== null && before.snapshot === snapshot && before.select === select) return before.value;
    const fresh = select(snapshot);
    const value = before !== null && isEqual(before.value, fresh) ? before.value : fresh;
    last.current = { snapshot, select, value };
    return value;
  };
  return useSyncExternalStore(subscribe, get, get);
}

const lists = new WeakMap<ReadonlyMap<ActorId, Other>, Others>();

/** The same array for the same map. */
function listOf(others: ReadonlyMap<ActorId, Other>): Others {
  const list = lists.get(others) ?? [...others.values()];
  lists.set(others, list);
  return list;
}

function roomOf(source: PresenceSource): Pick<PresenceClient, "broadcast" | "on"> {
  // SAFETY: of what tells presence, only a room's client has it.
  if ("broadcast" in source) return source as PresenceClient;
  throw new TypeError("A document passes no events on: this hook needs the client of a presence room.");
}

function isShallowEqual(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true;
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) return false;
  const names = Object.keys(before);
  if (Object.getPrototypeOf(before) !== Object.getPrototypeOf(after)) return false;
  if (before instanceof Map || before instanceof Set) return false;
  if (names.length !== Object.keys(after).length) return false;
  return names.every((name) => Object.is(Reflect.get(before, name), Reflect.get(after, name)));
}
