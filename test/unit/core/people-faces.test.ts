import { expect, it } from "vitest";
import type { Face } from "../../../src/protocol/presence-messages.ts";
import { parseHello } from "../../../src/core/people/parse-hello.ts";
import { picture } from "../../support/pictures.ts";

function faceOf(user: object): Face | undefined {
  const parsed = parseHello({ user });
  return parsed.ok ? parsed.value.face : undefined;
}

it("[PP26] what a face may not show is left out, and the rest is shown", () => {
  const bad: readonly Face[] = [
    { color: "red" },
    { color: "#ffff" },
    { avatar: "http://example.com/a.png" },
    { avatar: "javascript:alert(1)" },
    { avatar: `https://example.com/${"a".repeat(500)}` },
    { avatar: 'https://example.com/"onload=alert(1)' },
    { avatar: "data:image/svg+xml;base64,AAAA" },
    { avatar: "data:image/png;base64,AAAA" },
    { avatar: picture("png", 4_096) },
  ];
  for (const fields of bad)
    expect([fields, faceOf({ name: "n".repeat(200), ...fields })]).toEqual([fields, { name: "n".repeat(128) }]);
  expect(faceOf({ name: 7, color: null, avatar: ["https://example.com/a.png"] })).toEqual({});
});

it.each(["png", "gif", "wideGif", "jpeg", "webp", "lossless", "extended"] as const)(
  "[PP26] a picture in the text (%s) has at most 256 x 256 pixels",
  (kind) => {
    const good = picture(kind, 64, 256, 256);
    expect(faceOf({ avatar: good })).toEqual({ avatar: good });
    for (const size of [
      [257, 1],
      [1, 257],
      [4_800, 4_800],
    ] as const) {
      expect([size, faceOf({ avatar: picture(kind, 64, ...size) })]).toEqual([size, {}]);
    }
  },
);
