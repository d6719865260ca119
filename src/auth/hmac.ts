/**
 * HMAC-SHA-256 by WebCrypto, and base64url in its one canonical spelling.
 * @module
 */
import { base64url } from "jose";

const HMAC_SHA_256 = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();

/** 32 bytes. */
export async function hmac(key: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await importKey(key), encoder.encode(text)));
}

/** Compared by WebCrypto, in constant time. */
export async function isHmac(mac: Uint8Array<ArrayBuffer>, key: string, text: string): Promise<boolean> {
  return await crypto.subtle.verify("HMAC", await importKey(key), mac, encoder.encode(text));
}

function importKey(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", encoder.encode(key), HMAC_SHA_256, false, ["sign", "verify"]);
}

/** Null where the text is not what {@link toBase64Url} writes: the last character has bits to spare, so others read the same. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = new Uint8Array(base64url.decode(text));
    return toBase64Url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

/** Without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return base64url.encode(bytes);
}
