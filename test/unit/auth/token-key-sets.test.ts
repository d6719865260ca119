import { describe, expect, it } from "vitest";
import { createJwks } from "../../../src/auth/jwks.ts";
import type { TokenTrust } from "../../../src/auth/project.ts";
import { verifyToken } from "../../../src/auth/verify-token.ts";
import {
  ALICE,
  JWKS_URL,
  type Json,
  NOW_MS,
  TRUST,
  eddsa,
  es256,
  forge,
  forgeOwn,
  hs256,
  outcome,
  providerKeys,
  rs256,
  verifier,
} from "./auth-world.ts";

const provider = providerKeys();
const stranger = providerKeys();
const CLAIMS: Json = { ...ALICE, project: "acme" };
const OWN_KEYS: TokenTrust = { ...TRUST, jwksUrl: JWKS_URL };
const TRUSTS = { acme: OWN_KEYS, other: { ...TRUST, jwksUrl: "https://other.example.com/keys" }, plain: TRUST };

const SIGNED = {
  ES256: { kid: "ec", sign: es256(provider.ec.privateKey) },
  EdDSA: { kid: "ed", sign: eddsa(provider.ed.privateKey) },
  RS256: { kid: "rsa", sign: rs256(provider.rsa.privateKey) },
};
type Alg = keyof typeof SIGNED;
// SAFETY: the keys of a literal.
const ALGS = Object.keys(SIGNED) as Alg[];

function world(trusts: Readonly<Record<string, TokenTrust>> = TRUSTS) {
  const fetched: string[] = [];
  const jwks = createJwks(
    async ({ url }) => {
      fetched.push(url);
      return new Response(url === JWKS_URL ? provider.keySet : stranger.keySet);
    },
    () => NOW_MS,
  );
  return { fetched, ...verifier(trusts, jwks) };
}

const token = (alg: Alg, payload: Json = CLAIMS, header: Json = {}) =>
  forge({ alg, kid: SIGNED[alg].kid, typ: "JWT", ...header }, payload, SIGNED[alg].sign);

async function verify(text: string, trusts: Readonly<Record<string, TokenTrust>> = TRUSTS) {
  return outcome(await verifyToken(text, world(trusts).deps));
}

describe("tokens of an identity provider", () => {
  it.each(ALGS)("[AU21] %s is verified by the project's key set", async (alg) => {
    const verified = await verifyToken(token(alg), world().deps);
    expect(verified).toEqual({
      ok: true,
      value: {
        project: "acme",
        user: "alice",
        access: { "document:*": ["read"] },
        limits: {},
        expiresMs: NOW_MS + 3_600_000,
      },
    });
  });

  it.each(ALGS)("[AU22] %s of a stranger's key is refused", async (alg) => {
    const signers = {
      ES256: es256(stranger.ec.privateKey),
      EdDSA: eddsa(stranger.ed.privateKey),
      RS256: rs256(stranger.rsa.privateKey),
    };
    expect(await verify(forge({ alg, kid: SIGNED[alg].kid }, CLAIMS, signers[alg]))).toBe("unauthorized");
  });

  it("[AU22] a public key is no HMAC secret, in whatever form it was published", async () => {
    const keys = [provider.rsa.publicKey, provider.ec.publicKey, provider.ed.publicKey];
    const forms = keys.flatMap((key) => [
      key.export({ format: "pem", type: "spki" }),
      key.export({ format: "der", type: "spki" }),
      JSON.stringify(key.export({ format: "jwk" })),
    ]);
    for (const form of [...forms, provider.keySet]) {
      for (const kid of ["rsa", "ec", "ed", "acme.m2.1"]) {
        for (const alg of ["HS256", "RS256", "ES256", "EdDSA"]) {
          const secret = typeof form === "string" ? form : new Uint8Array(form);
          expect(await verify(forge({ alg, kid }, CLAIMS, hs256(secret)))).toBe("unauthorized");
        }
      }
    }
  });

  it("[AU22] an algorithm does not go with the key of another", async () => {
    for (const alg of ALGS) {
      for (const other of ALGS) {
        const text = forge({ alg, kid: SIGNED[other].kid }, CLAIMS, SIGNED[other].sign);
        expect(await verify(text)).toBe(alg === other ? "ok" : "unauthorized");
      }
    }
  });

  it("[AU22] a token that our own key signed is not verified by the project's, nor the other way round", async () => {
    for (const alg of ALGS) expect(await verify(await forgeOwn({ alg }, CLAIMS))).toBe("unauthorized");
    expect(await verify(token("ES256", CLAIMS, { alg: "HS256", kid: "acme.m2.1" }))).toBe("unauthorized");
  });

  it.each([undefined, null, "", 1, ["ec"], { kid: "ec" }, "__proto__", "constructor", "EC", "ec ", "../ec", "0"])(
    "[AU23] a kid %j finds no key",
    async (kid) => {
      expect(await verify(token("ES256", CLAIMS, { kid }))).toBe("unauthorized");
    },
  );

  it("[AU24] ECDSA's empty, zero and DER signatures are refused", async () => {
    const header = { alg: "ES256", kid: "ec" };
    const ones = [new Uint8Array(0), new Uint8Array(64), new Uint8Array(63), new Uint8Array(72).fill(1)];
    for (const signature of ones) expect(await verify(forge(header, CLAIMS, () => signature))).toBe("unauthorized");
  });

  it.each([undefined, null, "", 1, ["acme"], "ACME", "__proto__", "acme/../other", "unknown", "plain"])(
    "[AU26] the project %j is not one whose keys these are",
    async (project) => {
      expect(await verify(token("ES256", { ...CLAIMS, project }))).toBe("unauthorized");
    },
  );

  it("[AU26] a project's key set verifies no token of another", async () => {
    expect(await verify(token("ES256", { ...CLAIMS, project: "other" }))).toBe("unauthorized");
  });

  it("[AU25] a key that the token brings along is not even looked at", async () => {
    const jwk = stranger.ec.publicKey.export({ format: "jwk" });
    const sign = es256(stranger.ec.privateKey);
    const header = { alg: "ES256", kid: "ec" };
    const { deps, fetched } = world();
    for (const more of [
      { jwk },
      { jku: "https://evil.example/keys" },
      { x5u: "https://evil.example" },
      { x5c: ["x"] },
    ]) {
      expect(outcome(await verifyToken(forge({ ...header, ...more }, CLAIMS, sign), deps))).toBe("unauthorized");
    }
    expect(fetched).toEqual([]);
  });

  it("[AU30] the second time nothing is fetched; the address and the age of the proof are looked at", async () => {
    const trusts: Record<string, TokenTrust> = { ...TRUSTS };
    const { deps, fetched } = world(trusts);
    const text = token("ES256");
    expect(outcome(await verifyToken(text, deps))).toBe("ok");
    expect(outcome(await verifyToken(text, deps))).toBe("ok");
    expect(fetched).toEqual([JWKS_URL]);
    trusts["acme"] = { ...TRUST, jwksUrl: "https://id.example.com/others" };
    expect(outcome(await verifyToken(text, deps))).toBe("unauthorized");
    trusts["acme"] = TRUST;
    expect(outcome(await verifyToken(text, deps))).toBe("unauthorized");
  });

  it("[AU30] a key that is taken out of the set counts ten minutes more at most", async () => {
    let keySet = provider.keySet;
    let nowMs = NOW_MS;
    const jwks = createJwks(
      async () => new Response(keySet),
      () => nowMs,
    );
    const { deps } = verifier(TRUSTS, jwks);
    const text = token("ES256");
    const at = async (ms: number) => {
      nowMs = ms;
      return outcome(await verifyToken(text, { ...deps, nowMs }));
    };
    expect(await at(NOW_MS)).toBe("ok");
    keySet = stranger.keySet.replaceAll('"ec"', '"new"');
    expect(await at(NOW_MS + 599_999)).toBe("ok");
    expect(await at(NOW_MS + 600_000)).toBe("unauthorized");
  });

  it("[AU31] where a project names its issuer, no other's tokens count", async () => {
    const issuer = "https://id.example.com/acme";
    const named = { acme: { ...OWN_KEYS, issuer } };
    expect(await verify(token("ES256", { ...CLAIMS, iss: issuer }), named)).toBe("ok");
    for (const iss of [undefined, null, "", `${issuer}/`, [issuer], "https://id.example.com/evil"]) {
      expect(await verify(token("ES256", { ...CLAIMS, iss }), named)).toBe("unauthorized");
    }
  });

  it("[AU31] an issuer that is named later counts for tokens that were verified before", async () => {
    const trusts: Record<string, TokenTrust> = { acme: OWN_KEYS };
    const { deps } = world(trusts);
    const text = token("ES256", { ...CLAIMS, iss: "a" });
    expect(outcome(await verifyToken(text, deps))).toBe("ok");
    trusts["acme"] = { ...OWN_KEYS, issuer: "b" };
    expect(outcome(await verifyToken(text, deps))).toBe("unauthorized");
  });

  it("[AU43] a key set that cannot be fetched is unavailable, not unauthorized", async () => {
    const jwks = createJwks(
      async () => new Response("no", { status: 500 }),
      () => NOW_MS,
    );
    expect(outcome(await verifyToken(token("RS256"), verifier(TRUSTS, jwks).deps))).toBe("jwks-unavailable");
  });
});
