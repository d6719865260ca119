/**
 * A page in a room that is too large to show everybody, or anybody. Real sockets, from one process, that say little.
 */
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { anchorHash } from "../../client/presence/anchor.ts";
import { encodeFrame } from "../../client/presence/wire.ts";
import { PRESENCE_SUBPROTOCOL } from "../../src/protocol/presence-messages.ts";
import { countOf, cursorsOn, eventually, facesOf } from "../support/widget-pages.ts";
import { type Stage, startStage } from "../support/widget-scene.ts";

/** Above the bounds of PRESENCE.md, Sizes: 250 and 1,000 with the page itself. */
const SAMPLED = 260;
const COUNTED = 1_020;
/** Handshakes under way at once. */
const AT_ONCE = 30;
const ROOM = "crowd";

let stage: Stage;
const crowd: WebSocket[] = [];

beforeAll(async () => {
  stage = await startStage();
});
afterAll(async () => {
  for (const socket of crowd) socket.terminate();
  await stage.stop();
});

/** Somebody who only stands there. */
async function join(number: number): Promise<void> {
  const socket = new WebSocket(`${stage.server.wsUrl}/v1/presence/${ROOM}/connect`, PRESENCE_SUBPROTOCOL);
  await once(socket, "open");
  socket.send(encodeFrame([[0, 1, JSON.stringify({ user: { name: `Visitor ${number}` } })]]));
  crowd.push(socket);
}

async function growTo(count: number): Promise<void> {
  while (crowd.length < count) {
    const more = Math.min(AT_ONCE, count - crowd.length);
    await Promise.all(Array.from({ length: more }, async (_, index) => await join(crowd.length + index)));
  }
}

describe("a page in a crowd", () => {
  it("[CW25] shows some of the people and the number of all, then the number alone, and reactions all along", async (test) => {
    const { visit, errors } = await stage.scene(test);
    const page = await visit({ name: "Ada", room: ROOM });
    await eventually(() => countOf(page)).toBe("1 reading now");
    await growTo(SAMPLED);
    const all = (SAMPLED + 1).toLocaleString("en");
    await eventually(() => countOf(page)).toBe(`${all} reading now`);
    // Six faces, of whom the page's visitor is one, and the rest as a number.
    await eventually(async () => (await facesOf(page)).length).toBe(7);
    const faces = await facesOf(page);
    expect([faces[0], faces.at(-1)]).toEqual(["Ada, you", `+${(SAMPLED + 1 - 6).toLocaleString("en")}`]);
    expect(faces.slice(1, -1).every((face) => /^Visitor \d+$/.test(face))).toBe(true);
    // Who moves is shown soon.
    const [mover] = crowd;
    const point = () => mover?.send(encodeFrame([[3, anchorHash("title"), 32_768, 32_768]]));
    const moving = setInterval(point, 1_000);
    await eventually(() => cursorsOn(page, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
    clearInterval(moving);
    await growTo(COUNTED);
    const counted = (COUNTED + 1).toLocaleString("en");
    await eventually(() => countOf(page)).toBe(`${counted} reading now`);
    await eventually(() => facesOf(page)).toEqual(["Ada, you", `+${COUNTED.toLocaleString("en")}`]);
    await eventually(() => cursorsOn(page, "#title")).toEqual([]);
    const button = page.locator("roost-reactions button").first();
    await eventually(async () => {
      mover?.send(encodeFrame([[6, "react:seen", ""]]));
      return await button.innerText();
    }).toMatch(/^👀\d/);
    expect(errors()).toEqual([]);
  }, 120_000);
});
