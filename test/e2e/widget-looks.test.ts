/**
 * The widgets for people who read with a screen reader, in the dark, from right to left, without motion, or on a phone.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overflowOf } from "../support/demo-pages.ts";
import { countOf, cursorsOn, eventually, facesOf, pointAt, tracesOf, typingOn } from "../support/widget-pages.ts";
import { type Stage, startStage } from "../support/widget-scene.ts";

const NARROW = { width: 390, height: 760 };
const DARK = { colorScheme: "dark", viewport: NARROW } as const;
/** Where pictures go, for whoever looks at them. */
const PICTURES = join(import.meta.dirname, "../../.results/widgets");
/** Of a real PNG of one pixel. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  await mkdir(PICTURES, { recursive: true });
});
afterAll(async () => await stage.stop());

type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };

/** What axe finds, one line each. Evaluated as a debugger does: no policy of the page forbids it. */
async function findingsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    // SAFETY: the script before this line defines it.
    const { violations } = await (Reflect.get(window, "axe") as Axe).run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

describe.concurrent("how widgets look and read", { timeout: 120_000 }, () => {
  it.for(["ltr", "rtl"])(
    "[CW11] axe finds nothing with everything on show, %s, and nothing is cut off",
    async (dir, test) => {
      const { person, visit } = await stage.scene(test);
      const wide = await visit({ name: "Ada Lovelace", color: "#ffe066", dir });
      const narrow = await visit({ name: "رازی", dir, avatar: PIXEL }, await person(DARK));
      await eventually(() => facesOf(wide)).toEqual(["Ada Lovelace, you", "رازی"]);
      await wide.locator("roost-reactions button").first().click();
      await narrow.locator("#comment").pressSequentially("two");
      await narrow.locator("#comment").scrollIntoViewIfNeeded();
      await pointAt(wide, "#discussion", { x: 0.7, y: 0.5 });
      await eventually(() => cursorsOn(narrow, "#discussion")).toEqual([{ x: 0.7, y: 0.5 }]);
      await eventually(async () => {
        await narrow.locator("#comment").press("o");
        return await typingOn(wide);
      }).toBe("رازی is typing…");
      for (const [name, page] of [
        ["wide-light", wide],
        ["narrow-dark", narrow],
      ] as const) {
        await page.screenshot({ path: join(PICTURES, `${dir}-${name}.png`) });
        expect(await overflowOf(page)).toBe(0);
        expect(await findingsOf(page)).toEqual([]);
      }
      await wide.evaluate(() => scrollTo(0, 0));
      await wide.screenshot({ path: join(PICTURES, `${dir}-wide-top.png`) });
      await narrow.evaluate(() => scrollTo(0, 0));
      await narrow.screenshot({ path: join(PICTURES, `${dir}-narrow-top.png`) });
    },
  );

  it("[CW11] axe finds nothing on the page for site owners, wide and narrow", async (test) => {
    const { person } = await stage.scene(test);
    for (const [name, options] of [
      ["wide", {}],
      ["narrow", DARK],
    ] as const) {
      const page = await (await person(options)).context.newPage();
      await page.goto(`${stage.server.url}/embed`);
      await page.locator('html[data-ready="true"]').waitFor();
      await page.screenshot({ path: join(PICTURES, `embed-${name}.png`), fullPage: true });
      expect(await findingsOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
    }
  });

  it("[CW12] cursors are hidden from screen readers, avatars are a list of named people, and nothing is announced unasked", async (test) => {
    const { visit } = await stage.scene(test);
    const page = await visit({ name: "Ada" });
    await eventually(() => facesOf(page)).toEqual(["Ada, you"]);
    expect(await page.locator("body").ariaSnapshot()).toMatch(
      /- list "Here now":\n\s+- listitem:\n\s+- img "Ada, you"/,
    );
    const live = "[aria-live=polite], [role=status], [role=alert]";
    expect(await page.locator(live).count()).toBe(0);
    expect(await page.locator("roost-cursors [aria-hidden=true][popover]").count()).toBe(1);
    await page.locator("roost-count").evaluate((element) => element.setAttribute("announce", "yes"));
    await eventually(() => page.locator(live).count()).toBe(1);
  });

  it("[CW12] who asks for it is told who is here, how many and who types: the last of it, at most every 10 s", async (test) => {
    const { visit } = await stage.scene(test);
    const page = await visit({ name: "Ada", announce: "yes" });
    await page.locator("#comment").scrollIntoViewIfNeeded();
    const heard = async (name: string) => await tracesOf(page, `roost-${name} [aria-live=polite]`);
    await eventually(() => page.locator("roost-typing [aria-live=polite]").count()).toBe(1);
    const typing = await heard("typing");
    await page.evaluate(() => scrollTo(0, 0));
    await eventually(() => page.locator("roost-avatars [aria-live=polite]").innerText()).toBe("Here now: Ada");
    const [who, many] = [await heard("avatars"), await heard("count")];
    const startMs = performance.now();
    for (const name of ["Bob", "Carol"]) await visit({ name });
    const last = await visit({ name: "Dan" });
    await eventually(() => countOf(page)).toBe("4 reading now");
    await eventually(async () => (await who()).at(-1) ?? "").toBe("Here now: Ada, Bob, Carol, Dan");
    await eventually(async () => (await many()).at(-1) ?? "").toBe("4 reading now");
    // Where nothing else keeps the machine busy: one more time.
    const mayTimes = 1 + Math.ceil((performance.now() - startMs) / 10_000);
    for (const told of [await who(), await many()]) expect(told.length).toBeLessThanOrEqual(mayTimes);
    await page.locator("#comment").scrollIntoViewIfNeeded();
    await last.locator("#comment").press("a");
    await eventually(async () => (await typing()).join()).toContain("Dan\u2069 is typing…");
  });

  it("[CW22] what nobody sees draws nothing and sends no cursor, and shows what is when it is seen again", async (test) => {
    const { visit } = await stage.scene(test);
    const page = await visit({ name: "Ada" });
    await eventually(() => facesOf(page)).toEqual(["Ada, you"]);
    await page.locator("#comment").scrollIntoViewIfNeeded();
    const drawn = await tracesOf(page, "roost-avatars ul");
    const typing = await tracesOf(page, "roost-typing p");
    const other = await visit({ name: "Bob" });
    await eventually(() => facesOf(other)).toEqual(["Bob, you", "Ada"]);
    await pointAt(page, "#discussion", { x: 0.5, y: 0.2 });
    await eventually(() => cursorsOn(other, "#discussion")).toEqual([{ x: 0.5, y: 0.2 }]);
    // Off the screen, while what is on it hears of everything.
    await other.locator("#comment").pressSequentially("a");
    await eventually(async () => (await typing()).join()).toContain("Bob");
    expect(await drawn()).toEqual(["A"]);
    await page.evaluate(() => scrollTo(0, 0));
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "Bob"]);
    // Headless Chromium has no hidden tabs: what a page reads of it is set, as a tab that is left does.
    const hide = async (isHidden: boolean) =>
      await page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        const state = hidden ? "hidden" : "visible";
        Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      }, isHidden);
    await other.evaluate(() => scrollTo(0, 0));
    await hide(true);
    await eventually(() => cursorsOn(other, "#title")).toEqual([]);
    await eventually(() => facesOf(other)).toEqual(["Bob, you", "Ada, away"]);
    await other.locator("#comment").blur();
    await pointAt(other, "#title", { x: 0.3, y: 0.5 });
    await pointAt(page, "#title", { x: 0.5, y: 0.5 });
    const third = await visit({ name: "Carol" });
    await eventually(() => facesOf(other)).toEqual(["Bob, you", "Ada, away", "Carol"]);
    expect([await facesOf(page), await cursorsOn(page, "#title")]).toEqual([["Ada, you", "Bob"], []]);
    await eventually(() => cursorsOn(third, "#title")).toEqual([{ x: 0.3, y: 0.5 }]);
    await hide(false);
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "Bob", "Carol"]);
    await eventually(() => cursorsOn(page, "#title")).toEqual([{ x: 0.3, y: 0.5 }]);
    await pointAt(page, "#title", { x: 0.6, y: 0.5 });
    await eventually(() => cursorsOn(third, "#title")).toEqual([
      { x: 0.3, y: 0.5 },
      { x: 0.6, y: 0.5 },
    ]);
    // Hidden by the page, it takes its cursor back.
    await page.locator("roost-cursors").evaluate((element) => element.setAttribute("hidden", ""));
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await pointAt(page, "#title", { x: 0.7, y: 0.5 });
    await eventually(() => cursorsOn(third, "#title")).toEqual([{ x: 0.3, y: 0.5 }]);
  });

  it("[CW24] where colors are forced on pages, people keep theirs", async (test) => {
    const { person, visit } = await stage.scene(test);
    const page = await visit({ name: "Ada", color: "#123456" }, await person({ forcedColors: "active" }));
    const other = await visit({ name: "Bob", color: "#aa3300" });
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "Bob"]);
    await pointAt(other, "#title", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(page, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
    const colors = async (selector: string) =>
      await page
        .locator(selector)
        .evaluateAll((elements) => elements.map((element) => getComputedStyle(element).backgroundColor));
    expect(await colors("roost-avatars li span")).toEqual(["rgb(18, 52, 86)", "rgb(170, 51, 0)"]);
    expect(await colors("roost-cursors div div i")).toEqual(["rgb(170, 51, 0)"]);
    await page.screenshot({ path: join(PICTURES, "forced-colors.png") });
  });

  it("[CW13] who wants no motion sees cursors jump and no reaction rise", async (test) => {
    const { person, visit } = await stage.scene(test);
    const calm = await visit({ name: "Ada" });
    await calm.emulateMedia({ reducedMotion: "reduce" });
    const other = await visit({ name: "Bob" }, await person(DARK));
    await eventually(() => facesOf(calm)).toEqual(["Ada, you", "Bob"]);
    // It shows for less than two seconds, and only once the browser has said that the buttons are on the screen.
    await eventually(async () => {
      await calm.locator("roost-reactions button").first().click();
      return await calm
        .locator("roost-reactions u")
        .evaluateAll((rising) => rising.map((element) => getComputedStyle(element).animationName).join(" "));
    }).toMatch(/^none( none)*$/);
    await pointAt(other, "#title", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(calm, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
  });

  it("[CW14] names are text and images are checked, whatever a stranger says", async (test) => {
    const { visit, errors } = await stage.scene(test);
    const page = await visit({ name: "Ada" });
    const requested: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    const stranger = await visit();
    await stranger.locator("roost-avatars").evaluate((element) => {
      element.setAttribute("name", "<img src=x onerror=alert(1)> Eve");
      element.setAttribute("avatar", "https://tracker.invalid/pixel.png");
    });
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "<img src=x onerror=alert(1)> Eve"]);
    expect(await page.locator("roost-avatars img").count()).toBe(0);
    await stranger.locator("roost-avatars").evaluate((element, pixel) => element.setAttribute("avatar", pixel), PIXEL);
    await eventually(() => page.locator("roost-avatars img").count()).toBe(1);
    expect(requested.filter((url) => !url.startsWith("data:"))).toEqual([]);
    expect(errors()).toEqual([]);
  });
});
