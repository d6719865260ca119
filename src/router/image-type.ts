/**
 * What kind of image bytes are, by what they begin with: whatever the sender calls them, this is what they are served as.
 * SVG is none of them: it holds scripts.
 * @module
 */

export type ImageType = (typeof IMAGE_TYPES)[number];

export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"] as const;

const PNG = "\x89PNG\r\n\x1a\n";
const JPEG = "\xff\xd8\xff";
/** ISO/IEC 14496-12 §4.3: size, `ftyp`, major brand, version, then compatible brands of four bytes each. */
const FTYP_AT = 4;
const MAJOR_AT = 8;
const COMPATIBLE_AT = 16;
const BRAND_BYTES = 4;
/** Boxes of real files have a handful. */
const MAX_FTYP_BYTES = 256;
const AVIF_BRANDS: ReadonlySet<string> = new Set(["avif", "avis"]);

/** Undefined for whatever is none. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const head = text(bytes, 0, COMPATIBLE_AT);
  if (head.startsWith(PNG)) return "image/png";
  if (head.startsWith(JPEG)) return "image/jpeg";
  if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "image/gif";
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "image/webp";
  return isAvif(bytes, head) ? "image/avif" : undefined;
}

function isAvif(bytes: Uint8Array, head: string): boolean {
  if (head.slice(FTYP_AT, MAJOR_AT) !== "ftyp") return false;
  if (AVIF_BRANDS.has(head.slice(MAJOR_AT, MAJOR_AT + BRAND_BYTES))) return true;
  const boxBytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const end = Math.min(boxBytes, bytes.length, MAX_FTYP_BYTES);
  for (let at = COMPATIBLE_AT; at + BRAND_BYTES <= end; at += BRAND_BYTES) {
    if (AVIF_BRANDS.has(text(bytes, at, at + BRAND_BYTES))) return true;
  }
  return false;
}

/** A character for each byte. */
function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
