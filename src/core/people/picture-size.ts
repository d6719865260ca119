/**
 * How large a picture is when it is drawn, read from its first bytes: a few KB can be gigabytes of pixels. Rule PP26.
 * @module
 */
import { fromBase64 } from "lib0/buffer";

/** Of one side; avatars are drawn at a tenth of it. */
const MAX_SIDE_PIXELS = 256;

/** Whether both sides of a base64 png, gif, jpeg or webp are known, and small. */
export function isSmallPicture(base64: string): boolean {
  try {
    const { buffer, byteOffset, byteLength } = fromBase64(base64);
    const size = sizeOf(new DataView(buffer, byteOffset, byteLength));
    return size !== undefined && size.every((side) => side > 0 && side <= MAX_SIDE_PIXELS);
  } catch {
    // No base64, or it ends before its size.
    return false;
  }
}

type Size = readonly [width: number, height: number];

function sizeOf(view: DataView): Size | undefined {
  const start = view.getUint32(0);
  if (start === 0x89504e47) return [view.getUint32(16), view.getUint32(20)];
  if (start === 0x47494638) return gifSize(view);
  if (start >>> 16 === 0xffd8) return jpegSize(view);
  return start === 0x52494646 && view.getUint32(8) === 0x57454250 ? webpSize(view) : undefined;
}

/** Of the screen, which some browsers widen to the first frame; later frames are cut to it. */
function gifSize(view: DataView): Size {
  const packed = view.getUint8(10);
  let at = 13 + (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  while (view.getUint8(at) === 0x21) {
    at += 2;
    while (view.getUint8(at) > 0) at += view.getUint8(at) + 1;
    at += 1;
  }
  const sides = [0, 2].map((side) =>
    Math.max(view.getUint16(6 + side, true), view.getUint16(at + 1 + side, true) + view.getUint16(at + 5 + side, true)),
  );
  return [sides[0] ?? 0, sides[1] ?? 0];
}

/** The first frame header; segments before it are skipped. */
function jpegSize(view: DataView): Size | undefined {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function webpSize(view: DataView): Size | undefined {
  const kind = view.getUint32(12);
  // VP8X: 24 bits each, less one.
  if (kind === 0x56503858) return [(view.getUint32(24, true) & 0xff_ffff) + 1, (view.getUint32(26, true) >>> 8) + 1];
  if (kind === 0x56503820) return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  if (kind !== 0x5650384c) return undefined;
  const bits = view.getUint32(21, true);
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
}
