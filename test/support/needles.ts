/**
 * Looks for secrets where none may be: in texts, in answers and in every byte of a state folder.
 * @module
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

export type Needle = { readonly name: string; readonly bytes: Buffer };

/** So much of a secret gives it away, or lets one guess the rest. */
const PIECE_CHARS = 16;

/** A text that is secret as a whole: its beginning and its end, so that one cut short is found as well. */
export function textNeedles(name: string, secret: string): readonly Needle[] {
  if (secret.length < PIECE_CHARS) throw new Error(`${name} is too short to be looked for`);
  return [secret.slice(0, PIECE_CHARS), secret.slice(-PIECE_CHARS)].map((piece, index) => ({
    name: `${name} (${index === 0 ? "beginning" : "end"})`,
    bytes: Buffer.from(piece),
  }));
}

/** Bytes, as they are and in every spelling of them that somebody might have logged. */
export function byteNeedles(name: string, secret: Uint8Array): readonly Needle[] {
  const bytes = Buffer.from(secret);
  const texts = (["base64url", "base64", "hex"] as const).flatMap((as) =>
    textNeedles(`${name} as ${as}`, bytes.toString(as).replace(/=+$/, "")),
  );
  return [{ name: `${name} as bytes`, bytes: bytes.subarray(0, PIECE_CHARS) }, ...texts];
}

/** A token gives itself away by its signature and by what it says. Its header names a key, which is no secret. */
export function tokenNeedles(name: string, token: string): readonly Needle[] {
  const [, payload = "", signature = ""] = token.split(".");
  return [...textNeedles(`${name}: payload`, payload), ...textNeedles(`${name}: signature`, signature)];
}

/** The MAC is what is secret of a key. */
export function keyNeedles(name: string, key: string): readonly Needle[] {
  const mac = key.split(".").at(-1) ?? "";
  return byteNeedles(`${name}: MAC`, Buffer.from(mac, "base64url"));
}

/** `<needle> in <place>` for everything that is found. */
export function findNeedles(needles: readonly Needle[], place: string, hay: Buffer | string): readonly string[] {
  const bytes = typeof hay === "string" ? Buffer.from(hay) : hay;
  return needles.filter((needle) => bytes.includes(needle.bytes)).map(({ name }) => `${name} in ${place}`);
}

/** Every file below `dir`, with its bytes; a server that runs may delete some meanwhile. */
export async function filesOf(dir: string): Promise<readonly { readonly path: string; readonly bytes: Buffer }[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return { path, bytes: await readFile(path).catch(nullIfGone) };
  });
  return (await Promise.all(read)).flatMap(({ path, bytes }) => (bytes === null ? [] : [{ path, bytes }]));
}

function nullIfGone(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}
