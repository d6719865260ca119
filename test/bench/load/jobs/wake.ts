/**
 * Keystrokes into rooms that sleep with everybody connected.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import type { LoadAddress } from "../load-client.ts";
import { type SampleDocument, sampleDocument } from "../sample-document.ts";
import { SleepingRoom } from "../sleeping-room.ts";

export type WakeParams = {
  /** One keystroke each, in this order. The first is a rehearsal: the code of a wake is cold. */
  readonly rooms: readonly {
    readonly address: LoadAddress;
    readonly documentBytes: number;
    /** Where the server tells that nothing is left to do for it; its health as of Roost's description. */
    readonly healthUrl?: string;
  }[];
  readonly sockets: number;
};

export type Woken = {
  readonly documentBytes: number;
  /** The keystroke that woke it, and one right after. */
  readonly wakeMs: number;
  readonly awakeMs: number;
  readonly askedBytes: number;
};

/** Servers that save on a timer do it within this. */
const SAVED_MS = 12_000;
/** The runtime evicts an object 10 s after its last event. */
const ASLEEP_MS = 14_000;
const HEALTH_MS = 60_000;
const POLL_MS = 250;

type Health = { readonly lagMs: number; readonly outbox: { readonly rows: number } };

/** Each room of {@link WakeParams} but the first. Throws when one of them was not silent before its keystroke. */
export async function wake({ rooms, sockets }: WakeParams): Promise<readonly Woken[]> {
  const samples = new Map<number, SampleDocument>();
  for (const { documentBytes } of rooms) {
    if (!samples.has(documentBytes)) samples.set(documentBytes, sampleDocument(documentBytes));
  }
  const sleepers = rooms.flatMap(({ address, documentBytes, healthUrl }) => {
    const sample = samples.get(documentBytes);
    return sample === undefined ? [] : [{ documentBytes, healthUrl, room: new SleepingRoom(address, sample) }];
  });
  try {
    for (const { room } of sleepers) await room.seed();
    await Promise.all(
      sleepers.map(({ healthUrl }) => (healthUrl === undefined ? pause(SAVED_MS) : whenSaved(healthUrl))),
    );
    for (const { room } of sleepers) await room.fill(sockets);
    for (const { room } of sleepers) await room.whenQuiet();
    const trafficBefore = sleepers.map(({ room }) => room.traffic);
    globalThis.gc?.();
    await pause(ASLEEP_MS);
    const woken: Woken[] = [];
    for (const [index, { room, documentBytes }] of sleepers.entries()) {
      if (room.traffic !== trafficBefore[index]) throw new Error("it was not silent");
      const { lastMs: wakeMs, askedBytes } = await room.type();
      const { lastMs: awakeMs } = await room.type();
      woken.push({ documentBytes, wakeMs, awakeMs, askedBytes });
    }
    return woken.slice(1);
  } finally {
    for (const { room } of sleepers) room.leave();
  }
}

/** Everything typed is in the snapshot and told. */
async function whenSaved(url: string): Promise<void> {
  const deadline = performance.now() + HEALTH_MS;
  for (;;) {
    const response = await fetch(url);
    // SAFETY: the documented answer of this route.
    const { health } = (await response.json()) as { readonly health: Health };
    if (health.lagMs === 0 && health.outbox.rows === 0) return;
    if (performance.now() > deadline) throw new Error(`not saved after ${HEALTH_MS} ms: ${JSON.stringify(health)}`);
    await pause(POLL_MS);
  }
}
