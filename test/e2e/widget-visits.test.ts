/**
 * The widgets on a page of another origin, under a strict policy, over the lives of its visitors and of the page itself.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DemoSite, startDemoSite } from "../../scripts/demo-site.ts";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { eventually } from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";
import {
  type Said,
  addressIn,
  countOf,
  cursorsOn,
  facesOf,
  pointAt,
  tagged,
  watchSockets,
} from "../support/widget-pages.ts";

const NARROW = { width: 390, height: 760 };
/** A connection that closes without goodbye is held so long (PRESENCE.md), and noticed within a second. */
const HOLD_MS = 5_000;
const MARGIN_MS = 3_000;
/** Long enough, in `npm run test:long`, for the server to have given the socket up. */
const SLEEP_MS = process.env["ROOST_LONG"] === "1" ? 90_000 : 7_000;

let server: TestServer;
let site: DemoSite;
let alice: TestBrowser;
let bob: TestBrowser;
let carol: TestBrowser;
let visits = 0;
/** Without a word on the tag. */
let url: string;

beforeAll(async () => {
  [server, alice, bob, carol] = await Promise.all([
    startServer(),
    startBrowser(),
    startBrowser({ viewport: NARROW }),
    startBrowser({ hasTouch: true, viewport: NARROW }),
  ]);
  site = await startDemoSite({ port: 0, roost: server.url, edit: tagged });
});
afterAll(async () => {
  await Promise.all([alice, bob, carol].map((browser) => browser.close()));
  await site.stop();
  await server.stop();
});
beforeEach(() => {
  visits += 1;
  url = `http://127.0.0.1:${site.port}/`;
});
afterEach(async () => {
  for (const { context } of [alice, bob, carol]) await Promise.all(context.pages().map((page) => page.close()));
});

const pageErrors = () => [...alice.errors, ...bob.errors, ...carol.errors];

/** Opens the site in a new tab, in a room of this test. */
async function visit(browser: TestBrowser, said: Said = {}, path = "/"): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(addressOf(said, path));
  return page;
}

const addressOf = (said: Said, path = "/") => addressIn(site, { room: `visit-${visits}`, ...said }, path);

describe("people who come and go", () => {
  it("[CW5] a closed tab and a killed one are gone once their hold has ended; two tabs of one browser are one person", async () => {
    const staying = await visit(alice, { name: "Alice" });
    const tabs = [await visit(bob, { name: "Bob" }), await visit(bob, { name: "Bob" })];
    const killed = await visit(carol, { name: "Carol" });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob", "Carol"]);
    expect(await countOf(staying)).toBe("3 reading now");
    await tabs[0]?.close();
    const crashed = killed.waitForEvent("crash");
    void killed.goto("chrome://crash").catch(() => undefined);
    await crashed;
    const start = performance.now();
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    expect(performance.now() - start).toBeLessThan(HOLD_MS + MARGIN_MS);
    expect(await countOf(staying)).toBe("2 reading now");
    await tabs[1]?.close();
    await eventually(() => countOf(staying)).toBe("1 reading now");
  });

  it("[CW10] a laptop that slept is back where it was, as one person, and hears and shows everything", async () => {
    const staying = await visit(alice, { name: "Alice" });
    const slept = await visit(bob, { name: "Bob" });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    const session = await bob.context.newCDPSession(slept);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await staying.locator("roost-reactions button").first().click();
    await delay(SLEEP_MS);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    // After a minute without input both are idle.
    await pointAt(staying, "#title", { x: 0.2, y: 0.5 });
    await pointAt(slept, "#title", { x: 0.5, y: 0.5 });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    await eventually(() => facesOf(slept)).toEqual(["Bob, you", "Alice"]);
    expect(await countOf(staying)).toBe("2 reading now");
    await eventually(() => cursorsOn(staying, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
    await eventually(() => cursorsOn(slept, "#title")).toEqual([{ x: 0.2, y: 0.5 }]);
  });

  it("[CW6] a navigation and the back-forward cache do not flicker", async () => {
    const staying = await visit(alice, { name: "Alice" });
    const walking = await visit(bob, { name: "Bob" });
    await eventually(() => facesOf(staying)).toEqual(["Alice, you", "Bob"]);
    const seen = await staying.evaluateHandle(() => {
      const counts: string[] = [];
      const element = document.querySelector("roost-count");
      setInterval(() => {
        const text = element?.shadowRoot?.textContent ?? "";
        if (counts.at(-1) !== text) counts.push(text);
      }, 20);
      return counts;
    });
    await walking.reload();
    await eventually(() => countOf(walking)).toBe("2 reading now");
    await walking.goto("about:blank");
    await walking.goBack();
    await eventually(() => countOf(walking)).toBe("2 reading now");
    await pointAt(walking, "#title", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(staying, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
    expect(await seen.jsonValue()).toEqual(["2 reading now"]);
  });

  it("[CW7] the host takes elements out and puts them back: one socket all along, nothing left behind, none when all are gone", async () => {
    const page = await alice.context.newPage();
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
    await page.evaluate(() => {
      for (const element of document.querySelectorAll(
        "roost-cursors, roost-avatars, roost-count, roost-reactions, roost-typing",
      ))
        element.remove();
    });
    await eventually(() => open.size).toBe(0);
    expect(pageErrors()).toEqual([]);
  });

  it("[CW8] client-side navigation moves to the room of the new page, and keeps the socket where the room is named", async () => {
    const page = await alice.context.newPage();
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

describe("visitors who are asked first", () => {
  it("[CW9] see counts only, over HTTP, and are seen by nobody until they accept; taking it back ends it", async () => {
    const staying = await visit(alice, { name: "Alice" });
    await eventually(() => countOf(staying)).toBe("1 reading now");
    const asked = await bob.context.newPage();
    const open = watchSockets(asked);
    await asked.goto(addressOf({}, "/about.html"));
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
