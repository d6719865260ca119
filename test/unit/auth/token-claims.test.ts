import { describe, expect, it } from "vitest";
import type { MintClaims } from "../../../src/auth/mint-token.ts";
import { mintToken } from "../../../src/auth/mint-token.ts";
import { MAX_TOKEN_CHARS } from "../../../src/auth/token-text.ts";
import { verifyToken } from "../../../src/auth/verify-token.ts";
import {
  ALICE,
  type Json,
  NOW,
  NOW_MS,
  aliceToken,
  forgeOwn,
  outcome,
  pageKey,
  secretKey,
  verifier,
} from "./auth-world.ts";

const SKEW_MS = 30_000;
const HOUR_MS = 3_600_000;

async function verify(payload: Json | string, nowMs = NOW_MS) {
  return outcome(await verifyToken(await forgeOwn({}, payload), { ...verifier().deps, nowMs }));
}

describe("claims of a token", () => {
  it("[AU20] what is minted says the same when it is verified", async () => {
    const claims: MintClaims = {
      user: "alice@example.com",
      name: "Alice Ü. 🌍",
      color: "#0af",
      avatar: "https://example.com/a.png",
      rooms: { "document:team/*": ["write", "read"], "*": ["presence"] },
      limits: { socketsPerUser: 3 },
      expiresInSeconds: 60,
    };
    const minted = await mintToken(await secretKey(), claims, { nowMs: NOW_MS + 999 });
    if (!minted.ok) throw new Error(minted.error.reason);
    expect(minted.value.expiresMs).toBe(NOW_MS + 60_000);
    expect(await verifyToken(minted.value.token, verifier().deps)).toEqual({
      ok: true,
      value: {
        project: "acme",
        user: "alice@example.com",
        profile: { name: "Alice Ü. 🌍", color: "#0af", avatar: "https://example.com/a.png" },
        access: { "document:team/*": ["read", "write"], "*": ["presence"] },
        limits: { socketsPerUser: 3 },
        expiresMs: NOW_MS + 60_000,
        keyVersion: 1,
      },
    });
  });

  it("[AU20] a token without name, color and avatar gives its bearer no face", async () => {
    const verified = await verifyToken(await aliceToken(), verifier().deps);
    expect(verified.ok && "profile" in verified.value).toBe(false);
  });

  it("[AU27] exp counts with 30 s of skew, to the millisecond", async () => {
    const token = await aliceToken();
    const at = async (nowMs: number) => outcome(await verifyToken(token, { ...verifier().deps, nowMs }));
    expect(await at(NOW_MS + HOUR_MS + SKEW_MS - 1)).toBe("ok");
    expect(await at(NOW_MS + HOUR_MS + SKEW_MS)).toBe("token-expired");
    const exact = { ...ALICE, exp: NOW + 0.25 };
    expect(await verify(exact, NOW_MS + 250 + SKEW_MS - 1)).toBe("ok");
    expect(await verify(exact, NOW_MS + 250 + SKEW_MS)).toBe("token-expired");
  });

  it("[AU27] a cached token ends at the same moment", async () => {
    const token = await aliceToken();
    const { deps } = verifier();
    const at = async (nowMs: number) => outcome(await verifyToken(token, { ...deps, nowMs }));
    expect(await at(NOW_MS)).toBe("ok");
    expect(await at(NOW_MS + HOUR_MS + SKEW_MS - 1)).toBe("ok");
    expect(await at(NOW_MS + HOUR_MS + SKEW_MS)).toBe("token-expired");
  });

  it("[AU27] nbf counts with 30 s of skew, to the millisecond", async () => {
    const payload = { ...ALICE, nbf: NOW + 60 };
    expect(await verify(payload, NOW_MS + 60_000 - SKEW_MS)).toBe("ok");
    expect(await verify(payload, NOW_MS + 60_000 - SKEW_MS - 1)).toBe("unauthorized");
  });

  it("[AU27] what is wrongly signed is never called expired", async () => {
    const [header, payload, signature = ""] = (await forgeOwn({}, { ...ALICE, exp: 1 })).split(".");
    const swapped = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    expect(await verify({ ...ALICE, exp: 1 })).toBe("token-expired");
    expect(outcome(await verifyToken(`${header}.${payload}.${swapped}`, verifier().deps))).toBe("unauthorized");
  });

  it.each([
    ["no exp", { exp: undefined }],
    ["exp as text", { exp: String(NOW + 60) }],
    ["exp as a list", { exp: [NOW + 60] }],
    ["exp null", { exp: null }],
    ["exp in milliseconds", { exp: NOW_MS }],
    ["exp beyond all years", { exp: 1e300 }],
    ["a negative exp", { exp: -1 }],
    ["nbf as text", { nbf: "0" }],
    ["nbf null", { nbf: null }],
    ["iat as text", { iat: "now" }],
    ["no sub", { sub: undefined }],
    ["an empty sub", { sub: "" }],
    ["sub as a number", { sub: 1 }],
    ["sub as an object", { sub: { id: "alice" } }],
    ["sub too long", { sub: "a".repeat(129) }],
    ["sub with a control character", { sub: "al\u0000ice" }],
    ["sub with a new line", { sub: "alice\nadmin" }],
    ["sub of nobody", { sub: "anonymous" }],
    ["sub with C1", { sub: "alice\u0085" }],
    ["sub with half a surrogate pair", { sub: "\ud83d" }],
    ["rooms as a list", { rooms: ["document:*"] }],
    ["rooms as text", { rooms: "*" }],
    ["an unknown scope", { rooms: { "document:*": ["owner"] } }],
    ["a pattern of no kind", { rooms: { "team/*": ["read"] } }],
    ["name as a number", { name: 7 }],
    ["an empty name", { name: "" }],
    ["name null", { name: null }],
    ["name too long", { name: "n".repeat(129) }],
    ["name with a control character", { name: "A\u0007" }],
    ["color by name", { color: "red" }],
    ["color with more behind it", { color: "#fff;background:url(x)" }],
    ["color with a new line", { color: "#fff\n" }],
    ["avatar by http", { avatar: "http://example.com/a.png" }],
    ["avatar as a script", { avatar: "javascript:alert(1)" }],
    ["avatar as data", { avatar: "data:image/png;base64,AA" }],
    ["avatar too long", { avatar: `https://example.com/${"a".repeat(512)}` }],
    ["avatar without a host", { avatar: "https://" }],
    ["limits as a list", { limits: [] }],
    ["an unknown limit", { limits: { sockets: 1 } }],
    ["a limit of the prototype", { limits: JSON.parse('{"__proto__": 5}') as Json }],
    ["a limit as text", { limits: { socketsPerUser: "5" } }],
    ["a limit below its range", { limits: { socketsPerUser: 0 } }],
    ["a limit that is no whole number", { limits: { socketsPerUser: 1.5 } }],
  ])("[AU28] %s makes the token void", async (_what, claims) => {
    expect(await verify({ ...ALICE, ...claims })).toBe("unauthorized");
  });

  it("[AU13][AU28] a claim under the prototype's name is not read", async () => {
    const text = `{"sub":"alice","__proto__":{"exp":${NOW + 60},"rooms":{"*":["admin"]}}}`;
    expect(await verify(text)).toBe("unauthorized");
    const rooms = `{"sub":"alice","exp":${NOW + 60},"rooms":{"document:a":["read"],"__proto__":{"*":["admin"]}}}`;
    expect(await verify(rooms)).toBe("unauthorized");
  });

  it("[AU28] of a name that stands twice the last one counts", async () => {
    const twice = `{"sub":"bob","sub":"alice","exp":1,"exp":${NOW + 60},"rooms":{"*":["admin"]},"rooms":{}}`;
    const verified = await verifyToken(await forgeOwn({}, twice), verifier().deps);
    expect(verified).toEqual({
      ok: true,
      value: { project: "acme", user: "alice", access: {}, limits: {}, expiresMs: NOW_MS + 60_000, keyVersion: 1 },
    });
    expect(await verify(`{"sub":"alice","exp":${NOW + 60},"exp":1}`)).toBe("token-expired");
  });

  it("[AU28] claims that nobody here knows change nothing, and without rooms there is nothing to do", async () => {
    const verified = await verifyToken(
      await forgeOwn({}, { sub: "a", exp: NOW + 1, aud: "x", admin: true }),
      verifier().deps,
    );
    expect(verified.ok && verified.value.access).toEqual({});
  });

  it("[AU28] a token is at most 8 KB", async () => {
    const payload = (padding: number): Json => ({ ...ALICE, padding: "p".repeat(padding) });
    const overhead = (await forgeOwn({}, payload(0))).length;
    const fits = Math.floor(((MAX_TOKEN_CHARS - overhead) * 3) / 4);
    expect((await forgeOwn({}, payload(fits))).length).toBeGreaterThan(MAX_TOKEN_CHARS - 8);
    expect(await verify(payload(fits - 4))).toBe("ok");
    expect(await verify(payload(fits + 8))).toBe("unauthorized");
    expect(outcome(await verifyToken("a.".repeat(10_000_000), verifier().deps))).toBe("unauthorized");
  });
});

describe("minting", () => {
  it.each([
    ["no user", { user: "" }, /user id is not empty/],
    ["rooms out of form", { rooms: { "team/*": ["read"] } as const }, /pattern/],
    ["a color by name", { color: "red" }, /color/],
    ["an unknown limit", { limits: JSON.parse('{"sockets": 1}') as object }, /limit/],
    ["no time at all", { expiresInSeconds: 0 }, /expiresInSeconds/],
    ["part of a second", { expiresInSeconds: 0.5 }, /expiresInSeconds/],
    ["more than a day", { expiresInSeconds: 86_401 }, /expiresInSeconds/],
    ["more rooms than a token holds", { rooms: manyRooms(100) }, /8192/],
  ])("[AU32] refuses %s, and says why", async (_what, claims, reason) => {
    const whole: MintClaims = { user: "alice", rooms: {}, ...claims };
    const minted = await mintToken(await secretKey(), whole, { nowMs: NOW_MS });
    expect(minted.ok).toBe(false);
    expect(minted.ok ? "" : minted.error.reason).toMatch(reason);
  });

  it("[AU32] only a secret key mints", async () => {
    for (const key of [await pageKey(), "", "sk_", "secret", `${await secretKey()}x`]) {
      const minted = await mintToken(key, { user: "alice", rooms: {} }, { nowMs: NOW_MS });
      expect(minted.ok ? "ok" : minted.error.reason).toBe("Tokens are minted with a project's secret key, sk_….");
    }
  });
});

function manyRooms(count: number): MintClaims["rooms"] {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`document:${"long".repeat(20)}${n}`, ["read"]]));
}
