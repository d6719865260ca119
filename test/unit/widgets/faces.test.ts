import { describe, expect, it } from "vitest";
import type { Face } from "../../../client/presence/index.ts";
import { FITTING, colorOf, imageOf, initialsOf, nameOf } from "../../../client/widgets/faces.ts";
import { parseHello } from "../../../src/core/people/parse-hello.ts";

/** A real PNG of one pixel. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("faces of strangers", () => {
  it("[CW14] a name is one line of what can be seen", () => {
    expect(nameOf({ name: "  Ada\n\u202eLovelace\u0000 " })).toBe("Ada Lovelace");
    expect(nameOf({})).toBe("");
  });

  it("[CW14] a name keeps what joins its letters or keeps them apart, where there are letters", () => {
    for (const name of ["می\u200cخواهم", "ක්\u200dෂ", "👩\u200d🚀 Sally"]) expect(nameOf({ name })).toBe(name);
    expect(nameOf({ name: "\u200d \u200c\u202e Ada\u200b\u200d " })).toBe("Ada");
    expect(nameOf({ name: "\u200d\u200c" })).toBe("");
  });

  it.each(["red", "#12", "#12345g", "url(x)", "#123;background:url(x)", ""])("[CW14] %s is no color", (color) => {
    expect(colorOf({ color }, 3)).toBe(colorOf({}, 3));
  });

  it("[CW14] colors of those who named none can be told apart", () => {
    const colors = Array.from({ length: 10 }, (_, actor) => colorOf({}, actor));
    expect(new Set(colors).size).toBe(10);
  });

  it("[CW14] an image is fetched only for whom a token names; any may carry its own", () => {
    const png = "data:image/png;base64,AA==";
    expect(imageOf(png)).toBe(png);
    expect(imageOf("https://example.com/a.png")).toBe("");
    expect(imageOf("https://example.com/a.png", "ada")).toBe("https://example.com/a.png");
    for (const bad of ["data:image/svg+xml,<svg/>", "javascript:alert(1)", "http://example.com/a.png"]) {
      expect(imageOf(bad, "ada")).toBe("");
    }
  });

  it.each([
    [{ name: "Ada", color: "#0a7", avatar: "https://example.com/a.png" }, ["name", "color", "avatar"]],
    [{ name: "n".repeat(128), color: "#00aa77", avatar: PIXEL }, ["name", "color", "avatar"]],
    [{ name: "n".repeat(129), color: "red", avatar: "/a.png" }, []],
    [{ name: "", color: "#12345", avatar: `https://example.com/${"a".repeat(500)}` }, []],
    [{ avatar: `data:image/png;base64,${"A".repeat(4_096)}` }, []],
  ])("[CW14] of %o a server takes %o", (face: Face, fitting) => {
    const taken = Object.entries(face).filter(([said, value]) => FITTING[said]?.test(value));
    expect(taken.map(([said]) => said)).toEqual(fitting);
    expect(parseHello({ user: Object.fromEntries(taken) }).ok).toBe(true);
  });

  it.each([
    ["Ada Lovelace", "AL"],
    ["ada", "A"],
    ["Jean Luc Picard", "JP"],
    ["Łukasz", "Ł"],
    ["👩‍🚀 Sally", "👩‍🚀S"],
    ["", ""],
  ])("[CW14] initials of %s are %s", (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});
