/**
 * Anchors and fractions: how a cursor is said so that pages of any size agree.
 * @module
 */
import { toUtf8 } from "./utf8.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MAX_FRACTION = 65_535;

/** FNV-1a of the name, 32 bits: what cursors carry in its place. 0 is the page itself, which has no name. */
export function anchorHash(name: string): number {
  let hash = FNV_OFFSET;
  for (const byte of toUtf8(name)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  // Only the page is 0.
  return name ? hash >>> 0 || 1 : 0;
}

/** 0…1 as the wire has it; what lies outside becomes the nearest edge. */
export function toFraction(part: number): number {
  return Math.round(Math.min(1, Math.max(0, part || 0)) * MAX_FRACTION);
}

export function fromFraction(fraction: number): number {
  return fraction / MAX_FRACTION;
}
