/**
 * Versions of a document: (epoch, log seq), never reused (DESIGN §3).
 * @module
 */

/**
 * `EEEEEEEE-SSSSSSSSSSSS`, both decimal and zero-padded, so that text order is version order in R2 keys,
 * in D1 and in `ETag`.
 */
export type Version = string & { readonly __brand: "Version" };

export type VersionParts = { readonly epoch: number; readonly seq: number };

const EPOCH_DIGITS = 8;
const SEQ_DIGITS = 12;
const VERSION_PATTERN = /^(\d{8})-(\d{12})$/;

/** Text whose order is the order of versions. */
export function formatVersion({ epoch, seq }: VersionParts): Version {
  return `${String(epoch).padStart(EPOCH_DIGITS, "0")}-${String(seq).padStart(SEQ_DIGITS, "0")}` as Version;
}

/** The parts of a version, or undefined when `text` is none. */
export function parseVersion(text: string): VersionParts | undefined {
  const match = VERSION_PATTERN.exec(text);
  if (match === null) return undefined;
  return { epoch: Number(match[1]), seq: Number(match[2]) };
}

/** Branded `text` when it is a well-formed version. */
export function asVersion(text: string): Version | undefined {
  // SAFETY: parseVersion accepts just what formatVersion writes.
  return parseVersion(text) === undefined ? undefined : (text as Version);
}
