/**
 * The pages for people without a mouse, with a small screen, or with a taste in colours.
 */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { blocksOf, eventually, openDocument, overflowOf, whenReady, whenSaveState } from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";

const PHONE = { width: 360, height: 740 };
/** What a thumb hits (WCAG 2.2, 2.5.5), in px. */
const TARGET = 44;
/** Longest until the list finds what was typed: the snapshot's delay, the queue, and a busy machine. */
const LISTED_MS = 40_000;
const LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

let server: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});
afterEach(async () => {
  expect(browser.errors).toEqual([]);
  await Promise.all(browser.context.pages().map((page) => page.close()));
});

/** Test id of what has the focus; of the rich text too. */
const focusOf = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("data-testid"));

async function openList(): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(server.url);
  await whenReady(page);
  return page;
}

describe("by keyboard", () => {
  it("[PG9] from the text to the toolbar and back, and what is chosen there holds for what is typed next", async () => {
    const page = await openDocument(browser, server.url, "use/toolbar");
    await eventually(() => focusOf(page)).toBe("editor");
    await page.keyboard.type("Plan");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Alt+F10");
    await eventually(() => focusOf(page)).toBe("tool-undo");
    await page.keyboard.press("End");
    await eventually(() => focusOf(page)).toBe("tool-rule");
    await page.keyboard.press("ArrowRight");
    await eventually(() => focusOf(page)).toBe("tool-undo");
    await page.keyboard.press("Escape");
    await eventually(() => focusOf(page)).toBe("editor");
    await page.keyboard.type("plain ");
    await page.keyboard.press("Alt+F10");
    while ((await focusOf(page)) !== "tool-bold") await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await eventually(() => page.getByTestId("tool-bold").getAttribute("aria-pressed")).toBe("true");
    await eventually(() => focusOf(page)).toBe("editor");
    await page.keyboard.type("bold");
    await eventually(() => blocksOf(page)).toEqual(["<h1>Plan</h1>", "<p>plain <strong>bold</strong></p>"]);
  });

  it("[PG9] every control of the editor has a name, and one Tab stop leads into the toolbar", async () => {
    const page = await openDocument(browser, server.url, "use/names");
    const nameless = await page.locator("button:visible, a:visible, input:visible").evaluateAll((controls) =>
      controls.flatMap((control) => {
        const name = control.getAttribute("aria-label") ?? control.textContent.trim();
        return name === "" ? [control.outerHTML] : [];
      }),
    );
    expect(nameless).toEqual([]);
    expect(await page.locator('#toolbar button[tabindex="0"]').count()).toBe(1);
    await page.getByTestId("theme").focus();
    await page.keyboard.press("Tab");
    await eventually(() => focusOf(page)).toBe("tool-undo");
    await page.keyboard.press("Tab");
    await eventually(() => focusOf(page)).toBe("editor");
  });

  it("[PG9] who is here opens, takes a new name, and closes", async () => {
    const page = await openDocument(browser, server.url, "use/people");
    await page.getByTestId("avatars").focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("name").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("name").waitFor({ state: "hidden" });
    await eventually(() => focusOf(page)).toBe("avatars");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await eventually(() => focusOf(page)).toBe("name");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Grace Hopper");
    await page.keyboard.press("Enter");
    await page.getByTestId("name").waitFor({ state: "hidden" });
    await eventually(() => page.locator("#avatars").textContent()).toBe("GH");
  });

  it("[PG9] in the list a slash leads to the search, and a document is opened and deleted without a mouse", async () => {
    for (const title of ["Neighbour", "Listed"]) {
      const written = await openDocument(browser, server.url, `use/${title}`);
      await written.keyboard.type(title);
      await whenSaveState(written, "saved");
      await written.close();
    }
    const page = await openList();
    const row = page.getByTestId("document").filter({ hasText: "Listed" });
    await row.waitFor({ timeout: LISTED_MS });
    await page.keyboard.press("/");
    await eventually(() => focusOf(page)).toBe("search");
    expect(await page.getByTestId("search").inputValue()).toBe("");
    await row.getByRole("link", { name: "Listed", exact: true }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await eventually(() => focusOf(page)).toBe("delete");
    await page.keyboard.press("Enter");
    await page.getByTestId("confirm-delete").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("confirm-delete").waitFor({ state: "hidden" });
    await eventually(() => focusOf(page)).toBe("delete");
    await page.keyboard.press("Enter");
    await page.getByTestId("confirm-delete").waitFor();
    await page.keyboard.press("Tab");
    await eventually(() => focusOf(page)).toBe("confirm-delete");
    await page.keyboard.press("Enter");
    await row.waitFor({ state: "detached" });
    // The keyboard is not thrown back to the top of the page.
    await eventually(() => page.evaluate(() => document.activeElement?.matches(".document-title a"))).toBe(true);
  });
});

describe("on a phone", () => {
  it("[PG10] long words, titles, code and dialogs stay inside 360 px, and a thumb hits every tool", async () => {
    const page = await openDocument(browser, server.url, `use/phone/${"x".repeat(60)}`);
    await page.setViewportSize(PHONE);
    await page.keyboard.type(`${LONG_WORD} and more`);
    await page.keyboard.press("Enter");
    await page.keyboard.type(LONG_WORD);
    await page.keyboard.press("Enter");
    await page.keyboard.type(`\`\`\` ${"a long line of code ".repeat(8)}`);
    await whenSaveState(page, "saved");
    expect(await overflowOf(page)).toBe(0);
    for (const tool of await page.locator(".bar button, #toolbar button").all()) {
      const box = await tool.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(TARGET);
      expect(box?.width).toBeGreaterThanOrEqual(TARGET);
    }
    await page.getByTestId("tool-rule").click();
    await page.getByTestId("avatars").click();
    const popover = await page.locator("#people").boundingBox();
    expect(popover?.x).toBeGreaterThanOrEqual(0);
    expect((popover?.x ?? 0) + (popover?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    await page.getByTestId("back").click();
    await whenReady(page);
    await page.getByTestId("document").filter({ hasText: LONG_WORD }).waitFor({ timeout: LISTED_MS });
    expect(await overflowOf(page)).toBe(0);
    await page.getByTestId("document").filter({ hasText: LONG_WORD }).getByTestId("delete").click();
    expect(await overflowOf(page, page.getByTestId("delete-dialog"))).toBe(0);
  });

  it("[PG10] the plain-text page stays inside 360 px too", async () => {
    const page = await openDocument(browser, server.url, "use/phone-code", "code");
    await page.setViewportSize(PHONE);
    await page.getByTestId("editor").focus();
    await page.keyboard.type(`${LONG_WORD.repeat(2)}\n${"words ".repeat(40)}`);
    await whenSaveState(page, "saved");
    expect(await overflowOf(page)).toBe(0);
    expect(await overflowOf(page, page.locator(".cm-scroller"))).toBe(0);
  });
});

describe("names of others", () => {
  it.each(["editor", "code"] as const)(
    "[PG5][PG10] one on a caret at the edge of a phone's %s opens to the other side, and comes back",
    async (kind) => {
      const page = await openDocument(browser, server.url, `use/edge-${kind}`, kind);
      await page.setViewportSize(PHONE);
      const somebody = { id: "somebody", name: "Maximiliane of the Marshes", color: "#2f76b8" };
      await page.evaluate((text) => localStorage.setItem("roost.identity", text), JSON.stringify(somebody));
      const other = await openDocument(browser, server.url, `use/edge-${kind}`, kind);
      await other.getByTestId("editor").click();
      await other.keyboard.type(kind === "code" ? "x".repeat(29) : "x ".repeat(9));
      await page.bringToFront();
      const label = page.locator(".remote-caret-label");
      const edges = () =>
        label.evaluate((element) => {
          const { left, right } = element.getBoundingClientRect();
          const caret = element.parentElement?.getBoundingClientRect().left ?? 0;
          return { isInside: left >= 0 && right <= innerWidth, isBefore: right <= caret + 3 };
        });
      await eventually(edges).toEqual({ isInside: true, isBefore: true });
      expect(await overflowOf(page)).toBe(0);
      await other.bringToFront();
      await other.keyboard.press("Control+Home");
      await page.bringToFront();
      await eventually(edges).toEqual({ isInside: true, isBefore: false });
    },
  );
});

describe("colours", () => {
  it("[PG10] the system's choice holds until a person makes one, which all tabs follow and a reload keeps", async () => {
    const page = await openList();
    const other = await openDocument(browser, server.url, "use/theme");
    const brightnessOf = (shown: Page) =>
      shown.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0]));
    await eventually(() => brightnessOf(page)).toBeGreaterThan(200);
    await page.emulateMedia({ colorScheme: "dark" });
    await eventually(() => brightnessOf(page)).toBeLessThan(60);
    await page.emulateMedia({ colorScheme: "light" });
    while (!(await page.getByTestId("theme").getAttribute("aria-label"))?.endsWith("dark")) {
      await page.getByTestId("theme").click();
    }
    await eventually(() => brightnessOf(page)).toBeLessThan(60);
    await eventually(() => brightnessOf(other)).toBeLessThan(60);
    await page.reload();
    await eventually(() => brightnessOf(page)).toBeLessThan(60);
  });
});

describe("content policy", () => {
  it.each(["/", "/editor", "/code"])(
    "[PG1] the policy of %s lets no script and no style sheet stand in a page",
    async (path) => {
      const response = await fetch(server.url + path);
      const policy = response.headers.get("content-security-policy") ?? "";
      const rules = policy.split("; ").filter((rule) => !/^(?:img-src|style-src-attr) /.test(rule));
      expect(rules).toEqual(["default-src 'self'", "style-src 'self'", "frame-ancestors 'self'", "base-uri 'none'"]);
    },
  );
});
