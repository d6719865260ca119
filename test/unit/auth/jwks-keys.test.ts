import { describe, expect, it } from "vitest";
import { createJwks } from "../../../src/auth/jwks.ts";
import { isKeyFor, parseKeySet } from "../../../src/auth/jwks-keys.ts";
import { JWKS_URL, outcome, providerKeys } from "./auth-world.ts";

const provider = providerKeys();
const EC = { kid: "ec", alg: "ES256" } as const;

describe("keys of a set", () => {
  const [ec, ed, rsa] = provider.keys;
  const parse = (keys: readonly unknown[]) => parseKeySet(JSON.stringify({ keys }));
  const usable = (key: unknown) => {
    const parsed = parse([key]);
    return parsed.ok && parsed.value.some((one) => isKeyFor(one, EC));
  };

  it("[AU44] 50 keys are a set, 51 are not", () => {
    expect(outcome(parse(Array.from({ length: 50 }, () => ec)))).toBe("ok");
    expect(outcome(parse(Array.from({ length: 51 }, () => ec)))).toBe("bad-key-set");
  });

  it("[AU45] only what verifies is kept of a key", () => {
    const parsed = parse([{ ...ec, use: "sig", key_ops: ["verify"], x5c: ["…"] }, ed, rsa, null, "x", []]);
    expect(parsed.ok && parsed.value.map(({ jwk }) => Object.keys(jwk))).toEqual([
      ["kty", "crv", "x", "y"],
      ["kty", "crv", "x"],
      ["kty", "n", "e"],
    ]);
  });

  it.each([
    ["of another use", { use: "enc" }],
    ["of no use known", { use: 1 }],
    ["for other operations", { key_ops: ["sign"] }],
    ["for operations that are no list", { key_ops: "verify" }],
    ["of another algorithm", { alg: "ES384" }],
    ["of an algorithm for secrets", { alg: "HS256" }],
    ["of another curve", { crv: "P-384" }],
    ["of a curve for other things", { crv: "X25519" }],
    ["of another type", { kty: "RSA" }],
    ["that is a secret", { kty: "oct", k: "AAAA" }],
    ["that is private", { d: "AAAA" }],
    ["without a kid", { kid: undefined }],
    ["with a kid that is no text", { kid: 1 }],
    ["without numbers", { x: undefined }],
    ["with numbers that are no text", { x: [1] }],
    ["with endless numbers", { x: "A".repeat(2_000) }],
  ])("[AU45] a key %s verifies nothing", (_what, changes) => {
    expect(usable(ec)).toBe(true);
    expect(usable({ ...ec, ...changes })).toBe(false);
  });

  it.each([
    ["a point off the curve", { ...ec, y: ec?.x }],
    ["a point of another length", { ...ec, x: "AAAA" }],
  ])("[AU45] %s is no key", async (_what, key) => {
    const source = createJwks(
      async () => new Response(JSON.stringify({ keys: [key] })),
      () => 0,
    );
    expect(await source.find(JWKS_URL, EC)).toEqual({ ok: true, value: null });
  });

  it("[AU45] a kid alone makes no key of another type the right one", () => {
    expect(usable({ ...rsa, kid: "ec" })).toBe(false);
    expect(usable({ ...ed, kid: "ec" })).toBe(false);
    expect(usable({ ...ec, kid: "Ec" })).toBe(false);
  });

  it("[AU45] an RSA key of too many bits, or an odd exponent, is left out", () => {
    const parsed = parse([
      { ...rsa, n: "A".repeat(1_367) },
      { ...rsa, e: "A".repeat(7) },
    ]);
    expect(parsed.ok && parsed.value).toEqual([]);
  });
});
