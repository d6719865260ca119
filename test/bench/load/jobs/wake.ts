/**
 * Keystrokes into rooms that sleep with everybody connected.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { whenSaved } from "../../roost-health.ts";
import type { LoadAddress } from "../load-client.ts";
import { type SampleDocument, sampleDocument } from "../sample-document.ts";
import { SleepingRoom } from "../sleeping-room.ts";

export type WakeParams = {
  /** One keystroke each, in this order. The first is a rehearsal: the code of a wake is cold. */
  readonly rooms: readonly {
    readonly address: LoadAddress;
    readonly documentBytes: number;
    /** Of a server that tells when nothing is left to do for a document: Roost's description of it. */
    readonly descriptionUrl?: string;
  }[];
  readonly sockets: number;
  /** From the last socket until an alarm that the sockets themselves set has run: the sleep begins after that. */
  readonly alarmMs?: number;
};

export type Woken = {
  readonly documentId: string;
  readonly documentBytes: number;
  /** The keystroke that woke it, and one right after. */
  readonly wakeMs: number;
  /** Since the epoch: when that keystroke was sent. */
  readonly typedAtMs: number;
  readonly awakeMs: number;
  readonly askedBytes: number;
};

/** Servers that save on a timer do it within this. */
const SAVED_MS = 12_000;
/** The runtime evicts an object 10 s after its last event: one that had none for so long sleeps. */
export const ASLEEP_MS = 14_000;

/**
 * Each room of {@link WakeParams} but the first. Throws when one of them was not silent before its keystroke. Whether an alarm
 * woke it meanwhile is for the caller to see.
 */
export async function wake({ rooms, sockets, alarmMs = 0 }: WakeParams): Promise<readonly Woken[]> {
  const samples = new Map<number, SampleDocument>();
  for (const { documentBytes } of rooms) {
    if (!samples.has(documentBytes)) samples.set(documentBytes, sampleDocument(documentBytes));
  }
  const sleepers = rooms.flatMap(({ address, documentBytes, descriptionUrl }) => {
    const sample = samples.get(documentBytes);
    return sample === undefined
      ? []
      : [{ address, documentBytes, descriptionUrl, room: new SleepingRoom(address, sample) }];
  });
  try {
    for (const { room } of sleepers) await room.seed();
    await Promise.all(
      sleepers.map(({ descriptionUrl }) =>
        descriptionUrl === undefined ? pause(SAVED_MS) : whenSaved(descriptionUrl),
      ),
    );
    for (const { room } of sleepers) await room.fill(sockets);
    for (const { room } of sleepers) await room.whenQuiet();
    const trafficBefore = sleepers.map(({ room }) => room.traffic);
    globalThis.gc?.();
    await pause(alarmMs + ASLEEP_MS);
    const woken: Woken[] = [];
    for (const [index, { address, room, documentBytes }] of sleepers.entries()) {
      if (room.traffic !== trafficBefore[index]) throw new Error("it was not silent");
      const typedAtMs = Date.now();
      const { lastMs: wakeMs, askedBytes } = await room.type();
      const { lastMs: awakeMs } = await room.type();
      woken.push({ documentId: address.documentId, documentBytes, typedAtMs, wakeMs, awakeMs, askedBytes });
    }
    return woken.slice(1);
  } finally {
    for (const { room } of sleepers) room.leave();
  }
}
