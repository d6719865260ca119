import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type AuthDeps, type Credentials, authenticate } from "../../../src/auth/authenticate.ts";
import { decodeConnectTicket, encodeConnectTicket } from "../../../src/auth/connect-ticket.ts";
import { type UserId, SCOPES } from "../../../src/auth/grants.ts";
import { isOriginAllowed } from "../../../src/auth/origins.ts";
import { DEFAULT_PROJECT } from "../../../src/protocol/room-id.ts";
import { OPEN_MODE_LIMITS } from "../../../src/protocol/room-limits.ts";

const NOBODY: Credentials = {
  bearer: null,
  socketToken: null,
  queryToken: null,
  queryKey: null,
  user: null,
  origin: null,
};

function depsOf(isOpen: boolean): AuthDeps {
  const unasked = () => Promise.reject(new Error("nobody has to be asked"));
  return {
    isOpen,
    secrets: [],
    operatorSecret: null,
    projects: { find: unasked },
    jwks: { find: unasked },
    nowMs: 0,
    isOriginAllowed: () => true,
  };
}

describe("nobody in particular", () => {
  test("[RT4] closed mode refuses everybody who shows nothing", async () => {
    const answer = await authenticate({ ...NOBODY, user: "alice" }, depsOf(false));
    expect(answer).toMatchObject({ ok: false, error: { tag: "unauthorized" } });
  });

  test("[RT5] open mode takes the user at their word", async () => {
    const answer = await authenticate({ ...NOBODY, user: "Ælice 🦊" }, depsOf(true));
    const member = { kind: "open", project: DEFAULT_PROJECT, user: "Ælice 🦊", access: { "*": SCOPES } };
    expect(answer).toMatchObject({ ok: true, value: { ...member, limits: OPEN_MODE_LIMITS } });
  });

  test.each([null, ""])("[RT5] nobody is anonymous (%j)", async (user) => {
    const answer = await authenticate({ ...NOBODY, user }, depsOf(true));
    expect(answer).toMatchObject({ ok: true, value: { user: "anonymous" } });
  });

  test.each([["x".repeat(129)], ["a\nb"], ["\ud800"]])("[RT5] %j is no user", async (user) => {
    const answer = await authenticate({ ...NOBODY, user }, depsOf(true));
    expect(answer).toMatchObject({ ok: false, error: { tag: "bad-user" } });
  });
});

describe("tickets", () => {
  const grant = { project: DEFAULT_PROJECT, user: "Ælice 🦊" as UserId, scopes: SCOPES };
  const ticket = {
    dialect: "roost",
    session: "s-1",
    grant,
    requestId: "r-1",
    address: "a",
    limits: OPEN_MODE_LIMITS,
    joinsPerSecond: OPEN_MODE_LIMITS.joinsPerSecond,
    by: "open",
    closesMs: null,
    mayCreate: true,
  } as const;

  test("[RT5] a ticket keeps the user in any script", () => {
    const text = encodeConnectTicket(ticket);
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(decodeConnectTicket(text)).toEqual({ ok: true, value: ticket });
  });

  test.each([[null], [""], ["%"], ["null"], ["7"], [encodeURIComponent('{"dialect":"roost"}')]])(
    "[RT4] %j is no ticket",
    (text) => {
      expect(decodeConnectTicket(text)).toEqual({ ok: false, error: { tag: "bad-ticket" } });
    },
  );
});

test("[RT81] the platform logs no URLs: our own line has the path alone", () => {
  const config = readFileSync(new URL("../../../wrangler.jsonc", import.meta.url), "utf8");
  expect(config).toMatch(/^ {2}"observability": \{.*"invocation_logs": false/m);
});

describe("origins", () => {
  const open = { isOpen: true, allowedOrigins: [] };
  const closed = { isOpen: false, allowedOrigins: ["https://a.example"] };

  test.each([
    ["its own page", "http://192.168.1.7:8787", open, true],
    ["another port of this machine", "http://localhost:5173", open, true],
    ["this machine by number", "http://127.0.0.1:1", open, true],
    ["a name that only looks like it", "http://localhost.example", open, false],
    ["a name that only starts like it", "http://127.0.0.1.example", open, false],
    ["another site", "https://evil.example", open, false],
    ["a sandboxed page", "null", open, false],
    ["an allowed site", "https://a.example", closed, true],
    ["another port of an allowed site", "https://a.example:444", closed, false],
    ["its own page in closed mode", "http://192.168.1.7:8787", closed, true],
    ["this machine in closed mode", "http://127.0.0.1:1", closed, false],
    ["another port of its own host", "http://192.168.1.7:8788", closed, false],
    ["any site when any is allowed", "https://evil.example", { isOpen: false, allowedOrigins: ["*"] }, true],
  ])("[RT6] %s", (_name, origin, rule, isAllowed) => {
    expect(isOriginAllowed(origin, "192.168.1.7:8787", rule)).toBe(isAllowed);
  });
});
