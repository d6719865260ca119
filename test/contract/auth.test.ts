import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { createJwks } from "../../src/auth/jwks.ts";
import { formatKey, verifyKey } from "../../src/auth/keys.ts";
import { mintToken } from "../../src/auth/mint-token.ts";
import type { TokenTrust } from "../../src/auth/project.ts";
import { type VerifyDeps, verifyToken } from "../../src/auth/verify-token.ts";
import { ok } from "../../src/protocol/result.ts";
import type { ProjectId } from "../../src/protocol/room-id.ts";

const ACME = "acme" as ProjectId;
const JWKS_URL = "https://id.example.com/keys";
const SECRETS = [{ id: "m1", secret: "a master secret of some 40 characters ok" }];
const TRUST: TokenTrust = { keyVersion: 1, previousUntilMs: null, jwksUrl: JWKS_URL };

function deps(answer: (request: Request) => Promise<Response>, timeoutMs = 5_000): VerifyDeps {
  const jwks = createJwks(answer, () => Date.now(), { timeoutMs });
  return { secrets: [...SECRETS], jwks, nowMs: Date.now(), trustOf: async () => ok(TRUST) };
}

const refuseToFetch = async (): Promise<Response> => {
  throw new Error("nothing is to be fetched");
};

async function providerToken(alg: "ES256" | "EdDSA" | "RS256") {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid: "one" }] };
  const token = await new SignJWT({ project: "acme", rooms: { "*": ["read"] } })
    .setProtectedHeader({ alg, kid: "one" })
    .setSubject("alice")
    .setExpirationTime("1h")
    .sign(privateKey);
  return { keySet, token };
}

describe("the runtime's cryptography and fetch", () => {
  it("[AU1][AU2] keys are made and verified", async () => {
    const key = await formatKey(SECRETS, { kind: "sk", project: ACME, version: 1 });
    expect((await verifyKey(SECRETS, key)).ok).toBe(true);
    expect((await verifyKey(SECRETS, key.replace("acme", "acne"))).ok).toBe(false);
  });

  it("[AU20] a minted token is verified, and not once it was changed", async () => {
    const key = await formatKey(SECRETS, { kind: "sk", project: ACME, version: 1 });
    const minted = await mintToken(key, { user: "alice", rooms: {} }, { nowMs: Date.now() });
    const token = minted.ok ? minted.value.token : "";
    const verified = await verifyToken(token, deps(refuseToFetch));
    expect(verified.ok && verified.value.user).toBe("alice");
    expect((await verifyToken(`${token.slice(0, -3)}AAA`, deps(refuseToFetch))).ok).toBe(false);
  });

  it.each(["ES256", "EdDSA", "RS256"] as const)("[AU21] %s is verified by a key set", async (alg) => {
    const { keySet, token } = await providerToken(alg);
    const requests: Request[] = [];
    const answer = async (request: Request) => {
      requests.push(request);
      return Response.json(keySet);
    };
    const verified = await verifyToken(token, deps(answer));
    expect(verified.ok && verified.value.project).toBe(ACME);
    expect(requests.map(({ url, redirect, method }) => ({ url, redirect, method }))).toEqual([
      { url: JWKS_URL, redirect: "manual", method: "GET" },
    ]);
    const stranger = await providerToken(alg);
    expect((await verifyToken(stranger.token, deps(answer))).ok).toBe(false);
  });

  it("[AU44] a key set that never ends is given up", async () => {
    const { token } = await providerToken("ES256");
    const endless = async () => new Response(new ReadableStream());
    const verified = await verifyToken(token, deps(endless, 50));
    expect(verified.ok ? "ok" : verified.error).toEqual({
      tag: "jwks-unavailable",
      reason: "The key set did not come in time.",
    });
  });
});
