import { describe, expect, it } from "vitest";
import type { UserId } from "../../../src/auth/grants.ts";
import { createJwks } from "../../../src/auth/jwks.ts";
import { sessionEndMs } from "../../../src/auth/session-end.ts";
import { providerOf } from "../../../src/auth/standing.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { ACME_PAGE, OPERATOR, ask, askTag, pageAt } from "./ask.ts";
import {
  ACME,
  ALICE,
  JWKS_URL,
  NOW_MS,
  OTHER,
  aliceToken,
  es256,
  forge,
  forgeOwn,
  pageKey,
  projectOf,
  providerKeys,
  secretKey,
} from "./auth-world.ts";

const acme = projectOf(ACME);

describe("tokens", () => {
  it("[AU55] a token gives what it says, and its limits only lower the project's", async () => {
    const project = projectOf(ACME, { limits: { socketsPerRoom: 100, frameBytes: 2_048 }, keyVersion: 1 });
    const limits = { socketsPerRoom: 5, frameBytes: 1_048_576, documentBytes: 4_096 };
    const bearer = await aliceToken({ limits, name: "Alice" });
    expect(await ask({ bearer, user: "mallory" }, { projects: [project] })).toEqual({
      ok: true,
      value: {
        kind: "token",
        project: "acme",
        user: "alice",
        profile: { name: "Alice" },
        access: { "document:team/*": ["read", "write"] },
        limits: { ...DEFAULT_LIMITS, socketsPerRoom: 5, frameBytes: 2_048, documentBytes: 4_096 },
        joinsPerSecond: DEFAULT_LIMITS.joinsPerSecond,
        expiresMs: NOW_MS + 3_600_000,
        keyVersion: 1,
        origins: [ACME_PAGE],
        mayCreate: true,
      },
    });
  });

  it("[AU65] a token says who vouches for it: a version of the project's keys, or its provider", async () => {
    const keys = providerKeys();
    const project = projectOf(ACME, { jwksUrl: JWKS_URL });
    const jwks = createJwks(
      async () => new Response(keys.keySet),
      () => NOW_MS,
    );
    const header = { alg: "ES256", kid: "ec", typ: "JWT" };
    const bearer = forge(header, { ...ALICE, project: "acme" }, es256(keys.ec.privateKey));
    const theirs = await ask({ bearer }, { projects: [project], jwks });
    const own = await ask({ bearer: await aliceToken() }, { projects: [project], jwks });
    const vouchedFor = [theirs, own].map((asked) =>
      asked.ok && asked.value.kind === "token" ? [asked.value.keyVersion, asked.value.provider] : asked,
    );
    expect(vouchedFor).toEqual([
      [undefined, await providerOf(project)],
      [1, undefined],
    ]);
  });

  it("[AU56] a revoked user is refused until the moment it ends, others are not", async () => {
    const revocations = new Map([["alice" as UserId, NOW_MS + 1_000]]);
    const projects = [projectOf(ACME, { revocations })];
    const bearer = await aliceToken();
    expect(await ask({ bearer }, { projects })).toEqual({
      ok: false,
      error: { tag: "revoked", untilMs: NOW_MS + 1_000 },
    });
    expect(await askTag({ bearer }, { projects, nowMs: NOW_MS + 999 })).toBe("revoked");
    expect(await askTag({ bearer }, { projects, nowMs: NOW_MS + 1_000 })).toBe("ok");
    expect(await askTag({ bearer: await aliceToken({ user: "bob" }) }, { projects })).toBe("ok");
    expect(await askTag({ bearer: await aliceToken({ user: "Alice" }) }, { projects })).toBe("ok");
  });

  it("[AU63] what was made with the version before ends with its overlap, at the latest", async () => {
    const endOf = async (bearer: string, previousUntilMs: number | null, keyVersion = 2) => {
      const asked = await ask({ bearer }, { projects: [projectOf(ACME, { keyVersion, previousUntilMs })] });
      if (!asked.ok || asked.value.kind === "operator") throw new Error("refused");
      return [asked.value.expiresMs, asked.value.keyEndsMs];
    };
    const token = await aliceToken();
    const tokenEndsMs = NOW_MS + 3_600_000;
    expect(await endOf(token, NOW_MS + 1_000)).toEqual([NOW_MS + 1_000, NOW_MS + 1_000]);
    expect(await endOf(token, tokenEndsMs + 1_000)).toEqual([tokenEndsMs, tokenEndsMs + 1_000]);
    expect(await endOf(await secretKey(), NOW_MS + 1_000)).toEqual([NOW_MS + 1_000, NOW_MS + 1_000]);
    expect(await endOf(token, null, 1)).toEqual([tokenEndsMs, undefined]);
    expect(await endOf(await secretKey(), null, 1)).toEqual([undefined, undefined]);
  });

  it("[AU64] whoever brought something is judged anew within an hour, and when what they brought ends", () => {
    const member = { kind: "token" } as const;
    const HOUR_MS = 3_600_000;
    expect(sessionEndMs(member, NOW_MS, 0)).toBe(NOW_MS + HOUR_MS);
    expect(sessionEndMs(member, NOW_MS, 1)).toBe(NOW_MS + 0.9 * HOUR_MS);
    expect(sessionEndMs({ ...member, keyEndsMs: NOW_MS + 5 }, NOW_MS, 0.5)).toBe(NOW_MS + 5);
    expect(sessionEndMs({ kind: "server" }, NOW_MS, 0)).toBe(NOW_MS + HOUR_MS);
    expect(sessionEndMs({ kind: "open" }, NOW_MS, 0)).toBeNull();
  });

  it("[AU27] an expired token is told apart", async () => {
    const bearer = await forgeOwn({}, { sub: "alice", exp: 1 });
    expect(await askTag({ bearer })).toBe("token-expired");
  });

  it("[AU57] a page of a foreign origin is refused whatever it brings, no page at all is not", async () => {
    for (const bearer of [await aliceToken(), await secretKey()]) {
      const from = async (origin: string | null) => await askTag({ bearer, origin }, pageAt(origin));
      expect(await from(null)).toBe("ok");
      expect(await from(ACME_PAGE)).toBe("ok");
      expect(await from("https://other.example.com")).toBe("origin-refused");
    }
  });

  it("[AU62] rooms may be made while there are fewer than the limit", async () => {
    const mayCreate = async (documents: number, roomsPerProject: number) => {
      const project = projectOf(ACME, { documents, limits: { roomsPerProject } });
      const member = await ask({ bearer: await secretKey() }, { projects: [project] });
      return member.ok && member.value.kind !== "operator" && member.value.mayCreate;
    };
    expect(await mayCreate(9, 10)).toBe(true);
    expect(await mayCreate(10, 10)).toBe(false);
    expect(await mayCreate(0, 0)).toBe(false);
  });
});

describe("the operator", () => {
  it("[AU58] is known by the Authorization header alone", async () => {
    expect(await ask({ bearer: OPERATOR })).toEqual({ ok: true, value: { kind: "operator" } });
    expect(await askTag({ socketToken: OPERATOR })).toBe("unauthorized");
    expect(await askTag({ queryToken: OPERATOR })).toBe("unauthorized");
    expect(await askTag({ queryKey: OPERATOR })).toBe("unauthorized");
    expect(await askTag({ bearer: OPERATOR, origin: "https://evil.example" }, pageAt("https://evil.example"))).toBe(
      "origin-refused",
    );
  });

  it("[AU58] nearly the secret is not the secret, and where there is none nobody is", async () => {
    const near = [OPERATOR.slice(1), `${OPERATOR} `, OPERATOR.toUpperCase(), `${OPERATOR.slice(0, -1)}x`, "x"];
    for (const bearer of near) expect(await askTag({ bearer })).toBe("unauthorized");
    expect(await askTag({ bearer: OPERATOR }, { operatorSecret: null })).toBe("unauthorized");
    expect(await askTag({ bearer: "null" }, { operatorSecret: null })).toBe("unauthorized");
    expect(await askTag({ bearer: "" }, { operatorSecret: "" })).toBe("unauthorized");
  });
});

describe("errors", () => {
  it("[AU60] no error holds a key, a token or a part of one", async () => {
    const token = await aliceToken();
    const marked = await forgeOwn(
      { kid: "topsecretkid" },
      { sub: "topsecretsub", exp: 1, name: "topsecretname".repeat(20) },
    );
    const offered = [
      ...[`${await secretKey()}x`, `${await pageKey()}x`, await secretKey(OTHER), `${token}x`, marked, `${OPERATOR}x`],
      ...["topsecretkid", "sk_topsecret.m2.1.x", "pk_topsecret", await forgeOwn({ alg: "topsecretalg" })],
    ];
    for (const text of offered) {
      for (const place of ["bearer", "socketToken", "queryToken", "queryKey"] as const) {
        const asked = await ask({ [place]: text, bearer: place === "bearer" ? text : null }, { projects: [acme] });
        const said = JSON.stringify(asked);
        expect(said).not.toContain("topsecret");
        for (const part of text.split(/[._]/).filter((one) => one.length > 8)) expect(said).not.toContain(part);
      }
    }
  });
});
