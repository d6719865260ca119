import { describe, expect, it } from "vitest";
import { type AuthDeps, authenticate } from "../../../src/auth/authenticate.ts";
import { SCOPES } from "../../../src/auth/grants.ts";
import { DEFAULT_LIMITS, OPEN_MODE_LIMITS } from "../../../src/protocol/room-limits.ts";
import { ACME_PAGE, OPERATOR, ask, askTag, pageAt } from "./ask.ts";
import {
  ACME,
  NOTHING,
  NOW_MS,
  OTHER,
  aliceToken,
  authDeps,
  outcome,
  pageKey,
  projectOf,
  secretKey,
} from "./auth-world.ts";

const acme = projectOf(ACME);
const other = projectOf(OTHER);

describe("nothing brought", () => {
  it("[AU50] closed mode lets nobody in", async () => {
    expect(await askTag({})).toBe("unauthorized");
    expect(await askTag({ user: "alice", origin: ACME_PAGE })).toBe("unauthorized");
    expect(await askTag({ bearer: "", socketToken: "", queryToken: "", queryKey: "" })).toBe("unauthorized");
  });

  it("[AU50] open mode lets everybody in, as whom they say", async () => {
    expect(await ask({ user: "alice" }, { isOpen: true })).toEqual({
      ok: true,
      value: {
        kind: "open",
        project: "default",
        user: "alice",
        access: { "*": SCOPES },
        limits: OPEN_MODE_LIMITS,
        joinsPerSecond: OPEN_MODE_LIMITS.joinsPerSecond,
        origins: [],
        mayCreate: true,
      },
    });
    const nobody = await ask({ user: "", bearer: "" }, { isOpen: true });
    expect(nobody.ok && nobody.value.kind === "open" && nobody.value.user).toBe("anonymous");
    expect(await askTag({ user: "a".repeat(129) }, { isOpen: true })).toBe("bad-user");
    expect(await askTag({ user: "a\u0000" }, { isOpen: true })).toBe("bad-user");
  });

  it("[AU50] what is brought in open mode is verified as ever", async () => {
    expect(await askTag({ bearer: "nonsense" }, { isOpen: true })).toBe("unauthorized");
    expect(await askTag({ queryKey: "nonsense" }, { isOpen: true })).toBe("unauthorized");
    const alice = await ask({ queryToken: await aliceToken() }, { isOpen: true });
    expect(alice.ok && alice.value.kind).toBe("token");
  });
});

describe("what contradicts itself", () => {
  it("[AU51] the same token in several places is one, different ones are none", async () => {
    const token = await aliceToken();
    const bobs = await aliceToken({ user: "bob" });
    expect(await askTag({ bearer: token, socketToken: token, queryToken: token })).toBe("ok");
    expect(await askTag({ bearer: token, socketToken: bobs })).toBe("unauthorized");
    expect(await askTag({ bearer: token, queryToken: bobs })).toBe("unauthorized");
    expect(await askTag({ bearer: await secretKey(), socketToken: token })).toBe("unauthorized");
  });

  it("[AU51] a key beside a token is of the same project, and the token decides", async () => {
    const token = await aliceToken();
    const both = await ask({ bearer: token, queryKey: await pageKey() });
    expect(both.ok && both.value.kind).toBe("token");
    expect(await askTag({ bearer: token, queryKey: await pageKey(OTHER) })).toBe("unauthorized");
    expect(await askTag({ bearer: token, queryKey: `${await pageKey()}x` })).toBe("unauthorized");
    expect(await askTag({ bearer: OPERATOR, queryKey: await pageKey() })).toBe("unauthorized");
  });

  it("[AU52] a secret key in a URL is refused, by either name", async () => {
    const key = await secretKey();
    expect(await askTag({ queryKey: key })).toBe("unauthorized");
    expect(await askTag({ queryToken: key })).toBe("unauthorized");
    expect(await askTag({ queryToken: key, bearer: key })).toBe("unauthorized");
    expect(await askTag({ bearer: key })).toBe("ok");
    expect(await askTag({ socketToken: key })).toBe("ok");
  });

  it("[AU52] no key passes for one of the other kind", async () => {
    const secret = await secretKey();
    const page = await pageKey();
    expect(await askTag({ queryKey: secret.replace("sk_", "pk_"), origin: ACME_PAGE })).toBe("unauthorized");
    expect(await askTag({ bearer: page.replace("pk_", "sk_") })).toBe("unauthorized");
    expect(await askTag({ queryKey: await aliceToken() })).toBe("unauthorized");
  });
});

describe("keys", () => {
  it("[AU53] a publishable key gives what its project allows, to nobody in particular", async () => {
    const project = projectOf(ACME, { access: { "presence:*": ["read", "presence"] }, limits: { socketsPerRoom: 7 } });
    const page = await ask({ queryKey: await pageKey(), user: "admin", origin: ACME_PAGE }, { projects: [project] });
    expect(page).toEqual({
      ok: true,
      value: {
        kind: "page",
        project: "acme",
        user: "anonymous",
        key: { kind: "pk", project: "acme", master: "m2", version: 1 },
        keyVersion: 1,
        access: { "presence:*": ["read", "presence"] },
        limits: { ...DEFAULT_LIMITS, socketsPerRoom: 7 },
        joinsPerSecond: DEFAULT_LIMITS.joinsPerSecond,
        origins: [ACME_PAGE],
        mayCreate: true,
      },
    });
  });

  it("[AU53] it never gives history or administration, whatever the project says", async () => {
    const project = projectOf(ACME, { access: { "*": SCOPES } });
    const page = await ask({ socketToken: await pageKey(), origin: ACME_PAGE }, { projects: [project] });
    expect(page.ok && page.value.kind === "page" && page.value.access).toEqual({ "*": ["read", "write", "presence"] });
  });

  it("[AU53][AU57] it is for pages of its origins, and for nobody without a page", async () => {
    const key = await pageKey();
    const from = async (origin: string | null) => await askTag({ queryKey: key, origin }, pageAt(origin));
    expect(await from(ACME_PAGE)).toBe("ok");
    expect(await from("https://evil.example")).toBe("origin-refused");
    expect(await from("null")).toBe("origin-refused");
    expect(await from(null)).toBe("origin-refused");
  });

  it("[AU54] a secret key may do everything in its project, as whom it says", async () => {
    const key = await secretKey();
    const server = await ask({ bearer: key });
    expect(server).toEqual({
      ok: true,
      value: {
        kind: "server",
        project: "acme",
        user: "server",
        key: { kind: "sk", project: "acme", master: "m2", version: 1 },
        keyVersion: 1,
        access: { "*": SCOPES },
        limits: DEFAULT_LIMITS,
        joinsPerSecond: DEFAULT_LIMITS.joinsPerSecond,
        origins: [ACME_PAGE],
        mayCreate: true,
      },
    });
    const asAlice = await ask({ bearer: key, user: "alice" });
    expect(asAlice.ok && asAlice.value.kind === "server" && asAlice.value.user).toBe("alice");
    expect(await askTag({ bearer: key, user: "a\n" })).toBe("bad-user");
  });

  it("[AU29] rotation leaves keys exactly their overlap", async () => {
    const rotated = projectOf(ACME, { keyVersion: 2, previousUntilMs: NOW_MS + 1 });
    const key = await secretKey();
    expect(await askTag({ bearer: key }, { projects: [rotated] })).toBe("ok");
    expect(await askTag({ bearer: key }, { projects: [rotated], nowMs: NOW_MS + 1 })).toBe("unauthorized");
  });

  it("[AU59] a key of no project is unauthorized; one whose project cannot be asked is not", async () => {
    expect(await askTag({ bearer: await secretKey() }, { projects: [other] })).toBe("unauthorized");
    const deps = authDeps([], {}).deps;
    const find: AuthDeps["projects"]["find"] = async () => ({
      ok: false,
      error: { tag: "projects-unavailable", reason: "away" },
    });
    for (const bearer of [await secretKey(), await aliceToken()]) {
      const asked = await authenticate({ ...NOTHING, bearer }, { ...deps, projects: { find } });
      expect(outcome(asked)).toBe("projects-unavailable");
    }
  });

  it("[AU61] what is not rightly signed asks for no project", async () => {
    const { asked, deps } = authDeps([acme]);
    const key = await secretKey();
    for (const bearer of [`${key.slice(0, -2)}AA`, `${(await aliceToken()).slice(0, -4)}AAAA`, "x.y.z", "sk_acme"]) {
      expect(outcome(await authenticate({ ...NOTHING, bearer }, deps))).toBe("unauthorized");
    }
    expect(asked).toEqual([]);
    await authenticate({ ...NOTHING, bearer: await aliceToken() }, deps);
    expect(asked).toEqual([ACME]);
  });
});
