import { expect, test } from "vitest";
import { imageTypeOf } from "../../../src/router/image-type.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

const IMAGES = [
  ["image/png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
  ["image/jpeg", "\xff\xd8\xff\xe0\0\x10JFIF"],
  ["image/gif", "GIF89a\x01\0\x01\0"],
  ["image/gif", "GIF87a\x01\0\x01\0"],
  ["image/webp", "RIFF\x24\0\0\0WEBPVP8 "],
  ["image/avif", "\0\0\0\x1cftypavif\0\0\0\0mif1miaf"],
  ["image/avif", "\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"],
] as const;

const OTHERS = [
  "",
  "\x89PNG",
  "GIF90a",
  "RIFF\x24\0\0\0WAVEfmt ",
  // HEIC, and a brand that only stands behind the box's end.
  "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
  "\0\0\0\x14ftypheic\0\0\0\0mif1avif",
  "\0\0\0\x08ftyp",
  '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  "<!doctype html><p>GIF89a",
  "%PDF-1.7",
];

test("[AS1] an image is told by its content", () => {
  expect(IMAGES.map(([, head]) => imageTypeOf(bytesOf(head)))).toEqual(IMAGES.map(([type]) => type));
  expect(OTHERS.filter((head) => imageTypeOf(bytesOf(head)) !== undefined)).toEqual([]);
});
