import { describe, expect, it } from "vitest";
import { formatKey, keyIdOf, signingKey } from "../../../src/auth/keys.ts";
import { verifyToken } from "../../../src/auth/verify-token.ts";
import { createHmac } from "node:crypto";
import {
  ACME,
  ALICE,
  NEW_MASTER,
  OTHER,
  TRUST,
  aliceToken,
  base64url,
  forge,
  forgeOwn,
  hs256,
  outcome,
  pageKey,
  secretKey,
  verifier,
} from "./auth-world.ts";

const BOTH = { acme: TRUST, other: TRUST };

async function verify(token: string, trusts = BOTH) {
  return outcome(await verifyToken(token, verifier(trusts).deps));
}

describe("forged tokens", () => {
  it("[AU20] the forger's own tools make a good one when nothing is forged", async () => {
    expect(await verify(await forgeOwn({}))).toBe("ok");
    expect(await verify(await forgeOwn({ typ: undefined }))).toBe("ok");
  });

  it.each([
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    " HS256",
    "hs256",
    "HS384",
    "HS512",
    "HMAC",
    "ES384",
    "PS256",
    "Ed25519",
  ])("[AU21] alg %j is refused, signed or not", async (alg) => {
    expect(await verify(await forgeOwn({ alg }))).toBe("unauthorized");
    const [header, payload] = (await forgeOwn({ alg })).split(".");
    expect(await verify(`${header}.${payload}.`)).toBe("unauthorized");
    expect(await verify(`${header}.${payload}`)).toBe("unauthorized");
  });

  it.each([undefined, null, 256, ["HS256"], { name: "HS256" }, true, "__proto__", "constructor", "toString"])(
    "[AU21] alg %j is refused",
    async (alg) => {
      expect(await verify(await forgeOwn({ alg }))).toBe("unauthorized");
    },
  );

  it("[AU21] HS512 with the derived key is refused, though the signature is right", async () => {
    const key = await secretKey();
    const derived = await signingKey(key);
    const signer = (input: string) => new Uint8Array(createHmac("sha512", derived).update(input).digest());
    const token = forge({ alg: "HS512", typ: "JWT", kid: keyIdOf(key) }, ALICE, signer);
    expect(await verify(token)).toBe("unauthorized");
  });

  it("[AU22] what anybody knows is no secret: keys as text, masters' ids, nothing", async () => {
    const page = await pageKey();
    const kid = "acme.m2.1";
    const guesses = ["", "acme", "m2", kid, page, "null", "undefined", new Uint8Array(32), new Uint8Array(0)];
    for (const guess of guesses) {
      if (guess.length === 0 && typeof guess !== "string") continue;
      expect(await verify(forge({ alg: "HS256", kid }, ALICE, hs256(guess)))).toBe("unauthorized");
    }
    // Nor is what was only meant to sign something else.
    for (const secret of [await secretKey(), NEW_MASTER.secret, await signingKey(page)]) {
      expect(await verify(forge({ alg: "HS256", kid }, ALICE, hs256(secret)))).toBe("unauthorized");
    }
  });

  it.each([
    ["of another project", "other.m2.1"],
    ["of another version", "acme.m2.2"],
    ["of another secret", "acme.m1.1"],
    ["of an unknown secret", "acme.m3.1"],
    ["with version 0", "acme.m2.0"],
    ["with a padded version", "acme.m2.01"],
    ["with a version in exponents", "acme.m2.1e0"],
    ["with a negative version", "acme.m2.-1"],
    ["with white space", "acme.m2.1 "],
    ["with a new line", "acme.m2.1\n"],
    ["with a null byte", "acme.m2.1\u0000"],
    ["in capitals", "ACME.m2.1"],
    ["as a path", "../../acme.m2.1"],
    ["as a path to nothing", "/dev/null"],
    ["as a URL", "https://evil.example/acme.m2.1"],
    ["as a query", "acme.m2.1' OR '1'='1"],
    ["that is empty", ""],
    ["of dots", ".."],
    ["missing", undefined],
    ["null", null],
    ["a number", 1],
    ["a list", ["acme.m2.1"]],
    ["an object", { project: "acme" }],
    ["of the prototype", "__proto__"],
    ["of the prototype in parts", "__proto__.__proto__.1"],
    ["of the constructor", "constructor"],
    ["too long", "a".repeat(5_000)],
    ["as the key itself", "sk_acme.m2.1"],
  ])("[AU23] a kid %s verifies nothing", async (_what, kid) => {
    expect(await verify(await forgeOwn({ kid }))).toBe("unauthorized");
  });

  it("[AU24] a signature that is cut, empty, swapped or spelled another way is refused", async () => {
    const token = await aliceToken();
    const [header = "", payload = "", signature = ""] = token.split(".");
    const [, , others = ""] = (await aliceToken({ user: "bob" })).split(".");
    const standard = base64url(new Uint8Array(32).fill(255)).replaceAll("_", "/");
    const signatures = [
      ...["", signature.slice(0, -1), signature.slice(1), signature.slice(0, 20), `${signature}A`, `${signature}AA`],
      ...[`${signature}=`, `${signature}\n`, ` ${signature}`, signature.toLowerCase(), others, standard],
      ...["A".repeat(43), signature.repeat(2), `${signature}.${signature}`, `${signature}.`],
    ];
    expect(await verify(token)).toBe("ok");
    for (const text of signatures) expect(await verify(`${header}.${payload}.${text}`)).toBe("unauthorized");
    for (const text of ["", ".", "..", "...", `${payload}.${header}.${signature}`, `${token} `, `Bearer ${token}`]) {
      expect(await verify(text)).toBe("unauthorized");
    }
  });

  it("[AU24] no other last character of a signature passes, though three have the same bytes", async () => {
    const token = await aliceToken();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const passed: string[] = [];
    for (const last of alphabet) {
      const changed = token.slice(0, -1) + last;
      if ((await verify(changed)) === "ok") passed.push(changed);
    }
    expect(passed).toEqual([token]);
  });

  it("[AU24] claims of one token do not go with the signature of another", async () => {
    const [header, , signature] = (await aliceToken()).split(".");
    const [, payload] = (await aliceToken({ rooms: { "*": ["admin"] } })).split(".");
    expect(await verify(`${header}.${payload}.${signature}`)).toBe("unauthorized");
  });

  it.each([
    ["jwk", { jwk: { kty: "oct", k: base64url("x".repeat(32)) } }],
    ["jku", { jku: "https://evil.example/keys" }],
    ["x5u", { x5u: "https://evil.example/cert" }],
    ["x5c", { x5c: ["MIIB"] }],
    ["crit", { crit: ["exp"], exp: 1 }],
    ["crit that is empty", { crit: [] }],
    ["crit with b64", { crit: ["b64"], b64: true }],
    ["b64 false", { b64: false, crit: ["b64"] }],
    ["b64 alone", { b64: false }],
    ["zip", { zip: "DEF" }],
    ["enc", { enc: "A256GCM" }],
    ["typ of an access token", { typ: "at+jwt" }],
    ["typ that is no text", { typ: 1 }],
    ["typ null", { typ: null }],
  ])("[AU25] a header with %s is refused, though the signature is right", async (_what, header) => {
    expect(await verify(await forgeOwn(header))).toBe("unauthorized");
  });

  it("[AU25] a header or payload that is no JSON object is refused", async () => {
    const signer = hs256(await signingKey(await secretKey()));
    const header = { alg: "HS256", kid: "acme.m2.1" };
    for (const text of ["null", "[]", '"x"', "1", "{", "", "\ufeff{}", '{"a":\ud800}']) {
      expect(await verify(forge(header, text, signer))).toBe("unauthorized");
      expect(await verify(forge(text, ALICE, signer))).toBe("unauthorized");
    }
    const broken = `${base64url(JSON.stringify(header))}.${base64url(new Uint8Array([123, 255, 125]))}`;
    expect(await verify(`${broken}.${base64url(signer(broken))}`)).toBe("unauthorized");
  });

  it("[AU26] a token signed with another project's key is that project's", async () => {
    const token = await aliceToken({}, OTHER);
    const verified = await verifyToken(token, verifier(BOTH).deps);
    expect(verified.ok && verified.value.project).toBe(OTHER);
    expect(await verify(await forgeOwn({}, { ...ALICE, project: "acme" }, OTHER))).toBe("unauthorized");
    expect(await verify(await forgeOwn({}, { ...ALICE, project: ["other"] }, OTHER))).toBe("unauthorized");
    expect(await verify(await forgeOwn({}, { ...ALICE, project: null }, OTHER))).toBe("unauthorized");
    expect(await verify(await forgeOwn({}, { ...ALICE, project: "other" }, OTHER))).toBe("ok");
  });

  it("[AU26] a token of a project that does not exist is nobody's", async () => {
    expect(await verify(await aliceToken({}, OTHER), { acme: TRUST } as typeof BOTH)).toBe("unauthorized");
  });

  it("[AU22] a master secret of another deployment makes nothing that counts here", async () => {
    const theirs = await formatKey([{ id: "m2", secret: "another deployment's secret, same id ......" }], {
      kind: "sk",
      project: ACME,
      version: 1,
    });
    expect(await verify(forge({ alg: "HS256", kid: "acme.m2.1" }, ALICE, hs256(await signingKey(theirs))))).toBe(
      "unauthorized",
    );
  });
});
