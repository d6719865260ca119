/**
 * Somebody at a page with an editor, whichever it is.
 * @module
 */
import type { Page } from "playwright-core";

/** Between two keys, as fast hands do. */
const KEY_MS = 15;
/** A dozen pages may open at the same moment: any action waits for so long. */
const ACTS_MS = 30_000;
/** Where one types. Monaco takes keys elsewhere than it shows them. */
const PAPER = "#editor .view-lines, #editor [contenteditable='true'], #editor[contenteditable='true']";
/** Who else is there, drawn between the words. */
const CARETS = [
  ".cm-ySelectionCaret",
  ".collaboration-carets__caret",
  ".ProseMirror-yjs-cursor",
  ".bn-collaboration-cursor__base",
].join(",");

/** Opens a page of the site and resolves when its editor takes words; what its browser was refused goes into `refused`. */
export async function openEditor(page: Page, address: string, refused: string[]): Promise<void> {
  page.on("requestfailed", (request) => refused.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) refused.push(`${response.url()}: ${response.status()}`);
  });
  page.setDefaultTimeout(ACTS_MS);
  await page.goto(address, { waitUntil: "commit" });
  await page.locator(PAPER).first().waitFor();
}

/** On the first line: the middle of an editor may be what BlockNote shows below the last block, and a click there adds a block. */
const FIRST_LINE = { x: 4, y: 8 };
/** ProseMirror puts the selection that it knows back 20 ms after it is focused. */
const FOCUSED_MS = 40;

/** Types at the end of the text, key by key. */
export async function typeInto(page: Page, text: string): Promise<void> {
  await page.locator(PAPER).first().click({ position: FIRST_LINE });
  await page.evaluate(async (ms) => await new Promise((resolve) => setTimeout(resolve, ms)), FOCUSED_MS);
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text, { delay: KEY_MS });
}

/** For a failure: every character of the text by its code point, and the elements it stands in. */
export async function anatomyOf(page: Page): Promise<string> {
  const [text, html] = await page
    .locator(PAPER)
    .first()
    .evaluate((paper) => [paper.textContent ?? "", paper.outerHTML] as const);
  return `${[...text].map((char) => char.codePointAt(0)?.toString(16)).join(" ")}\n${html}`;
}

/** What stands in the editor, without the names of others at their carets. White space is one space, or none at the ends. */
export async function textIn(page: Page): Promise<string> {
  const text = await page
    .locator(PAPER)
    .first()
    .evaluate((paper, carets) => {
      const copy = paper.cloneNode(true);
      if (!(copy instanceof Element)) return "";
      for (const caret of copy.querySelectorAll(carets)) caret.remove();
      return copy.textContent ?? "";
    }, CARETS);
  // Quill and the cursors of ProseMirror's kin put marks of no width beside carets.
  return text
    .replaceAll(/[\u2060\u200B\uFEFF]/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
