import { describe, expect, it } from "vitest";
import { SCOPES, type Scope } from "../../../src/auth/grants.ts";
import { grantFor } from "../../../src/auth/grant-for.ts";
import { parseAccess, scopesEverywhere, scopesFor } from "../../../src/auth/room-access.ts";
import type { DocumentId, RoomKind } from "../../../src/protocol/room-id.ts";
import { ACME, outcome } from "./auth-world.ts";
import type { UserId } from "../../../src/auth/grants.ts";

const NFC = "caf\u00e9";
const NFD = "cafe\u0301";

function scopes(pattern: string, id: string, kind: RoomKind = "document"): readonly Scope[] {
  return scopesFor({ [pattern]: ["read"] }, { kind, id: id as DocumentId });
}

const allowed = (pattern: string, id: string) => scopes(pattern, id).length > 0;

describe("rooms of a token", () => {
  it.each([
    ["*", "a", true],
    ["*", "a/b", true],
    ["document:*", "a", true],
    ["document:*", "a/b/c", true],
    ["document:*", "*", true],
    ["document:a", "a", true],
    ["document:a", "a/b", false],
    ["document:a", "A", false],
    ["document:team/*", "team/a", true],
    ["document:team/*", "team/a/b", true],
    ["document:team/*", "team", false],
    ["document:team/*", "teams/a", false],
    ["document:team/*", "xteam/a", false],
    ["document:*/a", "x/a", true],
    ["document:*/a", "x/y/a", false],
    ["document:*/a", "a", false],
    ["document:a/*/c", "a/b/c", true],
    ["document:a/*/c", "a/b/b/c", false],
    ["document:a/*/*", "a/b", false],
    ["document:a/*/*", "a/b/c", true],
    ["document:a/*/*", "a/b/c/d", true],
    ["document:a*", "ab", false],
    ["document:**", "a", false],
    ["document:a?c", "abc", false],
    ["document:[ab]", "a", false],
    ["document:.*", "abc", false],
    ["document:a.c", "abc", false],
  ])("[AU10] %s lets into %s: %s", (pattern, id, expected) => {
    expect(allowed(pattern, id)).toBe(expected);
  });

  it("[AU10] a pattern is of one kind, but for the one that is of all", () => {
    expect(scopes("document:a", "a", "game")).toEqual([]);
    expect(scopes("game:*", "a", "document")).toEqual([]);
    expect(scopes("*", "a", "presence")).toEqual(["read"]);
  });

  it.each([
    ["document:a/b", "a%2Fb", false],
    ["document:a%2Fb", "a/b", false],
    ["document:a%2Fb", "a%2Fb", true],
    ["document:a/*", "a%2Fb", false],
    ["document:team/*", "team/../other", true],
    ["document:team/*", "../team/a", false],
    ["document:other", "team/../other", false],
    ["document:a/b", "a/./b", false],
    ["document:a/b", "a//b", false],
    ["document:a/b", "a/b/", false],
    ["document:a/*", "a/", true],
    ["document:a/*", "a//", true],
    ["document:a\\b", "a/b", false],
    [`document:${NFC}`, NFC, true],
    [`document:${NFC}`, NFD, false],
    [`document:${NFD}`, NFC, false],
    ["document:ａ", "a", false],
    ["document:a\u200d", "a", false],
    ["document:team/*", "team\u2215a", false],
  ])("[AU11] %j lets into %j: %s", (pattern, id, expected) => {
    expect(allowed(pattern, id)).toBe(expected);
  });

  it("[AU12] scopes of all patterns that match are joined, each once, in their order", () => {
    const access = {
      "document:a/b": ["write"],
      "document:a/*": ["presence", "read"],
      "document:x": ["admin"],
    } as const;
    expect(scopesFor(access, { kind: "document", id: "a/b" as DocumentId })).toEqual(["read", "write", "presence"]);
    expect(scopesFor(access, { kind: "document", id: "a/c" as DocumentId })).toEqual(["read", "presence"]);
    expect(scopesFor({}, { kind: "document", id: "a" as DocumentId })).toEqual([]);
  });

  it.each([
    ["no object", []],
    ["no object", null],
    ["no object", "document:*"],
    ["no kind", { "a/*": ["read"] }],
    ["an unknown kind", { "file:a": ["read"] }],
    ["a kind of the prototype", { "__proto__:a": ["read"] }],
    ["a kind as a pattern", { "*:a": ["read"] }],
    ["no id", { "document:": ["read"] }],
    ["an empty pattern", { "": ["read"] }],
    ["white space before it", { " document:a": ["read"] }],
    ["a control character", { "document:a\u0000": ["read"] }],
    ["half a surrogate pair", { "document:\ud800": ["read"] }],
    ["a pattern too long", { [`document:${"a".repeat(300)}`]: ["read"] }],
    ["too many patterns", Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`document:${n}`, ["read"]]))],
    ["a star at the end of a segment", { "document:team*": ["read"] }],
    ["a star at the beginning of one", { "document:a/*b/c": ["read"] }],
    ["two stars", { "document:team/**": ["read"] }],
    ["a star before the kind's colon", { "doc*:a": ["read"] }],
    ["scopes as text", { "document:a": "read" }],
    ["an unknown scope", { "document:a": ["read", "root"] }],
    ["a scope in capitals", { "document:a": ["READ"] }],
    ["a scope of the prototype", { "document:a": ["__proto__"] }],
    ["nested scopes", { "document:a": [["read"]] }],
    ["more scopes than there are", { "document:a": Array.from({ length: 6 }, () => "read") }],
    ["the prototype as a pattern", JSON.parse('{"__proto__": ["admin"]}') as unknown],
    ["the constructor as a pattern", { constructor: ["admin"] }],
  ])("[AU13] refuses %s", (_what, value) => {
    expect(outcome(parseAccess(value))).toBe("bad-access");
  });

  it("[AU13] takes what has the form, up to its bounds", () => {
    const longest = `document:${"a".repeat(291)}`;
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`document:${n}`, ["read"]]));
    expect(outcome(parseAccess({ [longest]: ["read"] }))).toBe("ok");
    expect(outcome(parseAccess(many))).toBe("ok");
    expect(parseAccess({ "*": [...SCOPES].toReversed(), "document:a": [], "game:*/a/*": [] })).toEqual({
      ok: true,
      value: { "*": SCOPES, "document:a": [], "game:*/a/*": [] },
    });
    expect(outcome(parseAccess({ "document:__proto__": ["read"] }))).toBe("ok");
  });

  it("[AU14] everywhere means everywhere", () => {
    const access = {
      "document:*": ["read"],
      "*": ["history"],
      "document:a/*": ["write"],
      "game:*": ["admin"],
    } as const;
    expect(scopesEverywhere(access, "document")).toEqual(["read", "history"]);
    expect(scopesEverywhere({ "document:*/*": ["read"] }, "document")).toEqual([]);
  });

  it("[AU10] a grant carries the scopes of its room, and who it is", () => {
    const holder = {
      project: ACME,
      user: "alice" as UserId,
      access: { "document:a": ["read"] },
      expiresMs: 5,
    } as const;
    const who = { project: ACME, user: "alice", expiresMs: 5 };
    expect(grantFor(holder, { kind: "document", id: "a" as DocumentId })).toEqual({ ...who, scopes: ["read"] });
    expect(grantFor(holder, { kind: "document", id: "b" as DocumentId })).toEqual({ ...who, scopes: [] });
  });
});
