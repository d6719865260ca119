/**
 * Which rooms of games are made at all, and with what.
 */
import { beforeAll, expect, test } from "vitest";
import { type World, ask as askClosed, makeWorld } from "./access-world.ts";
import { listed } from "./game-peer.ts";
import { readJson, send } from "./router-requests.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

type Refused = { readonly code: number; readonly message: string };
type Given = { readonly roomId: string };

const asJson = { "content-type": "application/json" };

/** Matchmaking in closed mode. */
async function match(method: string, target: string, bearer: string, options: object = {}): Promise<Response> {
  const headers = { ...asJson, authorization: `Bearer ${bearer}` };
  return await askClosed(`/matchmake/${method}/${target}`, { method: "POST", body: JSON.stringify(options), headers });
}

async function statusOf(response: Response): Promise<string> {
  if (response.status === 200) return "200";
  const { code, message } = await readJson<Refused>(response);
  return `${response.status} ${code} ${message}`;
}

test("[RT168] a project has so many rooms of a game as it may have rooms, also where many are made at once", async () => {
  const may = async (roomsPerProject: number) =>
    await world.token({ "game:*": ["read", "write"] }, { limits: { roomsPerProject } });
  const [none, two, more] = [await may(0), await may(2), await may(1_000)];
  const refusal = "403 523 The project has as many rooms of this game as it may have.";
  expect(await statusOf(await match("create", "rounds", none))).toBe(refusal);
  const made = await Promise.all([1, 2, 3, 4].map(async () => await statusOf(await match("create", "rounds", two))));
  expect(made.toSorted()).toEqual(["200", "200", refusal, refusal]);
  expect(await statusOf(await match("joinOrCreate", "rounds", none))).toBe("200");
  expect(await statusOf(await match("create", "rounds", more))).toBe("200");
});

test("[RT161] who may only watch makes no room", async () => {
  const watcher = await world.token({ "game:sparks": ["read"] });
  const watches = { spectate: true };
  expect(await statusOf(await match("create", "sparks", watcher, watches))).toBe("403 525 This needs the scope write.");
  const none = "404 521 There is no room that fits.";
  expect(await statusOf(await match("joinOrCreate", "sparks", watcher, watches))).toBe(none);
  const player = await world.token({ "game:sparks": ["read", "write"] });
  const { roomId } = await readJson<Given>(await match("create", "sparks", player));
  expect((await readJson<Given>(await match("joinOrCreate", "sparks", watcher, watches))).roomId).toBe(roomId);
  expect(await statusOf(await match("create", "sparks", player, watches))).toBe("200");
});

test("[RT169] options that are nested too deeply, or too long, are a bad request, and nothing is made", async () => {
  const askBody = async (body: string) =>
    await send("/matchmake/create/counter", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
  for (const [depth, status] of [
    [20, "200"],
    [40, "400 523 Options are nested at most 32 levels deep."],
    [20_000, "400 523 Options are nested at most 32 levels deep."],
  ] as const) {
    const body = `{"mode":"nested","deep":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(await statusOf(await askBody(body))).toBe(status);
  }
  expect(await statusOf(await askBody(JSON.stringify({ mode: "x".repeat(5_000) })))).toBe(
    "400 523 Options have at most 4096 characters of JSON.",
  );
  expect(await listed("counter", "nested")).toHaveLength(1);
});
