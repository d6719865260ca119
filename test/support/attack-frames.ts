/**
 * Frames that only somebody with bad intentions makes.
 * @module
 */
import { encodeClientFrame } from "../../src/protocol/frames.ts";

/** One state of one client. */
export function awarenessFrame(client: number, clock: number, state: string): Uint8Array {
  const text = new TextEncoder().encode(state);
  const update = Uint8Array.from([1, ...varUint(client), ...varUint(clock), ...varUint(text.length)]);
  return encodeClientFrame([{ type: "awareness", update: Buffer.concat([update, text]) }]);
}

/** A frame that names so many clients. */
export function crowdFrame(clients: number): Uint8Array {
  const bytes = [...varUint(clients)];
  for (let client = 1; client <= clients; client++) bytes.push(...varUint(client), 1, 2, 0x7b, 0x7d);
  return encodeClientFrame([{ type: "awareness", update: Uint8Array.from(bytes) }]);
}

function varUint(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
