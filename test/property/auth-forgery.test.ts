import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyKey } from "../../src/auth/keys.ts";
import { verifyToken } from "../../src/auth/verify-token.ts";
import { aliceToken, masters, pageKey, secretKey, verifier } from "../unit/auth/auth-world.ts";

const RUNS = process.env["ROOST_LONG"] === "1" ? 20_000 : 1_000;

/** One edit of a text: a character changed, taken out, put in or moved, a part cut out or doubled. */
function mutationOf(text: string): fc.Arbitrary<string> {
  const at = fc.nat(text.length - 1);
  const char = fc.oneof(
    fc.constantFrom(..."ABCxyz019-_."),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  );
  return fc.oneof(
    fc.tuple(at, char).map(([n, one]) => text.slice(0, n) + one + text.slice(n + 1)),
    fc.tuple(at, char).map(([n, one]) => text.slice(0, n) + one + text.slice(n)),
    at.map((n) => text.slice(0, n) + text.slice(n + 1)),
    fc.tuple(at, at).map(([from, to]) => text.slice(0, from) + text.slice(to)),
    fc.tuple(at, at).map(([a, b]) => swap(text, a, b)),
    at.map((n) => text.slice(0, n) + flipCase(text[n] ?? "") + text.slice(n + 1)),
  );
}

function swap(text: string, a: number, b: number): string {
  const chars = [...text];
  [chars[a], chars[b]] = [chars[b] ?? "", chars[a] ?? ""];
  return chars.join("");
}

function flipCase(char: string): string {
  return char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase();
}

describe("anything but the original", () => {
  it("[AU2] a key with any mutation is refused", async () => {
    const secrets = masters();
    for (const key of [await secretKey(), await pageKey()]) {
      const mutated = mutationOf(key).filter((text) => text !== key);
      const refused = fc.asyncProperty(mutated, async (text) => !(await verifyKey(secrets, text)).ok);
      await fc.assert(refused, { numRuns: RUNS });
      expect((await verifyKey(secrets, key)).ok).toBe(true);
    }
  });

  it("[AU24] a token with any mutation is refused, also while the original is remembered", async () => {
    const token = await aliceToken({ name: "Alice", limits: { socketsPerUser: 5 } });
    const { deps } = verifier();
    expect((await verifyToken(token, deps)).ok).toBe(true);
    const mutated = mutationOf(token).filter((text) => text !== token);
    const refused = fc.asyncProperty(mutated, async (text) => !(await verifyToken(text, deps)).ok);
    await fc.assert(refused, { numRuns: RUNS });
  });

  it("[AU23] any value of any header, and any payload, is an answer and never an exception", async () => {
    const { deps } = verifier();
    const part = fc.oneof(
      fc.json().map((text) => Buffer.from(text).toString("base64url")),
      fc.record({ alg: fc.anything(), kid: fc.anything(), typ: fc.anything() }, { requiredKeys: [] }).map((header) => {
        const text = JSON.stringify(header, (_key, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        );
        return Buffer.from(text).toString("base64url");
      }),
      fc.base64String(),
      fc.string(),
    );
    const answered = fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
      const verified = await verifyToken(parts.join("."), deps);
      return !verified.ok && verified.error.tag === "unauthorized";
    });
    await fc.assert(answered, { numRuns: RUNS });
  });
});
