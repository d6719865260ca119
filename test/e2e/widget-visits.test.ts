/**
 * The widgets on a page of another origin, under a strict policy, over the lives of its visitors and of the page itself.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLaptop } from "../support/browser.ts";
import {
  countOf,
  cursorsOn,
  eventually,
  facesOf,
  pointAt,
  tracesOf,
  typingOn,
  typingSeenOn,
  watchSockets,
} from "../support/widget-pages.ts";
import { type Stage, startStage } from "../support/widget-scene.ts";

/** A connection that closes without goodbye is held so long (PRESENCE.md), and noticed within a second; several browsers share the machine. */
const HOLD_MS = 5_000;
const MARGIN_MS = 10_000;
/** Long enough for a typing mark to be old, and in `npm run test:long` for the server to have given the socket up. */
const SLEEP_MS = process.env["ROOST_LONG"] === "1" ? 90_000 : 11_500;
const WIDGETS = "roost-cursors, roost-avatars, roost-count, roost-reactions, roost-typing";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(async () => await stage.stop());

/** Points here and there, all the time; and notes when it could. */
async function fidget(page: Page): Promise<void> {
  await page.evaluate(() => {
    const ticks: number[] = [];
    Reflect.set(window, "ticks", ticks);
    setInterval(() => {
      ticks.push(Date.now());
      const { left, top } = document.querySelector("#title")?.getBoundingClientRect() ?? { left: 0, top: 0 };
      const init = { clientX: left + (ticks.length % 50), clientY: top + 1, pointerType: "mouse", bubbles: true };
      document.querySelector("#title")?.dispatchEvent(new PointerEvent("pointermove", init));
    }, 100);
  });
}

/** The longest time between two of its ticks. */
async function longestGapMs(page: Page): Promise<number> {
  const ticks = await page.evaluate((): number[] => Reflect.get(window, "ticks"));
  return Math.max(...ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? tick)));
}

describe.concurrent("people who come and go", { timeout: 120_000 }, () => {
  it("[CW5] a closed tab and a killed one are gone once their hold has ended; two tabs of one browser are one person", async (test) => {
    const { person, visit } = await stage.scene(test);
    const bob = await person();
    const staying = await visit({ name: "Alice" });
    const first = await visit({ name: "Bob" }, bob);
    await eventually(() => facesOf(first)).toEqual(["Bob, you", "Alice"]);
    const tabs = [first, await visit({ name: "Bob" }, bob)];
    const killed = await visit({ name: "Carol" });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob", "Carol"]);
    await eventually(() => countOf(staying)).toBe("3 reading now");
    await tabs[0]?.close();
    const crashed = killed.waitForEvent("crash");
    void killed.goto("chrome://crash").catch(() => undefined);
    await crashed;
    const start = performance.now();
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    expect(performance.now() - start).toBeLessThan(HOLD_MS + MARGIN_MS);
    await eventually(() => countOf(staying)).toBe("2 reading now");
    await tabs[1]?.close();
    await eventually(() => countOf(staying)).toBe("1 reading now");
  });

  it("[CW10] [CW23] a laptop that slept is back where it was, as one person; others saw it stand still, and type no more", async (test) => {
    const { visit } = await stage.scene(test);
    const laptop = await startLaptop();
    test.onTestFinished(async () => await laptop.close());
    const staying = await visit({ name: "Alice" });
    const slept = await visit({ name: "Bob" }, laptop);
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    // What is not on the screen is not drawn.
    await staying.locator("#comment").scrollIntoViewIfNeeded();
    await eventually(() => typingSeenOn(staying, slept.locator("#comment"))).toBe("Bob is typing…");
    await fidget(slept);
    const moves = await tracesOf(staying, "roost-cursors [popover] > div", "translate");
    const counts = await tracesOf(staying, "roost-count p");
    await eventually(async () => (await moves()).length).toBeGreaterThan(5);
    laptop.sleep();
    const sleptMs = performance.now();
    // What was on its way arrives; then nothing moves.
    for (let n = -1; n !== (await moves()).length; await delay(1_000)) n = (await moves()).length;
    const [still, { length }] = [await cursorsOn(staying, "#title"), await moves()];
    await staying.locator("roost-reactions button").first().click();
    await delay(SLEEP_MS - (performance.now() - sleptMs));
    expect([await cursorsOn(staying, "#title"), (await moves()).length]).toEqual([still, length]);
    // The server has not noticed; whoever looks has.
    if (SLEEP_MS < 60_000) expect(await facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    await eventually(() => typingOn(staying)).toBe("");
    laptop.wake();
    await eventually(async () => (await moves()).length).toBeGreaterThan(length);
    expect(await longestGapMs(slept)).toBeGreaterThan(SLEEP_MS - 1_000);
    // After a minute without input both are idle.
    await pointAt(staying, "#title", { x: 0.2, y: 0.5 });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    await eventually(() => facesOf(slept)).toEqual(["Bob, you", "Alice"]);
    await eventually(() => cursorsOn(slept, "#title")).toEqual([{ x: 0.2, y: 0.5 }]);
    const reaction = slept.locator("roost-reactions button").first();
    if (SLEEP_MS < 60_000) await eventually(() => reaction.innerText()).toMatch(/^👀1/);
    await eventually(() => countOf(staying)).toBe("2 reading now");
    if (SLEEP_MS < 60_000) expect(await counts()).toEqual(["2 reading now"]);
  });

  it("[CW23] who types on and on is shown all the while", async (test) => {
    const { visit } = await stage.scene(test);
    const watching = await visit({ name: "Alice" });
    const typing = await visit({ name: "Bob" });
    await eventually(() => countOf(watching)).toBe("2 reading now");
    await watching.locator("#comment").scrollIntoViewIfNeeded();
    await eventually(() => typingSeenOn(watching, typing.locator("#comment"))).toBe("Bob is typing…");
    const seen = await tracesOf(watching, "roost-typing p:first-child");
    const endMs = performance.now() + 12_500;
    while (performance.now() < endMs) {
      await typing.locator("#comment").press("b");
      await delay(400);
    }
    const texts = (await seen()).map((text) => text.replaceAll(/[\u2068\u2069]/g, ""));
    expect(texts.slice(texts[0] === "" ? 1 : 0)).toEqual(["Bob is typing…"]);
    await eventually(() => typingOn(watching)).toBe("");
  });

  it("[CW6] a reload and a return from the back-forward cache do not flicker, and count nobody twice", async (test) => {
    const { visit, site } = await stage.scene(test);
    const staying = await visit({ name: "Alice" });
    const walking = await visit({ name: "Bob" });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    const counts = await tracesOf(staying, "roost-count p");
    await walking.reload();
    await eventually(() => countOf(walking)).toBe("2 reading now");
    await walking.evaluate(() => {
      addEventListener(
        "pageshow",
        ({ persisted }) => (document.documentElement.dataset["persisted"] = String(persisted)),
      );
    });
    await walking.goto("about:blank");
    // `goBack` waits for a load, and what is brought back does not load.
    await walking.evaluate(() => history.back());
    const persisted = () => walking.evaluate(() => document.documentElement.dataset["persisted"]).catch(() => "");
    await eventually(persisted).toBe("true");
    await eventually(() => countOf(walking)).toBe("2 reading now");
    await eventually(() => facesOf(walking)).toEqual(["Bob, you", "Alice"]);
    await pointAt(walking, "#title", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(staying, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
    await pointAt(staying, "#title", { x: 0.2, y: 0.5 });
    await eventually(() => cursorsOn(walking, "#title")).toEqual([{ x: 0.2, y: 0.5 }]);
    expect(await counts()).toEqual(["2 reading now"]);
    const room = encodeURIComponent(`127.0.0.1:${site.port}`);
    const described: { readonly people: readonly unknown[] } = await (
      await fetch(`${stage.server.url}/v1/presence/${room}`)
    ).json();
    expect(described.people.length).toBe(2);
  });

  it("[CW7] the host takes elements out and puts them back: one socket all along, nothing left behind, none when all are gone", async (test) => {
    const { url, person, errors } = await stage.scene(test);
    const page = await (await person()).context.newPage();
    const open = watchSockets(page);
    await page.goto(url);
    await eventually(() => countOf(page)).toBe("1 reading now");
    expect(open.size).toBe(1);
    const [socket] = open;
    await page.evaluate(() => {
      const taken = [
        ...document.querySelectorAll("roost-cursors, roost-avatars, roost-count, roost-reactions, roost-typing"),
      ];
      const places = taken.map((element) => [element, element.parentNode] as const);
      for (const element of taken) element.remove();
      for (const [element, parent] of places) parent?.append(element);
    });
    await eventually(() => countOf(page)).toBe("1 reading now");
    expect([...open]).toEqual([socket]);
    await page.locator("roost-reactions button").first().click();
    await eventually(() => page.locator("roost-reactions button").first().innerText()).toMatch(/1$/);
    await page.locator(WIDGETS).evaluateAll((elements) => elements.forEach((element) => element.remove()));
    await eventually(() => open.size).toBe(0);
    expect(errors()).toEqual([]);
  });

  it("[CW8] client-side navigation moves to the room of the new page, and keeps the socket where the room is named", async (test) => {
    const { url, person } = await stage.scene(test);
    const page = await (await person()).context.newPage();
    const open = watchSockets(page);
    await page.goto(url);
    await eventually(() => countOf(page)).toBe("1 reading now");
    const rooms = () => [...open].map((name) => name.split("/").slice(3, -1).join("/"));
    const host = new URL(url).host;
    expect(rooms()).toEqual([host]);
    await page.evaluate(() => history.pushState(null, "", "/notes/two#here"));
    await eventually(rooms).toEqual([`${host}/notes/two`]);
    await page.evaluate(() => {
      const link = document.createElement("link");
      link.rel = "canonical";
      link.href = "https://saltmarsh.example/notes/two?page=2";
      document.head.append(link);
    });
    await eventually(rooms).toEqual(["saltmarsh.example/notes/two?page=2"]);
    await page.evaluate(() => {
      for (const element of document.querySelectorAll(
        "[for],roost-count,roost-avatars,roost-cursors,roost-reactions",
      )) {
        element.setAttribute("room", "lobby");
      }
    });
    await eventually(rooms).toEqual(["lobby"]);
    const [socket] = open;
    await page.evaluate(() => history.pushState(null, "", "/notes/three"));
    await eventually(() => facesOf(page)).toEqual(["Guest, you"]);
    await page.locator("roost-reactions button").first().click();
    await eventually(() => page.locator("roost-reactions button").first().innerText()).toMatch(/1$/);
    expect([...open]).toEqual([socket]);
  });
});

describe.concurrent("visitors who are asked first", { timeout: 120_000 }, () => {
  it("[CW9] see counts only, over HTTP, and are seen by nobody until they accept; taking it back ends it", async (test) => {
    const { person, visit, addressOf } = await stage.scene(test);
    const said = { room: "asked" };
    const staying = await visit({ name: "Alice", ...said });
    await eventually(() => countOf(staying)).toBe("1 reading now");
    const asked = await (await person()).context.newPage();
    const open = watchSockets(asked);
    await asked.goto(addressOf(said, "/about.html"));
    await eventually(() => countOf(asked)).toBe("1 on this page");
    expect(open.size).toBe(0);
    expect(await asked.evaluate(() => Object.keys(sessionStorage).length)).toBe(0);
    expect(await facesOf(staying)).toEqual(["Alice, you"]);
    await asked.getByRole("button", { name: "Show that I am here" }).click();
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Guest"]);
    await eventually(() => facesOf(asked)).toEqual(["Guest, you", "Alice"]);
    await asked.evaluate(() => document.dispatchEvent(new Event("roost-withdraw")));
    await eventually(() => facesOf(staying)).toEqual(["Alice, you"]);
    await eventually(() => open.size).toBe(0);
  });
});
