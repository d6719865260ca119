import { describe, expect, it, vi } from "vitest";
import { mintToken } from "../../../src/auth/mint-token.ts";
import { type VerifyDeps, verifyToken } from "../../../src/auth/verify-token.ts";
import { recordResult } from "../../support/results.ts";
import {
  ACME,
  ALICE,
  JWKS_URL,
  NEW_MASTER,
  NOW_MS,
  OLD_MASTER,
  TRUST,
  aliceToken,
  forge,
  masters,
  outcome,
  secretKey,
  verifier,
} from "./auth-world.ts";

async function tokenOf(key: string, user = "alice"): Promise<string> {
  const minted = await mintToken(key, { user, rooms: {}, expiresInSeconds: 86_400 }, { nowMs: NOW_MS });
  if (!minted.ok) throw new Error(minted.error.reason);
  return minted.value.token;
}

const at = async (token: string, deps: VerifyDeps) => outcome(await verifyToken(token, deps));

describe("trust in a token", () => {
  it("[AU29] a project's rotation leaves its tokens exactly its overlap", async () => {
    const before = await tokenOf(await secretKey(ACME, 1));
    const after = await tokenOf(await secretKey(ACME, 2));
    const untilMs = NOW_MS + 1_000;
    const { deps } = verifier({ acme: { ...TRUST, keyVersion: 2, previousUntilMs: untilMs } });
    expect(await at(before, { ...deps, nowMs: untilMs - 1 })).toBe("ok");
    expect(await at(before, { ...deps, nowMs: untilMs })).toBe("unauthorized");
    expect(await at(after, { ...deps, nowMs: untilMs })).toBe("ok");
  });

  it("[AU29] two rotations leave none of the first", async () => {
    const first = await tokenOf(await secretKey(ACME, 1));
    const { deps } = verifier({ acme: { ...TRUST, keyVersion: 3, previousUntilMs: NOW_MS + 10_000 } });
    expect(await at(first, deps)).toBe("unauthorized");
  });

  it("[AU29] a rotation counts at once for a token that was verified before it", async () => {
    const token = await tokenOf(await secretKey(ACME, 1));
    const trusts = { acme: TRUST };
    const { deps } = verifier(trusts);
    expect(await at(token, deps)).toBe("ok");
    trusts.acme = { ...TRUST, keyVersion: 2 };
    expect(await at(token, deps)).toBe("unauthorized");
  });

  it("[AU29] a token of an older master secret counts while that is listed", async () => {
    const token = await tokenOf(await secretKey(ACME, 1, [OLD_MASTER]));
    const { deps } = verifier();
    expect(await at(token, { ...deps, secrets: [NEW_MASTER, OLD_MASTER] })).toBe("ok");
    expect(await at(token, { ...deps, secrets: [NEW_MASTER] })).toBe("unauthorized");
    expect(await at(token, { ...deps, secrets: [] })).toBe("unauthorized");
  });

  it("[AU30] verifying again costs no cryptography and no fetch, and asks the project each time", async () => {
    const token = await aliceToken();
    const find = vi.fn<VerifyDeps["jwks"]["find"]>();
    const { asked, deps } = verifier({ acme: TRUST }, { find });
    const first = await verifyToken(token, deps);
    const calls = (["sign", "verify", "importKey", "digest"] as const).map((name) => vi.spyOn(crypto.subtle, name));
    const rounds = 2_000;
    const timesMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const startMs = performance.now();
      const again = await verifyToken(token, deps);
      timesMs.push(performance.now() - startMs);
      if (again.ok !== first.ok) throw new Error("another answer");
    }
    expect(calls.map((call) => call.mock.calls.length)).toEqual([0, 0, 0, 0]);
    expect(find).not.toHaveBeenCalled();
    expect(asked).toHaveLength(rounds + 1);
    for (const call of calls) call.mockRestore();
    const medianMs = timesMs.toSorted((a, b) => a - b)[rounds / 2] ?? 0;
    // The promise; a median, so that a busy machine does not break it.
    expect(medianMs).toBeLessThan(1);
    recordResult("token", {
      promise: "P9",
      test: "verifying a token again",
      count: `${rounds.toLocaleString("en")} times`,
      result: `no cryptography, no fetch, no storage read; median ${(medianMs * 1_000).toFixed(1)} µs`,
    });
  });

  it("[AU30] the first time costs a few HMACs, and a changed token all of them again", async () => {
    const { deps } = verifier();
    const token = await aliceToken();
    await verifyToken(token, deps);
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect(await at(await aliceToken({ user: "bob" }), deps)).toBe("ok");
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  it("[AU30] what is refused is not remembered", async () => {
    const token = await aliceToken();
    const { deps } = verifier({});
    expect(await at(token, deps)).toBe("unauthorized");
    expect(await at(token, { ...deps, trustOf: verifier().deps.trustOf })).toBe("ok");
    const late = { ...verifier().deps, nowMs: NOW_MS + 10 ** 9 };
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect([await at(token, late), await at(token, late)]).toEqual(["token-expired", "token-expired"]);
    expect(verify).toHaveBeenCalledTimes(2);
    verify.mockRestore();
  });

  it("[AU30] at most 2,000 tokens are remembered, the latest", async () => {
    const { deps } = verifier();
    const key = await secretKey();
    const tokens = await Promise.all(Array.from({ length: 2_001 }, (_, n) => tokenOf(key, `user-${n}`)));
    for (const token of tokens) await verifyToken(token, deps);
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect(await at(tokens[2_000] ?? "", deps)).toBe("ok");
    expect(await at(tokens[1] ?? "", deps)).toBe("ok");
    expect(verify).not.toHaveBeenCalled();
    expect(await at(tokens[0] ?? "", deps)).toBe("ok");
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  it("[AU59] a project that cannot be asked is unavailable, with a cached token too", async () => {
    const token = await aliceToken();
    const { deps } = verifier();
    const away: VerifyDeps = {
      ...deps,
      secrets: masters(),
      trustOf: async () => ({ ok: false, error: { tag: "projects-unavailable", reason: "away" } }),
    };
    expect(await at(token, away)).toBe("projects-unavailable");
    expect(await at(token, deps)).toBe("ok");
    expect(await at(token, { ...away, secrets: deps.secrets })).toBe("projects-unavailable");
  });

  it("[AU61] what is not rightly signed asks for no project, but one that another provider would have to prove", async () => {
    const token = await aliceToken();
    const { asked, deps } = verifier({ acme: { ...TRUST, jwksUrl: JWKS_URL } });
    await verifyToken(`${token.slice(0, -4)}AAAA`, deps);
    await verifyToken(token.replace(".", "x."), deps);
    expect(asked).toEqual([]);
    const claims: string[] = [];
    const trustOf: VerifyDeps["trustOf"] = async (project, claim) => {
      claims.push(`${project}: ${claim}`);
      return await deps.trustOf(project, claim);
    };
    for (const project of ["acme", "nobody"]) {
      const foreign = forge({ alg: "ES256", typ: "JWT", kid: "ec" }, { ...ALICE, project }, () => new Uint8Array(64));
      expect(await at(foreign, { ...deps, trustOf })).not.toBe("ok");
    }
    expect(await at(token, { ...deps, trustOf })).toBe("ok");
    expect(await at(token, { ...deps, trustOf })).toBe("ok");
    expect(claims).toEqual(["acme: said", "nobody: said", "acme: proven", "acme: proven"]);
  });
});
