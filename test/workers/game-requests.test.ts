/**
 * What the router makes of requests about games: who may, and how refusals sound.
 */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { REFUSAL_CODES, gameErrorFrame } from "../../src/protocol/game-refusals.ts";
import { PAGE, type World, ask as askClosed, makeWorld } from "./access-world.ts";
import { GamePeer, PROMPT, ask, describeGame, seatFor } from "./game-peer.ts";
import { readJson, send } from "./router-requests.ts";
import { gameAnswer } from "./stock-answer.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

type Refused = { readonly status: number; readonly code: number; readonly message: string; readonly type: string };
type Given = { readonly roomId: string; readonly sessionId: string; readonly name: string; readonly processId: string };

/** Matchmaking in closed mode. */
async function match(method: string, target: string, bearer: string | undefined, options: object = {}) {
  return await askClosed(`/matchmake/${method}/${target}`, {
    method: "POST",
    body: JSON.stringify(options),
    headers: {
      "content-type": "application/json",
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
  });
}

async function statusOf(response: Response): Promise<string> {
  if (response.status === 200) return "200";
  const { code, message } = await readJson<Refused>(response);
  return `${response.status} ${code} ${message}`;
}

describe("matchmaking", () => {
  test("[RT160] a seat is answered as the SDK reads it", async () => {
    const seat = await seatFor("create", "counter", { mode: "seat" });
    expect(seat).toEqual({
      name: "counter",
      roomId: expect.stringMatching(/^[A-Za-z0-9]{10}$/),
      sessionId: expect.stringMatching(/^[0-9a-f]{32}$/),
      processId: "games",
    });
    expect(await seatFor("joinById", seat.roomId)).toMatchObject({ name: "counter", roomId: seat.roomId });
    // Clients of some languages send an empty list for an empty object.
    const empty = await send("/matchmake/joinOrCreate/counter", {
      method: "POST",
      body: "[]",
      headers: { "content-type": "application/json" },
    });
    expect(empty.status).toBe(200);
  });

  test("[RT160] a refusal is a problem, with the SDK's code and a message", async () => {
    const response = await ask("joinById", "nowhere123");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await readJson<Refused>(response)).toMatchObject({
      ...{ type: "urn:roost:problem:game-not-found", status: 404, title: "No such room" },
      ...{ detail: "There is no such room.", code: 522, message: "There is no such room." },
    });
    expect(await statusOf(await ask("joinOrCreate", "chess"))).toBe("404 520 There is no such game.");
    expect(await statusOf(await ask("dance", "counter"))).toMatch(/^400 523 /);
    expect(await statusOf(await ask("joinOrCreate", "lobby"))).toMatch(/^400 523 Say which game/);
    expect(await statusOf(await ask("reconnect", "nowhere123", {}))).toBe("404 522 There is no such room.");
    expect(await statusOf(await match("create", "board", undefined))).toBe("401 525 Not authorized");
  });

  test("[RT160] a crowd at the door is asked to come again", async () => {
    expect(REFUSAL_CODES.busy).toBe(523);
    const { toProblem } = await import("../../src/router/problem.ts");
    const { body, headers } = toProblem({ tag: "game-refused", refusal: "busy", reason: "Too many." });
    expect([body.status, headers]).toEqual([503, { "retry-after": "2" }]);
  });

  test("[RT161] playing needs `write` and watching `read`, by the name of the game", async () => {
    const token = async (scopes: Record<string, readonly ("read" | "write")[]>) => await world.token(scopes);
    const reader = await token({ "game:board": ["read"] });
    const player = await token({ "game:board": ["read", "write"] });
    const needs = (scope: string) => `403 525 This needs the scope ${scope}.`;
    expect(await statusOf(await match("create", "board", reader))).toBe(needs("write"));
    expect(await statusOf(await match("create", "board", player))).toBe("200");
    expect(await statusOf(await match("join", "board", reader, { spectate: true }))).toBe("200");
    expect(await statusOf(await match("create", "relay", player))).toBe(needs("read"));
    expect(await statusOf(await match("create", "relay", await token({ "game:*": ["read", "write"] })))).toBe("200");
  });

  test("[RT161] who has a game by name has its rooms by id; who has one room has no other", async () => {
    const player = await world.token({ "game:board": ["read", "write"] });
    const other = await world.token({ "game:relay": ["read", "write"] });
    const made = await readJson<Given>(await match("create", "board", player));
    expect(await statusOf(await match("joinById", made.roomId, player))).toBe("200");
    expect(await statusOf(await match("joinById", made.roomId, other))).toBe("403 525 This needs the scope read.");
    // One that is not there is answered as one that is not theirs.
    expect(await statusOf(await match("joinById", "nowhere123", other))).toBe("403 525 This needs the scope read.");
    const guest = await world.token({ [`game:${made.roomId}`]: ["read", "write"] }, { user: "bob" });
    expect(await statusOf(await match("joinById", made.roomId, guest))).toMatch(/^(200|409)/);
    expect(await statusOf(await match("create", "board", guest))).toBe("403 525 This needs the scope read.");
    const { webSocket } = await askClosed(`/games/${made.roomId}?sessionId=${made.sessionId}&_authToken=${player}`, {
      headers: { upgrade: "websocket" },
    });
    if (webSocket === null) throw new Error("refused");
    expect(await gameAnswer(webSocket)).toBe("101");
  });

  test("[RT161] rights to no game touch no object", async () => {
    const objects = async () => [
      (await listDurableObjectIds(env.GAME_ROOM)).length,
      (await listDurableObjectIds(env.LOBBY_ROOM)).length,
    ];
    const before = await objects();
    const stranger = await world.token({ "document:*": ["read", "write"], "game:elsewhere/*": ["read", "write"] });
    for (const [method, target] of [
      ["create", "board"],
      ["joinById", "abcdefghij"],
      ["reconnect", "abcdefghij"],
    ] as const) {
      expect(await statusOf(await match(method, target, stranger))).toBe("403 525 This needs the scope read.");
    }
    expect(await objects()).toEqual(before);
  });
});

describe("sockets", () => {
  test("[RT162] a token comes as `_authToken`, and what is wrong with it is said in the socket, final", async () => {
    const token = await world.token({ "game:*": ["read", "write"] });
    const seat = await readJson<Given>(await match("create", "board", token));
    const expired = (await world.callers()).expired.bearer ?? "";
    for (const [shown, answer] of [
      ["", "401 unauthorized"],
      [expired, "401 token-expired"],
      [token, "101"],
    ] as const) {
      const path = `/games/${seat.roomId}?sessionId=${seat.sessionId}&_authToken=${shown}`;
      const { webSocket } = await askClosed(path, { headers: { upgrade: "websocket" } });
      if (webSocket === null) throw new Error("refused");
      expect(await gameAnswer(webSocket)).toBe(answer);
    }
    // Elsewhere nobody reads it.
    const response = await askClosed(`/v1/games/board/rooms?_authToken=${token}`);
    expect(response.status).toBe(401);
  });

  test("[RT162] an error is a frame that the SDK reads", async () => {
    const { decode } = await import("@colyseus/schema");
    for (const text of ["", "a", "not today 👋".repeat(30)]) {
      const frame = gameErrorFrame(525, text);
      const at = { offset: 1 };
      expect([frame[0], decode.number(frame, at), decode.string(frame, at), at.offset]).toEqual([
        ...[11, 525, text, frame.length],
      ]);
    }
  });

  test("[RT162] what is no session is no seat", async () => {
    for (const session of ["", "a%20b", "x".repeat(65), "%00"]) {
      const { status } = await send(`/games/abcdefghij?sessionId=${session}`, { headers: { upgrade: "websocket" } });
      expect(status).toBe(400);
    }
  });

  test("[RT163] the socket at / answers pings, a hundred of them, and nothing else", async () => {
    const open = async () => {
      const { webSocket } = await send("/", { headers: { upgrade: "websocket" } });
      if (webSocket === null) throw new Error("refused");
      const seen = { pongs: 0, closed: false };
      webSocket.addEventListener("message", () => void (seen.pongs += 1));
      webSocket.addEventListener("close", () => void (seen.closed = true));
      webSocket.accept();
      return { webSocket, seen };
    };
    const { webSocket, seen } = await open();
    for (let count = 0; count < 105; count += 1) webSocket.send(Uint8Array.of(18));
    await expect.poll(() => seen, PROMPT).toEqual({ pongs: 100, closed: true });
    const other = await open();
    other.webSocket.send("ping");
    await expect.poll(() => other.seen, PROMPT).toEqual({ pongs: 0, closed: true });
  });

  test("[RT163] what is no socket below /, /games/ and /lobby/ is a file", async () => {
    for (const path of ["/", "/games/none.html", "/lobby/none.css"]) {
      const response = await send(path);
      expect([path, response.headers.get("content-type")?.includes("problem") ?? false]).toEqual([path, false]);
    }
    expect((await send("/games/abcdefghij", { method: "POST" })).status).toBe(405);
  });
});

describe("lists and health", () => {
  test("[RT164] the public rooms of a game, fullest first, and how one of them is", async () => {
    const seats = [await seatFor("create", "rounds"), await seatFor("create", "rounds")];
    const fuller = await GamePeer.enter(await seatFor("joinById", seats[1]?.roomId ?? ""));
    const list = await readJson<{ rooms: readonly { roomId: string }[]; total: number }>(
      await send("/v1/games/rounds/rooms?limit=1"),
    );
    expect([list.rooms.map(({ roomId }) => roomId), list.total]).toEqual([[fuller.room], 2]);
    expect((await send("/v1/games/chess/rooms")).status).toBe(404);
    const { health, listing, sockets } = await describeGame(fuller.room);
    expect(health).toMatchObject({ game: "rounds", clock: "alarm", players: { connected: 1, dropped: 0, held: 1 } });
    expect([listing.clients, sockets]).toEqual([2, 1]);
    expect((await send("/v1/games/rooms/nowhere123")).status).toBe(404);
    await fuller.end();
  });

  test("[RT165] a page of the project reads answers that it asked for with cookies", async () => {
    const bearer = await world.token({ "game:*": ["read", "write"] });
    const headers = { origin: PAGE, authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const response = await askClosed("/matchmake/create/board", { method: "POST", body: "{}", headers });
    const shared = ({ headers: got }: Response) => [
      got.get("access-control-allow-origin"),
      got.get("access-control-allow-credentials"),
    ];
    expect([response.status, shared(response)]).toEqual([200, [PAGE, "true"]]);
    const preflight = await askClosed("/matchmake/create/board", { method: "OPTIONS", headers: { origin: PAGE } });
    expect(shared(preflight)).toEqual([PAGE, "true"]);
    const elsewhere = await askClosed("/v1/documents", { headers });
    expect(shared(elsewhere)[1]).toBeNull();
  });
});
