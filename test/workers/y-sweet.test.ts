/**
 * What Y-Sweet's SDK asks beside tokens, and what its clients hear.
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import { ask, mint } from "./access-world.ts";
import { failureOf, readJson, sendWith, writeText } from "./router-requests.ts";
import { stockAnswer } from "./stock-answer.ts";
import { type ClientToken, connect, get, post, textOf, tokenFor, world } from "./y-sweet-requests.ts";

describe("new documents", () => {
  test("[RT144] have an id of their own where none is said, and are empty", async () => {
    const { docId } = await readJson<{ docId: string }>(await post("/doc/new", {}));
    expect(docId).toMatch(/^[\w-]{36}$/);
    expect(await textOf(await get(`/d/${docId}/as-update`, world.keys.secretKey))).toBe("");
  });

  test("[RT144] one that is there stays as it is", async () => {
    await post("/v1/documents/kept/updates", writeText("kept"));
    expect(await readJson(await post("/doc/new", { docId: "kept" }))).toEqual({ docId: "kept" });
    expect(await textOf(await get("/d/kept/as-update", world.keys.secretKey))).toBe("kept");
  });

  test("[RT144] an id that is none is refused, and so is who may not write everywhere", async () => {
    expect(await failureOf(await post("/doc/new", { docId: "" }))).toBe("400 bad-id");
    expect(await failureOf(await post("/doc/new", { docId: 7 }))).toBe("400 bad-request");
    const some = await world.token({ "document:team/*": SCOPES });
    expect(await failureOf(await post("/doc/new", { docId: "team/mine" }, some))).toBe("403 forbidden");
  });
});

test("[RT140] ids whose first or last segment begins as the middle of the path are ids as others", async () => {
  const ids = ["ws", "ws1", "wsx/notes", "team/ws1", "team/ws", "ws/ws", "ws/", "a/ws/b", "as-update", "b/as-update"];
  const answers: string[] = [];
  for (const id of ids) answers.push(await connect(await socketOf(id)));
  expect(answers).toEqual(ids.map(() => "101"));
  expect(await failureOf(await get("/d/ws1/ws/ws2", world.keys.secretKey))).toBe("400 bad-id");
  expect(await failureOf(await post("/d/ws1/ws/ws1", {}))).toBe("405 method-not-allowed");
});

/** Made by the SDK, which writes the id into the path of the token as one segment. */
async function socketOf(docId: string): Promise<ClientToken> {
  expect((await post("/doc/new", { docId })).status).toBe(200);
  return await readJson<ClientToken>(await post(`/doc/${encodeURIComponent(docId)}/auth`, {}));
}

test("[RT145] content and updates are answered as those of documents", async () => {
  const { token } = await tokenFor("answers");
  const made = await post("/d/answers/update", writeText("x"), token);
  const etag = made.headers.get("etag") ?? "";
  expect(await readJson(made)).toMatchObject({ changed: true });
  const known = await ask("/d/answers/as-update", {
    headers: { authorization: `Bearer ${token}`, "if-none-match": etag },
  });
  expect(known.status).toBe(304);
  expect(await failureOf(await post("/d/answers/update", { not: "an update" }, token))).toBe(
    "415 unsupported-media-type",
  );
  expect(await failureOf(await post("/d/answers/update", Uint8Array.of(9, 9), token))).toBe("400 malformed-update");
  expect(await failureOf(await post("/d/answers/as-update", writeText("x"), token))).toBe("405 method-not-allowed");
  expect(await failureOf(await get("/doc/answers/auth", token))).toBe("405 method-not-allowed");
  expect(await failureOf(await get("/d/answers/nothing", token))).toBe("404 no-route");
});

describe("open mode", () => {
  const open = async (variables: object, authorization: string) => {
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    await sendWith(variables, "/doc/new", { ...init, body: JSON.stringify({ docId: "open" }) });
    return await sendWith(variables, "/doc/open/auth", { ...init, body: JSON.stringify({ authorization }) });
  };

  test("[RT146] with a secret there are tokens, and what only reads does", async () => {
    const { token } = await readJson<ClientToken>(await open({}, "read-only"));
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
    const refused = await sendWith({}, "/d/open/update", { method: "POST", headers, body: writeText("no") });
    expect(await failureOf(refused)).toBe("403 forbidden");
  });

  test("[RT146] without one nothing is needed, and read-only is not promised", async () => {
    const variables = { ROOST_SECRETS: "" };
    const given = await readJson<object>(await open(variables, "full"));
    expect(given).toEqual({
      ...{ url: expect.stringMatching(/^ws:.*\/d\/open\/ws$/), baseUrl: expect.stringMatching(/^http:.*\/d\/open$/) },
      ...{ docId: "open", authorization: "full" },
    });
    expect((await sendWith(variables, "/d/open/as-update")).status).toBe(200);
    expect(await failureOf(await open(variables, "read-only"))).toBe("500 misconfigured");
  });
});

describe("the store", () => {
  test("[RT147] is asked by back ends", async () => {
    expect(await readJson(await post("/check_store", {}))).toEqual({ ok: true });
  });

  test("[RT147] that fails is said to", async () => {
    const failing = { list: () => Promise.reject(new Error("no R2 today")) };
    const response = await sendWith({ SNAPSHOTS: { ...env.SNAPSHOTS, ...failing } }, "/check_store", {
      method: "POST",
    });
    expect(await readJson(response)).toEqual({ ok: false, error: "The store of snapshots does not answer." });
  });

  test("[RT147] anybody may ask whether the Worker runs", async () => {
    expect(await readJson(await ask("/ready"))).toEqual({ ok: true });
  });
});

describe("refused sockets", () => {
  const connectAs = async (token: string) => await ask(`/d/refused/ws/refused?token=${token}`, socket);
  const socket = { headers: { upgrade: "websocket" } };
  const answerOf = async (response: Response) => {
    const { webSocket } = response;
    return webSocket === null ? await failureOf(response) : `in a socket: ${await stockAnswer(webSocket)}`;
  };
  const endedToken = async (user: string) => {
    return await mint(world.keys.secretKey, { user, rooms: { "*": SCOPES } }, Date.now() - 2 * 3_600_000);
  };

  test("[RT148] are refused plainly where a fresh token may help", async () => {
    await tokenFor("refused");
    const callers = await world.callers();
    expect(await failureOf(await connectAs(callers.expired.bearer ?? ""))).toBe("401 token-expired");
    expect(await failureOf(await connectAs(callers.endedToken.bearer ?? ""))).toBe("401 unauthorized");
    expect(await failureOf(await ask("/d/refused/ws/refused", socket))).toBe("401 unauthorized");
  });

  test("[RT148] are told why where the same token comes again and again, and no other one's with it", async () => {
    const [ended, other] = [await endedToken("again"), await endedToken("other")];
    const refusals: string[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) refusals.push(await answerOf(await connectAs(ended)));
    const plain = "401 token-expired";
    expect(refusals).toEqual([plain, plain, plain, `in a socket: ${plain}`, `in a socket: ${plain}`]);
    expect(await answerOf(await connectAs(other))).toBe(plain);
  });

  test("[RT148] are told why where it would not", async () => {
    const { revoked, wrongRoom } = await world.callers();
    for (const [caller, reason] of [
      [revoked, "403 revoked"],
      [wrongRoom, "403 forbidden"],
    ] as const) {
      expect(await answerOf(await connectAs(caller.bearer ?? ""))).toBe(`in a socket: ${reason}`);
    }
  });
});
