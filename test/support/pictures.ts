/**
 * Pictures as data URLs: the headers that say how large they are, and zeros.
 * @module
 */
type Kind = keyof typeof HEADERS;

const u16 = (value: number): number[] => [value >> 8, value & 255];
const le16 = (value: number): number[] => u16(value).toReversed();
const text = (word: string): number[] => [...Buffer.from(word, "latin1")];
const riff = (kind: string): number[] => [...text("RIFF"), 0, 0, 0, 0, ...text(`WEBP${kind}`), 0, 0, 0, 0];

const HEADERS = {
  png: (w: number, h: number) => [
    0x89,
    ...text("PNG\r\n\x1a\n"),
    0,
    0,
    0,
    13,
    ...text("IHDR"),
    0,
    0,
    ...u16(w),
    0,
    0,
    ...u16(h),
  ],
  gif: (w: number, h: number) => [
    ...text("GIF89a"),
    ...le16(w),
    ...le16(h),
    0,
    0,
    0,
    0x2c,
    0,
    0,
    0,
    0,
    ...le16(1),
    ...le16(1),
  ],
  wideGif: (w: number, h: number) => [
    ...text("GIF89a"),
    1,
    0,
    1,
    0,
    0,
    0,
    0,
    0x21,
    0xf9,
    1,
    7,
    0,
    0x2c,
    0,
    0,
    0,
    0,
    ...le16(w),
    ...le16(h),
  ],
  jpeg: (w: number, h: number) => [255, 0xd8, 255, 0xe0, 0, 4, 1, 1, 255, 0xc2, 0, 11, 8, ...u16(h), ...u16(w)],
  webp: (w: number, h: number) => [...riff("VP8 "), 0, 0, 0, 0x9d, 1, 0x2a, ...le16(w), ...le16(h)],
  lossless: (w: number, h: number) => {
    const bits = (w - 1) | ((h - 1) << 14);
    return [...riff("VP8L"), 0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, (bits >> 24) & 255];
  },
  extended: (w: number, h: number) => [...riff("VP8X"), 0, 0, 0, 0, ...le16(w - 1), 0, ...le16(h - 1), 0],
} as const;
const TYPES: Readonly<Record<Kind, string>> = {
  png: "png",
  gif: "gif",
  wideGif: "gif",
  jpeg: "jpeg",
  webp: "webp",
  lossless: "webp",
  extended: "webp",
};

/** `chars`: of its base64, in fours. */
export function picture(kind: Kind, chars = 64, width = 256, height = 128): string {
  const bytes = new Uint8Array((chars / 4) * 3);
  bytes.set(HEADERS[kind](width, height));
  return `data:image/${TYPES[kind]};base64,${Buffer.from(bytes).toString("base64")}`;
}
