/**
 * What is kept of a reconnection token: whoever reads the storage cannot come in with it.
 * @module
 */
import { digest } from "lib0/hash/sha256";

const encoder = new TextEncoder();

/** SHA-256 in hexadecimal. Synchronous, as a seat is taken in one turn. */
export function hashToken(token: string): string {
  return Array.from(digest(encoder.encode(token)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
