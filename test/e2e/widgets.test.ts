/**
 * The widgets on a page of another origin, under a strict policy, as visitors meet them: Chromium, real server, nothing between.
 */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DemoSite, policyFor, startDemoSite } from "../../scripts/demo-site.ts";
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
  typingOn,
} from "../support/widget-pages.ts";

const NARROW = { width: 390, height: 760 };

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

/** What a widget might leave on a page that is not its own. */
function traces() {
  const looks = ["html", "body", "main", "h1", "#method p"].map((selector) => {
    const element = document.querySelector(selector);
    if (element === null) return selector;
    const style = getComputedStyle(element);
    const { left, width } = element.getBoundingClientRect();
    return [selector, element.getAttributeNames(), left, width, style.font, style.color, style.overflow, style.cursor];
  });
  const stored = [document.cookie, ...Object.keys(localStorage)];
  return { globals: Object.keys(window), body: document.body.children.length, looks, stored };
}

/** Opens the site in a new tab, in a room of this test. */
async function visit(browser: TestBrowser, said: Said = {}, path = "/"): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(addressOf(said, path));
  return page;
}

const addressOf = (said: Said, path = "/") => addressIn(site, { room: `visit-${visits}`, ...said }, path);

describe("three visitors of a page on another origin", () => {
  it("[CW1] the site's policy names one server and nothing else, and no page reports anything", async () => {
    const noise: string[] = [];
    const page = await alice.context.newPage();
    page.on("console", (message) => noise.push(message.text()));
    await page.goto(addressOf({ plain: "" }));
    const before = await page.evaluate(traces);
    const response = await page.goto(url);
    await eventually(() => countOf(page)).toBe("1 reading now");
    const { origin } = new URL(server.url);
    expect(response?.headers()["content-security-policy"]).toBe(policyFor(origin));
    expect(policyFor(origin)).not.toContain("unsafe");
    await page.locator("roost-reactions button").first().click();
    await pointAt(page, "#method", { x: 0.5, y: 0.5 });
    await page.locator("#comment").pressSequentially("seven");
    expect(noise).toEqual([]);
    expect(await page.evaluate(traces)).toEqual(before);
    expect(pageErrors()).toEqual([]);
  });

  it("[CW2] cursors meet on the same place of the same element at two window sizes", async () => {
    const wide = await visit(alice, { name: "Alice" });
    const narrow = await visit(bob, { name: "Bob" });
    await eventually(() => countOf(narrow)).toBe("2 reading now");
    await narrow.locator("#weather").scrollIntoViewIfNeeded();
    await pointAt(wide, "#weather", { x: 0.25, y: 0.75 });
    await eventually(() => cursorsOn(narrow, "#weather")).toEqual([{ x: 0.25, y: 0.75 }]);
    await narrow.setViewportSize({ width: 600, height: 500 });
    await narrow.locator("#weather").scrollIntoViewIfNeeded();
    await eventually(() => cursorsOn(narrow, "#weather")).toEqual([{ x: 0.25, y: 0.75 }]);
    await wide.locator("#tally").scrollIntoViewIfNeeded();
    await narrow.locator("#tally").scrollIntoViewIfNeeded();
    await pointAt(narrow, "#tally", { x: 0.9, y: 0.1 });
    await eventually(() => cursorsOn(wide, "#tally")).toEqual([{ x: 0.9, y: 0.1 }]);
    expect(pageErrors()).toEqual([]);
  });

  it("[CW3] avatars, counts, reactions and typing reach everybody", async () => {
    const pages = [await visit(alice, { name: "Alice" }), await visit(bob, { name: "Bob" }), await visit(carol)];
    const [a, b, c] = pages;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three pages");
    for (const page of pages) await eventually(() => countOf(page)).toBe("3 reading now");
    await eventually(() => facesOf(a)).toEqual(["Alice, you", "Bob", "Guest"]);
    await eventually(() => facesOf(c)).toEqual(["Guest, you", "Alice", "Bob"]);
    await a.locator("roost-reactions button").nth(2).click();
    await b.locator("roost-reactions button").nth(2).click();
    for (const page of pages)
      await eventually(() => page.locator("roost-reactions button").nth(2).innerText()).toMatch(/2$/);
    await b.locator("#comment").pressSequentially("two herons");
    await eventually(() => typingOn(a)).toBe("Bob is typing…");
    await c.locator("#comment").pressSequentially("three");
    await eventually(() => typingOn(a)).toBe("Bob and Guest are typing…");
    expect(await typingOn(b)).not.toContain("Bob");
    await b.locator("#comment").blur();
    await c.locator("#comment").blur();
    await eventually(() => typingOn(a)).toBe("");
    expect(pageErrors()).toEqual([]);
  });

  it("[CW4] a touch shows as a ripple where it was, and no cursor stays", async () => {
    const watching = await visit(alice);
    const touching = await visit(carol);
    await eventually(() => countOf(watching)).toBe("2 reading now");
    await watching.locator("roost-cursors").evaluate((element) => {
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) {
          for (const node of addedNodes) document.documentElement.dataset["added"] = node.nodeName;
        }
      }).observe(element.shadowRoot?.querySelector("[popover]") ?? element, { childList: true });
    });
    await watching.locator("#method").scrollIntoViewIfNeeded();
    await touching.locator("#method").tap();
    await eventually(() => watching.evaluate(() => document.documentElement.dataset["added"])).toBe("S");
    expect(await cursorsOn(watching, "#method")).toEqual([]);
  });
});
