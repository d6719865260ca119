import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatKey, isVersionGood, keyIdOf, secretKeyOf, signingKey, verifyKey } from "../../../src/auth/keys.ts";
import type { ProjectId } from "../../../src/protocol/room-id.ts";
import {
  ACME,
  NEW_MASTER,
  NOW_MS,
  OLD_MASTER,
  OTHER,
  TRUST,
  masters,
  outcome,
  pageKey,
  secretKey,
} from "./auth-world.ts";

describe("keys", () => {
  it("[AU1] a key says what it is, in characters that fit anywhere, made as the contract says", async () => {
    const project = "a_project-with_62" as ProjectId;
    const key = await formatKey(masters(), { kind: "pk", project, version: 12 });
    const mac = createHmac("sha256", NEW_MASTER.secret).update(`roost key v1\npk\n${project}\n12`).digest("base64url");
    expect(key).toBe(`pk_${project}.m2.12.${mac}`);
    expect(key).toMatch(/^[\w.-]+$/);
    const facts = await verifyKey(masters(), key);
    expect(facts).toEqual({ ok: true, value: { kind: "pk", project, version: 12, master: "m2" } });
  });

  it("[AU1] without a secret, or with an impossible version, no key is made", async () => {
    await expect(formatKey([], { kind: "sk", project: ACME, version: 1 })).rejects.toThrow(TypeError);
    await expect(secretKey(ACME, 0)).rejects.toThrow(TypeError);
    await expect(secretKey(ACME, 1.5)).rejects.toThrow(TypeError);
    await expect(secretKey(ACME, 1_000_000_000)).rejects.toThrow(TypeError);
  });

  it("[AU1] the signing key of tokens follows from the key's text alone", async () => {
    const key = await secretKey();
    const expected = createHmac("sha256", key).update("roost token v1").digest();
    expect(Buffer.from(await signingKey(key)).equals(expected)).toBe(true);
    expect(keyIdOf(key)).toBe("acme.m2.1");
    expect((await secretKeyOf(masters(), "acme.m2.1"))?.text).toBe(key);
    expect(keyIdOf(await pageKey())).toBeNull();
  });

  it("[AU2] a key of another kind, project, version or secret than its MAC is refused", async () => {
    const key = await secretKey();
    const swaps = [
      key.replace("sk_", "pk_"),
      key.replace("acme", "other"),
      key.replace(".1.", ".2."),
      key.replace(".m2.", ".m1."),
      key.replace(".m2.", ".m9."),
      (await secretKey(OTHER)).replace("other", "acme"),
    ];
    for (const text of swaps) expect(outcome(await verifyKey(masters(), text))).toBe("bad-key");
  });

  it("[AU2] what has not the one form of a key is refused", async () => {
    const key = await secretKey();
    const mac = key.slice(-43);
    const texts = [
      ...["", "sk_", "sk_acme", key.slice(0, -1), `${key}A`, `${key}=`, ` ${key}`, `${key}\n`, key.toUpperCase()],
      ...[`SK_acme.m2.1.${mac}`, `sk_acme.m2.01.${mac}`, `sk_acme.m2.1e0.${mac}`, `sk_acme.m2.+1.${mac}`],
      ...[`sk_acme.m2.-1.${mac}`, `sk_acme.M2.1.${mac}`, `sk_Acme.m2.1.${mac}`, `sk_.m2.1.${mac}`, `sk_acme..1.${mac}`],
      ...[`sk_acme.m2.1.${"A".repeat(43)}`, `sk_acme.m2.1.${"A".repeat(100_000)}`, `sk_${"a".repeat(64)}.m2.1.${mac}`],
      ...["sk_acme.__proto__.1.x", "sk___proto__.m2.1.x", `sk_../acme.m2.1.${mac}`],
    ];
    for (const text of texts) expect(outcome(await verifyKey(masters(), text))).toBe("bad-key");
  });

  it("[AU2] a MAC counts in its one spelling, though three more have the same bytes", async () => {
    const key = await secretKey();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spellings = [...alphabet].map((last) => key.slice(0, -1) + last);
    const good = await Promise.all(spellings.map(async (text) => (await verifyKey(masters(), text)).ok));
    expect(spellings.filter((_text, index) => good[index] === true)).toEqual([key]);
  });

  it("[AU3] the version before counts until exactly its overlap ends", () => {
    const trust = { ...TRUST, keyVersion: 3, previousUntilMs: NOW_MS };
    expect(isVersionGood(trust, 3, NOW_MS + 10 ** 9)).toBe(true);
    expect(isVersionGood(trust, 2, NOW_MS - 1)).toBe(true);
    expect(isVersionGood(trust, 2, NOW_MS)).toBe(false);
    expect(isVersionGood(trust, 1, NOW_MS - 1)).toBe(false);
    expect(isVersionGood({ ...trust, previousUntilMs: null }, 2, 0)).toBe(false);
  });

  it("[AU3] a version that is newer than what is known counts: a socket may be older than a rotation", () => {
    expect(isVersionGood({ ...TRUST, keyVersion: 3 }, 4, NOW_MS)).toBe(true);
  });

  it("[AU4] a key of the older master secret counts while it is listed", async () => {
    const old = await secretKey(ACME, 1, [OLD_MASTER]);
    expect(old).toContain(".m1.");
    expect(outcome(await verifyKey([NEW_MASTER, OLD_MASTER], old))).toBe("ok");
    expect(outcome(await verifyKey([NEW_MASTER], old))).toBe("bad-key");
    expect(outcome(await verifyKey([NEW_MASTER, { ...OLD_MASTER, secret: "x".repeat(32) }], old))).toBe("bad-key");
  });
});
