/**
 * `npx roost …` against a real server that is closed.
 * @module
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { ROOM_KINDS } from "../../src/protocol/room-id.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ROOST = join(import.meta.dirname, "../../scripts/roost.mjs");
const OPERATOR_SECRET = "the-operator-secret-of-these-tests";

let server: TestServer;

beforeAll(async () => {
  const vars = {
    ROOST_OPEN: undefined,
    ROOST_SECRETS: `one:${"s".repeat(32)}`,
    ROOST_OPERATOR_SECRET: OPERATOR_SECRET,
  };
  server = await startServer({ vars });
});

afterAll(() => server.stop());

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const known = { ROOST_URL: server.url, ROOST_OPERATOR_SECRET: OPERATOR_SECRET, ROOST_KEY: "" };
  const env = { ...process.env, ...known, ...variables };
  execFile(process.execPath, [ROOST, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return await promise;
}

/** A line of words, each an argument. */
const roost = async (line: string, variables: Readonly<Record<string, string>> = {}) =>
  await run(line.split(" "), variables);

async function json<T>(line: string): Promise<T> {
  const { code, stdout, stderr } = await roost(`${line} --json`);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as T;
}

type Keys = { readonly keyVersion: number; readonly secretKey: string; readonly publishableKey: string };

// A process each time, of dozens.
describe("npx roost", { timeout: 180_000 }, () => {
  it("[RT79] makes, lists, shows and rotates projects", async () => {
    const made = await roost("project create shop --name Shop --origin https://shop.example");
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const [secretKey = ""] = /sk_shop\S+/.exec(made.stdout) ?? [];
    expect(made.stdout).toMatch(
      /^secret key +sk_shop\.one\.1\.[\w-]{43}\npublishable key +pk_shop\.one\.1\.[\w-]{43}$/m,
    );
    expect((await roost("project list")).stdout).toMatch(/^shop +Shop\ndefault +Default\n$/);
    const shown = await roost("project show shop");
    expect(shown.stdout).toContain("https://shop.example");
    expect(shown.stdout).not.toContain("sk_");
    expect(await json<Keys>("project show shop --keys")).toMatchObject({ id: "shop", keyVersion: 1, secretKey });
    const rotated = await json<Keys>("project rotate shop --overlap 15m");
    expect(rotated).toMatchObject({ keyVersion: 2, previousUntilMs: expect.any(Number) });
    const again = await roost("project rotate shop");
    expect([again.code, again.stdout, again.stderr]).toEqual([1, "", expect.stringContaining("force")]);
    expect(await json<Keys>("project rotate shop --overlap 0 --force")).toMatchObject({ keyVersion: 3 });
  });

  it("[RT79] changes limits one by one, origins and access as a whole", async () => {
    const defaults = Object.entries(DEFAULT_LIMITS).map(([name, value]) => `${name}=${value} (default)`);
    expect((await roost("project limits default")).stdout.trim().split("\n")).toEqual(defaults);
    const { stdout: bare } = await roost("project show default");
    expect(bare).toMatch(/^limits +defaults\naccess +none/m);
    await roost("project limits default socketsPerRoom=20 joinsPerSecond=5");
    const changed = await roost("project limits default socketsPerRoom=30 joinsPerSecond=default");
    expect(changed.stdout).toContain("\nsocketsPerRoom=30\nsocketsPerUser=100 (default)\n");
    expect(changed.stdout).toContain("\njoinsPerSecond=500 (default)\n");
    expect(await json("project origins default https://a.example https://b.example")).toHaveLength(2);
    expect(await json("project origins default https://c.example")).toEqual(["https://c.example"]);
    expect(await json("project origins default")).toEqual(["https://c.example"]);
    expect(await json("project origins default --clear")).toEqual([]);
    await roost("project access default document:a=b=read document:public/*=read,presence");
    expect(await json("project access default")).toEqual({
      "document:a=b": ["read"],
      "document:public/*": ["read", "presence"],
    });
    const shown = await roost("project show default");
    expect(shown.stdout).toMatch(/^access +document:a=b=read document:public\/\*=read,presence$/m);
    expect(await json("project access default --clear")).toEqual({});
    const ofEachKind = Object.fromEntries(ROOM_KINDS.map((kind) => [`${kind}:*`, ["read"]]));
    const pairs = ROOM_KINDS.map((kind) => `${kind}:*=read`).join(" ");
    expect(await json(`project access default ${pairs} *=presence`)).toEqual({ ...ofEachKind, "*": ["presence"] });
    expect(await json("project access default --clear")).toEqual({});
    const provider = { jwksUrl: "https://id.example/keys", issuer: "https://id.example/" };
    expect(await json(`project jwks default ${provider.jwksUrl} --issuer ${provider.issuer}`)).toEqual(provider);
    expect(await json("project jwks default --clear")).toEqual({ jwksUrl: null, issuer: null });
    expect(await json("project limits default socketsPerRoom=default")).toEqual({});
  });

  it("[RT77][RT79] gives a token that opens a room, and a revocation that closes it", async () => {
    const line = "token --project default --user alice --room document:team/*=read,write --name Alice --expires 10m";
    const token = (await roost(line)).stdout.trim();
    const url = `${server.wsUrl}/v1/documents/team%2Fnotes/connect`;
    const open = async () => {
      const socket = new WebSocket(url, ["roost.v1", `roost.token.${token}`]);
      await once(socket, "open");
      return { socket, closed: once(socket, "close") };
    };
    const { socket: known, closed } = await open();
    const { secretKey } = await json<Keys>("project show default --keys");
    const revoked = await roost("revoke alice --for 1h", { ROOST_KEY: secretKey, ROOST_OPERATOR_SECRET: "" });
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^alice is refused until \d{4}-/) });
    // By the revocation, or by the queue's consumer where the room was not known yet.
    await expect.poll(() => known.readyState, { timeout: 25_000 }).toBeGreaterThanOrEqual(WebSocket.CLOSING);
    // The local runtime keeps the connection for another 10 s.
    known.terminate();
    expect((await closed)[0]).toBe(4403);
    await expect(open()).rejects.toThrow("403");
    expect((await roost("revoke alice --project default --undo")).stdout).toBe("alice is let in again.\n");
    const { socket } = await open();
    socket.close();
  });

  it("[RT79] says what is wrong, on the right stream with the right code, and never a secret", async () => {
    const wrong = "not-the-operator-secret-of-the-server";
    const cases: readonly (readonly [string, number, RegExp, Record<string, string>?])[] = [
      ["", 2, /^$/],
      ["projects list", 2, /there is no command projects list/],
      ["project make shop", 2, /there is no command project make/],
      ["project list --colour", 2, /--colour/],
      ["project create", 2, /id of the project is missing/],
      ["project create a b", 2, /one word too many/],
      ["project rotate default --overlap soon", 2, /--overlap is a duration/],
      ["project limits default socketsPerRoom", 2, /name=value/],
      ["project limits default socketsPerRoom=many", 2, /whole number/],
      ["revoke alice --project default", 2, /one of --for, --until and --undo/],
      ["token --user alice --room document:a=read", 2, /--project/],
      ["token --user alice --project default", 2, /--room says what it opens/],
      ["project access default documents:public/*=read", 2, /documents:public\/\* is no pattern.*document:, presence:/],
      ["project access default document:=read", 2, /no pattern/],
      ["project list --url nowhere", 2, /--url/],
      ["project list --url http://roost.example", 2, /https/],
      ["project limits default sockets=1", 1, /no such limit/],
      ["project create default", 1, /There is a project of this id/],
      ["project show nobody", 1, /no such project/],
      ["token --project default --user alice --room rooms=read", 2, /rooms is no pattern/],
      ["token --project default --user alice --room document:a=reed", 1, /Scopes are/],
      ["project list", 1, /not authorized/, { ROOST_OPERATOR_SECRET: wrong }],
      ["project list", 1, /not authorized/, { ROOST_OPERATOR_SECRET: "" }],
      ["revoke alice --for 1h", 1, /not authorized/, { ROOST_KEY: `sk_default.one.1.${"A".repeat(43)}` }],
      ["project list --url http://127.0.0.1:9", 1, /cannot reach http:\/\/127\.0\.0\.1:9/],
    ];
    for (const [line, code, message, variables = {}] of cases) {
      const ran = await run(line === "" ? [] : line.split(" "), variables);
      expect([line, ran.code, ran.stderr]).toEqual([line, code, expect.stringMatching(message)]);
      if (line !== "") expect(ran.stdout).toBe("");
      for (const secret of [OPERATOR_SECRET, wrong, "AAAAAAAA"]) expect(ran.stderr).not.toContain(secret);
    }
    const help = await roost("--help");
    expect(help).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Usage: roost") });
  });
});
