/**
 * When the page of a game forgets its seat.
 */
import { expect, test } from "vitest";
import { endsSeat, isSeatOver } from "../../../client/demo/games/game-addresses.ts";
import { GAME_CHANGED } from "../../../src/protocol/game-refusals.ts";

test("[CG8] a seat is kept through every close but its end", () => {
  const kept = [
    [4403, GAME_CHANGED],
    [4501, "token expired"],
    [4529, "too fast"],
    [4400, "an input that does not read"],
    [4413, "frame too large"],
    [4003, undefined],
    [1006, ""],
  ] as const;
  for (const [code, reason] of kept) expect([code, endsSeat(code, reason)]).toEqual([code, false]);
  const over = [
    [4403, "removed from the room"],
    [4403, undefined],
    [4404, "the room has ended"],
    [4000, ""],
  ] as const;
  for (const [code, reason] of over) expect([code, endsSeat(code, reason)]).toEqual([code, true]);
});

test("[CG8] and through every answer but that it is over", () => {
  const failure = (code: unknown) => Object.assign(new Error("no"), { code });
  for (const code of [403, 404, 410, 522, 524]) expect(isSeatOver(failure(code))).toBe(true);
  for (const code of [500, 502, 503, 429, 401, 0, undefined, "ECONNREFUSED"])
    expect(isSeatOver(failure(code))).toBe(false);
  expect(isSeatOver(new TypeError("Failed to fetch"))).toBe(false);
});
