/**
 * What a person does and sees on the demo's pages.
 * @module
 */
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { TestBrowser } from "./browser.ts";

export type EditorPage = "editor" | "code";

/** A caret of somebody else, or an avatar: the name on it and its colour as `rgb(…)`. */
export type Mark = { readonly name: string; readonly color: string };

/** Longest that something may take that has to cross the server, on a busy machine. */
const ARRIVES_MS = 25_000;
/** What Chromium reports when the server cannot be reached. */
const LOST_CONNECTION = /^WebSocket connection to '[^']*' failed|^Failed to load resource: net::ERR_/;

/** Opens document `id` in a new tab; resolves when it is synced. */
export async function openDocument(browser: TestBrowser, url: string, id: string, kind: EditorPage = "editor") {
  const page = await browser.context.newPage();
  await page.goto(`${url}/${kind}?id=${encodeURIComponent(id)}`);
  await whenReady(page);
  return page;
}

export async function whenReady(page: Page): Promise<void> {
  await page.locator('html[data-ready="true"]').waitFor({ state: "attached", timeout: ARRIVES_MS });
}

export async function whenSaveState(page: Page, state: "saved" | "saving" | "unsaved"): Promise<void> {
  await page.locator(`[data-testid="save-state"][data-state="${state}"]`).waitFor({ timeout: ARRIVES_MS });
}

/** Polls until `read` gives what the matcher says. */
export function eventually<T>(read: () => Promise<T> | T) {
  return expect.poll(read, { timeout: ARRIVES_MS, interval: 50 });
}

/** What somebody else has selected in the rich text. */
const SELECTED = ".ProseMirror-yjs-selection";

/** The blocks of the rich text as HTML, without the carets and selections of others and what only serves the browser. */
export async function blocksOf(page: Page): Promise<readonly string[]> {
  return await page.getByTestId("editor").evaluate((editor, selected) => {
    const copy = document.importNode(editor, true);
    for (const extra of copy.querySelectorAll(".remote-caret, .ProseMirror-trailingBreak, .ProseMirror-separator")) {
      extra.remove();
    }
    for (const marked of copy.querySelectorAll(selected)) marked.replaceWith(...marked.childNodes);
    for (const element of copy.querySelectorAll("*")) {
      for (const name of element.getAttributeNames()) if (name !== "href") element.removeAttribute(name);
    }
    return [...copy.children].map(({ outerHTML }) => outerHTML);
  }, SELECTED);
}

/** The lines of the plain text, without the carets of others. */
export async function linesOf(page: Page): Promise<readonly string[]> {
  return await page.locator(".cm-line").evaluateAll((lines) =>
    lines.map((line) => {
      const copy = document.importNode(line, true);
      for (const caret of copy.querySelectorAll(".remote-caret")) caret.remove();
      return copy.textContent;
    }),
  );
}

/**
 * Puts the text caret at the end of block or line `index`, as a person does: who sees it jump back clicks again. An editor that
 * has not read the browser's selection yet, when it is focused or a change of somebody else arrives, puts back the one it knows.
 */
export async function placeCaret(page: Page, index: number): Promise<void> {
  const block = page.locator('[data-testid="editor"] > *').nth(index);
  await eventually(async () => {
    await block.click();
    if (!(await holdsCaret(block))) return "elsewhere";
    await page.keyboard.press("End");
    return (await holdsCaret(block)) ? "there" : "elsewhere";
  }).toBe("there");
}

/** Whether the text caret is in `block` and stays: ProseMirror puts back what it knows 20 ms after it is focused. */
async function holdsCaret(block: Locator): Promise<boolean> {
  return await block.evaluate(async (element) => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    const root = element.getRootNode();
    const shadowRoots = root instanceof ShadowRoot ? [root] : [];
    const [range] = document.getSelection()?.getComposedRanges({ shadowRoots }) ?? [];
    return range !== undefined && element.contains(range.endContainer);
  });
}

export async function caretsOf(page: Page): Promise<readonly Mark[]> {
  return await page.getByTestId("remote-caret").evaluateAll((carets) =>
    carets.map((caret) => ({
      name: caret.textContent,
      color: getComputedStyle(caret).borderInlineStartColor,
    })),
  );
}

/** The words that somebody else has selected in the rich text. */
export function selectedByOthers(page: Page): Locator {
  return page.locator(SELECTED);
}

/** Own avatar first. */
export async function avatarsOf(page: Page): Promise<readonly Mark[]> {
  return await page
    .locator("#avatars")
    .getByTestId("avatar")
    .evaluateAll((avatars) =>
      avatars.map((avatar) => ({
        name: avatar.getAttribute("data-name") ?? "",
        color: getComputedStyle(avatar).backgroundColor,
      })),
    );
}

/** Says who sits at this browser, in the field behind the avatars. */
export async function callOneself(page: Page, name: string): Promise<void> {
  await page.getByTestId("avatars").click();
  await page.getByTestId("name").fill(name);
  await page.getByTestId("name").press("Enter");
}

/** Every state the save chip goes through from now on; reads what came so far. */
export async function watchSaveStates(page: Page): Promise<() => Promise<readonly string[]>> {
  const seen = await page.getByTestId("save-state").evaluateHandle((chip) => {
    const states: string[] = [];
    const note = () => {
      const { state } = chip.dataset;
      if (state !== undefined && states.at(-1) !== state) states.push(state);
    };
    new MutationObserver(note).observe(chip, { attributes: true, attributeFilter: ["data-state"] });
    return states;
  });
  return async () => await seen.jsonValue();
}

/** Which of `errors` a server that was away does not explain. */
export function unexplained(errors: readonly string[]): readonly string[] {
  return errors.filter((error) => !LOST_CONNECTION.test(error));
}

/** How far the page, or the part `within` of it, is wider than it shows: 0 when nothing is cut off. In px. */
export async function overflowOf(page: Page, within: Locator = page.locator("html")): Promise<number> {
  return await within.evaluate((element) => element.scrollWidth - element.clientWidth);
}
