/**
 * The widgets for people who read with a screen reader, in the dark, from right to left, without motion, or on a phone.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type DemoSite, startDemoSite } from "../../scripts/demo-site.ts";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { eventually, overflowOf } from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { addressIn, cursorsOn, facesOf, pointAt, tagged, typingOn } from "../support/widget-pages.ts";

const NARROW = { width: 390, height: 760 };
/** Where pictures go, for whoever looks at them. */
const PICTURES = join(import.meta.dirname, "../../.results/widgets");
/** Of a real PNG of one pixel. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let server: TestServer;
let site: DemoSite;
let light: TestBrowser;
let dark: TestBrowser;

beforeAll(async () => {
  [server, light, dark] = await Promise.all([
    startServer(),
    startBrowser(),
    startBrowser({ colorScheme: "dark", viewport: NARROW }),
  ]);
  site = await startDemoSite({
    port: 0,
    roost: server.url,
    edit: tagged,
  });
  await mkdir(PICTURES, { recursive: true });
});
afterAll(async () => {
  await Promise.all([light.close(), dark.close()]);
  await site.stop();
  await server.stop();
});
afterEach(async () => {
  for (const { context } of [light, dark]) await Promise.all(context.pages().map((page) => page.close()));
});

async function visit(browser: TestBrowser, said: Readonly<Record<string, string>>): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(addressIn(site, said));
  return page;
}

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

describe("how widgets look and read", () => {
  it.each(["ltr", "rtl"])(
    "[CW11] axe finds nothing with everything on show, %s, and nothing is cut off",
    async (dir) => {
      const room = `looks-${dir}`;
      const wide = await visit(light, { name: "Ada Lovelace", color: "#ffe066", dir, room });
      const narrow = await visit(dark, { name: "رازی", dir, room, avatar: PIXEL });
      await eventually(() => facesOf(wide)).toEqual(["Ada Lovelace, you", "رازی"]);
      await wide.locator("roost-reactions button").first().click();
      await narrow.locator("#comment").pressSequentially("two");
      await narrow.locator("#comment").scrollIntoViewIfNeeded();
      await pointAt(wide, "#discussion", { x: 0.7, y: 0.5 });
      await eventually(() => cursorsOn(narrow, "#discussion")).toEqual([{ x: 0.7, y: 0.5 }]);
      await eventually(() => typingOn(wide)).toBe("رازی is typing…");
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

  it("[CW11] axe finds nothing on the page for site owners, wide and narrow", async () => {
    for (const [name, browser] of [
      ["wide", light],
      ["narrow", dark],
    ] as const) {
      const page = await browser.context.newPage();
      await page.goto(`${server.url}/embed`);
      await page.locator('html[data-ready="true"]').waitFor();
      await page.screenshot({ path: join(PICTURES, `embed-${name}.png`), fullPage: true });
      expect(await findingsOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
    }
  });

  it("[CW12] cursors are hidden from screen readers, avatars are a list of named people, and nothing is announced unasked", async () => {
    const page = await visit(light, { name: "Ada", room: "readers" });
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

  it("[CW13] who wants no motion sees cursors jump and no reaction rise", async () => {
    const calm = await visit(light, { name: "Ada", room: "calm" });
    await calm.emulateMedia({ reducedMotion: "reduce" });
    const other = await visit(dark, { name: "Bob", room: "calm" });
    await eventually(() => facesOf(calm)).toEqual(["Ada, you", "Bob"]);
    // It shows for less than two seconds, and only once the browser has said that the buttons are on the screen.
    await eventually(async () => {
      await calm.locator("roost-reactions button").first().click();
      return await calm.locator("roost-reactions u").count();
    }).toBeGreaterThan(0);
    const rising = calm.locator("roost-reactions u").first();
    expect(await rising.evaluate((element) => getComputedStyle(element).animationName)).toBe("none");
    await pointAt(other, "#title", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(calm, "#title")).toEqual([{ x: 0.5, y: 0.5 }]);
  });

  it("[CW14] names are text and images are checked, whatever a stranger says", async () => {
    const page = await visit(light, { name: "Ada", room: "strangers" });
    const requested: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    const stranger = await visit(dark, { room: "strangers" });
    await stranger.locator("roost-avatars").evaluate((element) => {
      element.setAttribute("name", "<img src=x onerror=alert(1)> Eve");
      element.setAttribute("avatar", "https://tracker.invalid/pixel.png");
    });
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "<img src=x onerror=alert(1)> Eve"]);
    expect(await page.locator("roost-avatars img").count()).toBe(0);
    await stranger.locator("roost-avatars").evaluate((element, pixel) => element.setAttribute("avatar", pixel), PIXEL);
    await eventually(() => page.locator("roost-avatars img").count()).toBe(1);
    expect(requested.filter((url) => !url.startsWith("data:"))).toEqual([]);
    expect([...light.errors, ...dark.errors]).toEqual([]);
  });
});
