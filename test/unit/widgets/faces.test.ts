import { describe, expect, it } from "vitest";
import { colorOf, imageOf, initialsOf, nameOf } from "../../../client/widgets/faces.ts";

describe("faces of strangers", () => {
  it("[CW14] a name is one line of what can be seen", () => {
    expect(nameOf({ name: "  Ada\n\u202eLovelace\u0000 " })).toBe("Ada Lovelace");
    expect(nameOf({})).toBe("");
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
