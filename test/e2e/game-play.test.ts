/**
 * The three games as people play them on their pages, in Chromium, against a real server.
 */
import { Client } from "@colyseus/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArenaWorld } from "../../client/demo/games/arena-world.ts";
import { FULL } from "../../src/games/arena-step.ts";
import type { ArenaState } from "../../src/games/arena.ts";
import { type TestBrowsers, startBrowsers } from "../support/browser.ts";
import { eventually, unexplained } from "../support/demo-pages.ts";
import {
  discsOn,
  follow,
  lineOf,
  openNewRoom,
  paintOn,
  runnerOf,
  square,
  whenRunFrom,
} from "../support/game-people.ts";
import { type TestServer, startServer } from "../support/server.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true } as const;
const BLUE = "#2f76b8";
const RED = "#c8452f";
const FRAME_MS = 16;

let server: TestServer;
let browsers: TestBrowsers;

beforeAll(async () => {
  [server, browsers] = await Promise.all([startServer(), startBrowsers()]);
});
afterAll(async () => {
  const errors = unexplained(browsers.errors());
  await browsers.close();
  await server.stop();
  expect(errors).toEqual([]);
});

describe("Reversi", () => {
  it("[CG2] by mouse, finger and keyboard, and everybody sees the same discs", async () => {
    const alice = await openNewRoom(browsers, server.url, "board");
    const bob = await follow(browsers, alice, PHONE);
    const carol = await follow(browsers, alice, { watches: true });
    await eventually(() => lineOf(alice)).toBe("Your turn.");
    await square(alice, "d3").click();
    await eventually(() => lineOf(bob)).toBe("Your turn.");
    await square(bob, "c3").tap();
    await eventually(() => lineOf(alice)).toBe("Your turn.");
    await square(alice, "d4").focus();
    for (const key of ["ArrowUp", "ArrowLeft", "ArrowDown"]) await alice.keyboard.press(key);
    expect(await alice.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("c4, empty, a move");
    await alice.keyboard.press("Enter");
    await eventually(() => lineOf(bob)).toBe("Your turn.");
    const discs = `${".".repeat(18)}ld${".".repeat(6)}ddd${".".repeat(6)}dl${".".repeat(27)}`;
    for (const page of [alice, bob, carol]) await eventually(() => discsOn(page)).toBe(discs);
    // Neither an empty square that turns nothing nor one out of turn is a move.
    await square(bob, "h8").tap();
    await square(alice, "c2").click();
    await square(carol, "b2").click();
    expect(await discsOn(bob)).toBe(discs);
  });

  it("[CG2] time runs out, and both play again on the other side", async () => {
    const alice = await openNewRoom(browsers, server.url, "board", { turnSeconds: 10 });
    const bob = await follow(browsers, alice);
    await eventually(() => alice.locator(".player-time").first().textContent()).toMatch(/^(?:[1-9]|10) s$/);
    await eventually(() => lineOf(bob)).toBe("You win on time.");
    await bob.getByTestId("rematch").click();
    await alice.getByText("wants to play again").waitFor();
    await alice.getByTestId("rematch").click();
    await eventually(() => lineOf(bob)).toBe("Your turn.");
    await alice.getByTestId("resign").click();
    await eventually(() => lineOf(bob)).toContain("has resigned");
  });
});

describe("the mosaic", () => {
  it("[CG3] a stroke of the mouse, a finger and the keyboard paint for everybody, and a wave is seen", async () => {
    const alice = await openNewRoom(browsers, server.url, "relay");
    const bob = await follow(browsers, alice, PHONE);
    const [from, to] = [alice.getByTestId("tile").nth(12), alice.getByTestId("tile").nth(14)];
    const [start, end] = [await from.boundingBox(), await to.boundingBox()];
    await alice.mouse.move((start?.x ?? 0) + 10, (start?.y ?? 0) + 10);
    await alice.mouse.down();
    await alice.mouse.move((end?.x ?? 0) + 10, (end?.y ?? 0) + 10, { steps: 12 });
    await alice.mouse.up();
    await bob.getByTestId("swatch").nth(4).tap();
    await bob.getByTestId("tile").nth(40).tap();
    await alice.getByTestId("tile").nth(100).focus();
    await alice.keyboard.press("ArrowRight");
    await alice.keyboard.press("5");
    await alice.keyboard.press("Enter");
    const painted = { 12: RED, 13: RED, 14: RED, 40: BLUE, 101: BLUE };
    for (const page of [alice, bob]) await eventually(() => paintOn(page)).toEqual(painted);
    await alice.keyboard.press("9");
    await alice.keyboard.press("Enter");
    await eventually(async () => Object.keys(await paintOn(bob))).toEqual(["12", "13", "14", "40"]);
    // A toast goes by itself: who looks has to look before.
    await Promise.all([alice.getByTestId("toast").getByText("waves").waitFor(), bob.getByTestId("wave").tap()]);
    await eventually(() => bob.locator('.tile[data-near="true"]').count()).toBe(1);
  });
});

describe("the arena", () => {
  it("[CG4] a runner goes by keyboard, by mouse and by finger, and others see it there", async () => {
    const alice = await openNewRoom(browsers, server.url, "arena");
    const bob = await follow(browsers, alice, PHONE);
    await eventually(() => alice.getByTestId("score").count()).toBe(2);
    await eventually(async () => (await runnerOf(alice))[0]).toBeGreaterThan(0);
    const first = await runnerOf(alice);
    const away = first[1] < 6_400 ? 1 : -1;
    await alice.keyboard.down(away === 1 ? "ArrowDown" : "KeyW");
    await whenRunFrom(alice, first, [0, away]);
    await alice.keyboard.up(away === 1 ? "ArrowDown" : "KeyW");
    const floor = await alice.getByTestId("floor").boundingBox();
    const second = await runnerOf(alice);
    const side = second[0] < 9_600 ? 1 : -1;
    await alice.mouse.move((floor?.x ?? 0) + (side === 1 ? (floor?.width ?? 0) - 5 : 5), (floor?.y ?? 0) + 300);
    await alice.mouse.down();
    await whenRunFrom(alice, second, [side, 0]);
    await alice.mouse.up();
    await eventually(async () => (await runnerOf(bob))[0]).toBeGreaterThan(0);
    const third = await runnerOf(bob);
    const up = third[1] > 6_400 ? -1 : 1;
    const touch = await bob.context().newCDPSession(bob);
    const at = (y: number) => ({ touchPoints: [{ x: 120, y }] });
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", ...at(400) });
    await touch.send("Input.dispatchTouchEvent", { type: "touchMove", ...at(400 + 60 * up) });
    await whenRunFrom(bob, third, [0, up]);
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  });

  it("[CG5] the panel says how long the line takes, what it carries, and how even the steps come", async () => {
    const alice = await openNewRoom(browsers, server.url, "arena");
    await alice.getByTestId("net-toggle").click();
    await alice.keyboard.down("ArrowRight");
    await eventually(() => alice.getByTestId("net-latency").textContent()).toMatch(/^\d+ ms$/);
    await eventually(() => alice.getByTestId("net-step").textContent()).toMatch(/^\d+\.\d ms, max \d+$/);
    await eventually(() => alice.getByTestId("net-in").textContent()).toMatch(/^[\d.]+ K?B\/s · [1-9]\d*\/s$/);
    await eventually(() => alice.getByTestId("net-out").textContent()).toMatch(/^[1-9][\d.]* K?B\/s$/);
    await eventually(() => alice.getByTestId("net-loss").textContent()).toMatch(/^\d+ %$/);
    await alice.keyboard.up("ArrowRight");
  });
});

describe("what the page of an arena predicts", () => {
  it("[CG4] moves in the frame of its input, goes nowhere back, and is what the server decides", async () => {
    let run = await runThere();
    // A room that stood still for more than a second has thrown inputs away: nobody predicts that.
    for (let left = 3; left > 0 && run.dropped > 0; left -= 1) run = await runThere();
    expect(run).toEqual({ first: [true, 0], backwards: [], off: 0, gone: expect.any(Number), dropped: 0 });
    expect(run.gone).toBeGreaterThan(1_000);
  });
});

/** Down an arena of one's own with a dash, and a stop. */
async function runThere() {
  const room = await new Client(server.url).create<InstanceType<typeof ArenaState>>("arena", { name: "Alice" });
  await new Promise<unknown>((resolve) => room.onStateChange.once(resolve));
  const world = new ArenaWorld(room, false);
  const own = () => world.drawn()[0]?.y ?? Number.NaN;
  const decided = () => room.state.runners.get(room.sessionId)?.y ?? Number.NaN;
  const start = own();
  const path: number[] = [];
  // Nothing of the server's can come in between.
  for (let frame = 0; frame < 12; frame += 1) {
    world.advance(frame * FRAME_MS, { x: 0, y: FULL, dash: false });
    path.push(own());
  }
  const first = [path.at(-1) !== start, decided() - start];
  for (let frame = 12; frame < 90; frame += 1) {
    await delay(FRAME_MS);
    world.advance(frame * FRAME_MS, { x: 0, y: FULL, dash: frame === 40 });
    path.push(own());
  }
  for (let frame = 90; frame < 190 || (frame < 1_000 && own() !== decided()); frame += 1) {
    await delay(FRAME_MS);
    world.advance(frame * FRAME_MS, { x: 0, y: 0, dash: false });
  }
  const backwards = path.filter((y, index) => y < (path[index - 1] ?? y));
  const ended = { off: own() - decided(), gone: decided() - start };
  const answer = await fetch(`${server.url}/v1/games/rooms/${room.roomId}`);
  // SAFETY: the schema of the route.
  const { health } = (await answer.json()) as {
    readonly health: { readonly counts: { readonly droppedInputs: number } };
  };
  await room.leave();
  return { first, backwards, ...ended, dropped: health.counts.droppedInputs };
}
