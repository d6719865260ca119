/**
 * Stock providers whose upgrade is refused: a socket that says why, and ends by itself.
 */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { deniedFrame } from "../../src/protocol/denied-frame.ts";
import { DENIED_VOICE, type Refusal, RefusedSockets } from "../../src/router/refused-socket.ts";
import { administer } from "./access-steps.ts";
import { type Caller, type World, ask, makeWorld, showing } from "./access-world.ts";
import { PROMPT } from "./room-peer.ts";
import { failureOf, openSocket, postUpdate, send, writeText } from "./router-requests.ts";
import { denialOf, stockAnswer } from "./stock-answer.ts";

const PATHS = ["/yjs/", "/parties/document/"];
const MIB = 1024 * 1024;

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

async function connect(path: string, caller: Caller = {}, protocols: readonly string[] = []): Promise<Response> {
  const { query, headers } = showing(caller, { protocols });
  return await ask(`${path}${query}`, { headers });
}

async function said(response: Response): Promise<string> {
  return response.webSocket === null ? await failureOf(response) : await stockAnswer(response.webSocket);
}

test("[RT150] the rest of the path behind /parties/document/ is the document that others know by that id", async () => {
  await postUpdate("team/party", writeText("there before"));
  const opened = await openSocket("/parties/document/team/party?_pk=abc&user=alice");
  expect(opened.status).toBe(101);
  expect(await (await send("/v1/documents/team%2Fparty")).json()).toMatchObject({
    connected: [{ user: "alice", dialect: "y-partyserver" }],
  });
  opened.webSocket?.close(1000);
  expect((await send("/parties/main/team/party")).status).toBe(404);
  expect(await failureOf(await send("/parties/document/team/party"))).toBe("426 upgrade-required");
});

describe("what is said", () => {
  test.each(PATHS)("[RT151] behind %s: why, whatever stood in the way", async (path) => {
    const { secretKey } = world.keys;
    const id = path.replaceAll("/", "-");
    await ask(`/v1/documents/${id}/updates`, {
      ...{ method: "POST", body: writeText("x") },
      headers: { authorization: `Bearer ${secretKey}`, "content-type": "application/octet-stream" },
    });
    const callers = await world.callers();
    expect(await said(await connect(`${path}${id}`, callers.nobody))).toBe("401 unauthorized");
    expect(await said(await connect(`${path}${id}`, callers.expired))).toBe("401 token-expired");
    expect(await said(await connect(`${path}${id}`, callers.revoked))).toBe("403 revoked");
    expect(await said(await connect(`${path}${id}`, callers.wrongRoom))).toBe("403 forbidden");
    expect(await said(await connect(`${path}${id}-never`, callers.read))).toBe("404 not-found");
    await administer(secretKey, id, "lock", { mode: "closed" });
    expect(await said(await connect(`${path}${id}`, callers.closed))).toBe("423 locked");
    await ask(`/v1/documents/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${secretKey}` } });
    expect(await said(await connect(`${path}${id}`, callers.all))).toBe("410 deleted");
  });

  test("[RT151] a wrong origin, a bad id and a request without an upgrade are refused as ever", async () => {
    const callers = await world.callers();
    expect(await said(await connect("/yjs/x", callers.wrongOrigin))).toBe("403 origin-refused");
    expect(await said(await connect(`/yjs/${"x".repeat(300)}`, callers.all))).toBe("400 bad-id");
    expect(await failureOf(await ask("/yjs/x"))).toBe("401 unauthorized");
  });

  test("[RT151] a sub-protocol is answered, a token among them is not", async () => {
    const answer = await connect("/yjs/x", { bearer: "no-token" }, ["yjs"]);
    expect([answer.status, answer.headers.get("sec-websocket-protocol")]).toEqual([101, "yjs"]);
    expect(await said(answer)).toBe("401 unauthorized");
  });
});

/** The client's end, with what it has heard. */
class Refused {
  readonly heard: string[] = [];
  closed: string | undefined;
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) this.heard.push(denialOf(new Uint8Array(data)) ?? "");
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = `${code} ${reason}`;
    });
    socket.accept();
  }

  static by(sockets: RefusedSockets, refusal: Partial<Refusal> = {}): Refused {
    const socket = sockets.hold({ close: "deleted", reason: "gone", voice: DENIED_VOICE, ...refusal });
    if (socket === undefined) throw new Error("it is not held");
    return new Refused(socket);
  }
}

describe("how long it lasts", () => {
  afterEach(() => void vi.useRealTimers());

  test("[RT151] it says why once, is silent, and closes with a final code", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const sockets = new RefusedSockets(60_000, 10);
    const refused = Refused.by(sockets);
    refused.socket.send(Uint8Array.of(0, 0, 1, 0));
    await expect.poll(() => refused.heard, PROMPT).toEqual(["gone"]);
    expect([refused.closed, sockets.size]).toEqual([undefined, 1]);
    vi.advanceTimersByTime(60_000);
    await expect.poll(() => refused.closed, PROMPT).toBe("4404 gone");
    expect([refused.heard, sockets.size]).toEqual([["gone"], 0]);
  });

  test("[RT151] a family whose frames name what they are about is answered", async () => {
    const answer = (frame: Uint8Array, reason: string) => (frame[0] === 7 ? deniedFrame(`7 ${reason}`) : undefined);
    const refused = Refused.by(new RefusedSockets(60_000, 10), { voice: { answer } });
    refused.socket.send(Uint8Array.of(9));
    refused.socket.send(Uint8Array.of(7));
    await expect.poll(() => refused.heard, PROMPT).toEqual(["7 gone"]);
    refused.socket.close(1000);
  });

  test("[RT152] above their number there is none, until one has ended", async () => {
    const sockets = new RefusedSockets(60_000, 2);
    const refused = [Refused.by(sockets), Refused.by(sockets)];
    expect(sockets.hold({ close: "deleted", reason: "gone", voice: DENIED_VOICE })).toBeUndefined();
    refused[0]?.socket.close(1000);
    await expect.poll(() => sockets.size, PROMPT).toBe(1);
    refused.push(Refused.by(sockets));
    for (const { socket } of refused.slice(1)) socket.close(1000);
    await expect.poll(() => sockets.size, PROMPT).toBe(0);
  });

  test("[RT152] who says more than a MiB is closed", async () => {
    const refused = Refused.by(new RefusedSockets(60_000, 2));
    refused.socket.send(new Uint8Array(MIB / 2));
    refused.socket.send("x".repeat(MIB / 2));
    await expect.poll(() => refused.heard, PROMPT).toEqual(["gone"]);
    expect(refused.closed).toBeUndefined();
    refused.socket.send("x");
    await expect.poll(() => refused.closed, PROMPT).toBe("4404 gone");
  });
});
