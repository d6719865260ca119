/**
 * What a person does and sees in the history of a document on the demo's rich-text page.
 * @module
 */
import type { Page } from "playwright-core";
import type { TestBrowser } from "./browser.ts";
import { blocksOf, callOneself, eventually, openDocument, placeCaret, whenSaveState } from "./demo-pages.ts";

/** What Alice and Bob wrote by {@link atOneDocument}, and then by {@link writeOn}. */
export const START = ["<h1>Plan</h1>", "<p>alice one</p>", "<p>second by bob</p>"];
export const LATER = ["<h1>Plan</h1>", "<p>alice one two</p>", "<p>second by bob, later</p>"];

/** Two people at one server. */
export type Two = { readonly url: string; readonly alice: TestBrowser; readonly bob: TestBrowser };

/** What one is called when a document is opened is whom the server credits. */
export async function introduce(browser: TestBrowser, url: string, name: string): Promise<void> {
  const page = await openDocument(browser, url, `history/hello/${name}`);
  await callOneself(page, name);
  await page.close();
}

/** Bob's page and Alice's at a document with the title `Plan` and a line of each. */
export async function atOneDocument({ url, alice, bob }: Two, id: string) {
  const [ofAlice, ofBob] = await Promise.all([openDocument(alice, url, id), openDocument(bob, url, id)]);
  await ofAlice.getByTestId("editor").focus();
  await typeLines(ofAlice, ["Plan", "alice one", "second"]);
  // All of it: Bob writes on at the end of the last line.
  await eventually(() => blocksOf(ofBob)).toEqual(["<h1>Plan</h1>", "<p>alice one</p>", "<p>second</p>"]);
  await placeCaret(ofBob, 2);
  await ofBob.keyboard.type(" by bob");
  await bothShow([ofAlice, ofBob], START);
  return { ofAlice, ofBob };
}

async function typeLines(page: Page, lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    if (index > 0) await page.keyboard.press("Enter");
    await page.keyboard.type(line);
  }
}

export async function bothShow(pages: readonly Page[], blocks: readonly string[]): Promise<void> {
  for (const page of pages) {
    await eventually(() => blocksOf(page)).toEqual(blocks);
    await whenSaveState(page, "saved");
  }
}

export async function writeOn(ofAlice: Page, ofBob: Page): Promise<void> {
  await placeCaret(ofAlice, 1);
  await ofAlice.keyboard.type(" two");
  await placeCaret(ofBob, 2);
  await ofBob.keyboard.type(", later");
  await bothShow([ofAlice, ofBob], LATER);
}

export async function nameVersion(page: Page, name: string): Promise<void> {
  await page.getByTestId("history-open").click();
  await page.getByTestId("keep-name").fill(name);
  await page.getByTestId("keep-name").press("Enter");
  await page.getByTestId("version").filter({ hasText: name }).waitFor();
}

export async function openVersion(page: Page, name: string): Promise<void> {
  await page.getByTestId("history-open").click();
  await page.getByTestId("version").filter({ hasText: name }).click();
}

/** Each new piece of text in what is compared, and who it says wrote it. */
export async function addedIn(page: Page): Promise<readonly string[]> {
  return await page
    .getByTestId("compare")
    .locator('ins[data-change="added"]')
    .evaluateAll((pieces) => pieces.map((piece) => `${piece.getAttribute("data-author")}: ${piece.textContent}`));
}

export async function pasteImage(page: Page, file: { readonly bytes: string; readonly name: string }): Promise<void> {
  await page.getByTestId("editor").evaluate((editor, { bytes, name }) => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    data.items.add(new File([content], name, { type: "image/png" }));
    editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, file);
}
