/**
 * The widgets on a page of another origin, under a strict policy, as visitors meet them: Chromium, real server, nothing between.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policyFor } from "../../scripts/demo-site.ts";
import { countOf, cursorsOn, eventually, facesOf, pointAt, typingOn, typingSeenOn } from "../support/widget-pages.ts";
import { type Stage, startStage } from "../support/widget-scene.ts";

const NARROW = { width: 390, height: 760 };
const TOUCHING = { hasTouch: true, viewport: NARROW };

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(async () => await stage.stop());

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

/** Side by side: each test has its own people and its own room. */
describe.concurrent("three visitors of a page on another origin", { timeout: 120_000 }, () => {
  it("[CW1] the site's policy names one server and nothing else, and no page reports anything", async (test) => {
    const { url, person, addressOf, errors } = await stage.scene(test);
    const noise: string[] = [];
    const page = await (await person()).context.newPage();
    page.on("console", (message) => noise.push(message.text()));
    await page.goto(addressOf({ plain: "" }));
    const before = await page.evaluate(traces);
    const response = await page.goto(url);
    await eventually(() => countOf(page)).toBe("1 reading now");
    const { origin } = new URL(stage.server.url);
    expect(response?.headers()["content-security-policy"]).toBe(policyFor(origin));
    expect(policyFor(origin)).not.toContain("unsafe");
    await page.locator("roost-reactions button").first().click();
    await pointAt(page, "#method", { x: 0.5, y: 0.5 });
    await page.locator("#comment").pressSequentially("seven");
    expect(noise).toEqual([]);
    expect(await page.evaluate(traces)).toEqual(before);
    expect(errors()).toEqual([]);
  });

  it("[CW2] cursors meet on the same place of the same element at two window sizes", async (test) => {
    const { person, visit, errors } = await stage.scene(test);
    const wide = await visit({ name: "Alice" });
    const narrow = await visit({ name: "Bob" }, await person({ viewport: NARROW }));
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
    expect(errors()).toEqual([]);
  });

  it("[CW3] avatars, counts, reactions and typing reach everybody", async (test) => {
    const { person, visit, errors } = await stage.scene(test);
    const a = await visit({ name: "Alice" });
    const b = await visit({ name: "Bob" }, await person({ viewport: NARROW }));
    const c = await visit({}, await person(TOUCHING));
    const pages = [a, b, c];
    for (const page of pages) await eventually(() => countOf(page)).toBe("3 reading now");
    await eventually(() => facesOf(a)).toEqual(["Alice, you", "Bob", "Guest"]);
    await eventually(() => facesOf(c)).toEqual(["Guest, you", "Alice", "Bob"]);
    await a.locator("roost-reactions button").nth(2).click();
    await b.locator("roost-reactions button").nth(2).click();
    for (const page of pages)
      await eventually(() => page.locator("roost-reactions button").nth(2).innerText()).toMatch(/2$/);
    await b.locator("#comment").pressSequentially("two herons");
    const ofBob = b.locator("#comment");
    const ofGuest = c.locator("#comment");
    await eventually(() => typingSeenOn(a, ofBob)).toBe("Bob is typing…");
    await c.locator("#comment").pressSequentially("three");
    await eventually(() => typingSeenOn(a, ofBob, ofGuest)).toBe("Bob and Guest are typing…");
    expect(await typingOn(b)).not.toContain("Bob");
    await b.locator("#comment").blur();
    await c.locator("#comment").blur();
    await eventually(() => typingOn(a)).toBe("");
    expect(errors()).toEqual([]);
  });

  it("[CW4] a touch shows as a ripple where it was, and no cursor stays", async (test) => {
    const { person, visit } = await stage.scene(test);
    const watching = await visit();
    const touching = await visit({}, await person(TOUCHING));
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

  it("[CW11] on a page from right to left numbers and sentences keep their order, and no empty line takes room", async (test) => {
    const { visit } = await stage.scene(test);
    const page = await visit({ name: "Ada", dir: "rtl" });
    const other = await visit({ name: "Bob", dir: "rtl" });
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "Bob"]);
    await page.locator("roost-avatars").evaluate((element) => element.setAttribute("max", "1"));
    const inOrder = async (selector: string) =>
      await page.locator(selector).evaluate((element) => {
        const [range, walker] = [new Range(), document.createTreeWalker(element, NodeFilter.SHOW_TEXT)];
        const lefts: number[] = [];
        for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
          const length = text.textContent?.length ?? 0;
          for (const at of length === 0 ? [] : [0, length - 1]) {
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            lefts.push(range.getBoundingClientRect().left);
          }
        }
        return lefts.length > 0 && lefts.every((left, index) => left >= (lefts[index - 1] ?? 0));
      });
    await eventually(() => page.locator("roost-avatars li").last().innerText()).toBe("+1");
    expect(await inOrder("roost-avatars li:last-child")).toBe(true);
    expect(await inOrder("roost-count p:first-child")).toBe(true);
    await other.locator("#comment").pressSequentially("two");
    await page.locator("#comment").scrollIntoViewIfNeeded();
    const field = other.locator("#comment");
    await eventually(() => typingSeenOn(page, field)).toBe("Bob is typing…");
    await eventually(async () => {
      await typingSeenOn(page, field);
      return await inOrder("roost-typing p:first-child");
    }).toBe(true);
    const spare = async (name: string) =>
      await page.locator(`roost-${name}`).evaluate((element) => {
        const shown = element.shadowRoot?.firstElementChild?.getBoundingClientRect().height ?? 0;
        return element.getBoundingClientRect().height - shown;
      });
    expect([await spare("count"), await spare("typing")]).toEqual([0, 0]);
  });
});
