import { describe, expect, it } from "vitest";
import { roomOfPage } from "../../../client/widgets/room-name.ts";
import { parseDocumentId } from "../../../src/protocol/room-id.ts";

describe("the room of a page", () => {
  it.each([
    ["https://example.com/blog/herons?utm_source=x#top", undefined, "example.com/blog/herons"],
    ["http://example.com/blog/herons/", undefined, "example.com/blog/herons"],
    ["https://example.com/", undefined, "example.com"],
    ["http://localhost:8788/", null, "localhost:8788"],
    ["https://m.example.com/a?x=1", "https://example.com/a?page=2", "example.com/a?page=2"],
    ["https://example.com/a/b", "/a", "example.com/a"],
    ["https://example.com/a", "", "example.com/a"],
    ["https://example.com/a", "https://[", "example.com/a"],
    ["file:///", undefined, "page"],
  ])("[CW15] of %s with canonical %s is %s", (page, canonical, room) => {
    expect(roomOfPage(page, canonical)).toBe(room);
  });

  it("[CW15] of an address too long for an id is one all the same, and another for another address", () => {
    const long = `https://example.com/${"ü".repeat(400)}`;
    const rooms = [long, `${long}a`, `${long}b`].map((page) => roomOfPage(page, undefined));
    expect(new Set(rooms).size).toBe(3);
    expect(rooms.map((room) => parseDocumentId(room).ok)).toEqual([true, true, true]);
  });
});
