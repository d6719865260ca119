/**
 * Large bodies a piece per turn of the event loop, so that whatever shares the thread gets its turn between them: frames of a room,
 * and local R2 itself, which hashes and writes on the same thread.
 * @module
 */

/** A few ms of work at most. */
const PIECE_BYTES = 128 * 1024;

/** The bytes for a put; as they are where they are one piece. */
export function pacedBody(bytes: Uint8Array): Uint8Array | ReadableStream {
  if (bytes.length <= PIECE_BYTES) return bytes;
  const { readable, writable } = new FixedLengthStream(bytes.length);
  // A put that fails cancels the stream, and says so itself.
  writePaced(writable, bytes).catch(() => undefined);
  return readable;
}

/** SHA-256 of the bytes. */
export async function pacedSha256(bytes: Uint8Array): Promise<ArrayBuffer> {
  if (bytes.length <= PIECE_BYTES) return await crypto.subtle.digest("SHA-256", bytes);
  const digest = new crypto.DigestStream("SHA-256");
  await writePaced(digest, bytes);
  return await digest.digest;
}

async function writePaced(stream: WritableStream, bytes: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    await writer.write(bytes.subarray(offset, offset + PIECE_BYTES));
    await scheduler.wait(0);
  }
  await writer.close();
}
