/**
 * From the list of documents into an editor and back.
 */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { blocksOf, eventually, openDocument, whenReady, whenSaveState } from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";

let server: TestServer;
let alice: TestBrowser;
let bob: TestBrowser;

beforeAll(async () => {
  const vars = { ROOST_SNAPSHOT_DELAY_MS: "100", ROOST_SNAPSHOT_MAX_DELAY_MS: "500" };
  [server, alice, bob] = await Promise.all([startServer({ vars }), startBrowser(), startBrowser()]);
});
afterAll(async () => {
  await Promise.all([alice.close(), bob.close()]);
  await server.stop();
});
afterEach(async () => {
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  await Promise.all([...alice.context.pages(), ...bob.context.pages()].map((page) => page.close()));
});

/** Alice writes document `id`; resolves when the index has it under `word`. */
async function write(id: string, title: string, word: string): Promise<Page> {
  const page = await openDocument(alice, server.url, id);
  await page.getByTestId("editor").focus();
  await page.keyboard.type(title);
  await page.keyboard.press("Enter");
  await page.keyboard.type(`Nothing but ${word}, and some bread.`);
  await whenSaveState(page, "saved");
  await whenSettled(id);
  await whenIndexed(word, 1);
  return page;
}

/** Makes document `id` with one paragraph, as a program does. */
async function pushDocument(id: string, text: string): Promise<void> {
  const doc = new Y.Doc();
  const paragraph = new Y.XmlElement("paragraph");
  paragraph.insert(0, [new Y.XmlText(text)]);
  doc.getXmlFragment("default").insert(0, [paragraph]);
  const address = `${server.url}/v1/documents/${encodeURIComponent(id)}/updates`;
  const body = new Uint8Array(Y.encodeStateAsUpdate(doc));
  const headers = { "content-type": "application/octet-stream" };
  const response = await fetch(address, { method: "POST", headers, body });
  expect(response.ok).toBe(true);
}

/** The index has all of it: what was written until a pause is a snapshot of its own. */
async function whenSettled(id: string): Promise<void> {
  const isSettled = async () => {
    const response = await fetch(`${server.url}/v1/documents/${encodeURIComponent(id)}`);
    const { version, versions, health } = (await response.json()) as {
      version: string;
      versions: { indexed: string | null };
      health: { lagMs: number };
    };
    return health.lagMs === 0 && versions.indexed === version;
  };
  await eventually(isSettled).toBe(true);
}

async function whenIndexed(word: string, count: number): Promise<void> {
  const find = async () => {
    const response = await fetch(`${server.url}/v1/documents?query=${encodeURIComponent(word)}`);
    const body: unknown = await response.json();
    return body;
  };
  await eventually(find).toMatchObject({ documents: { length: count } });
}

async function openList(): Promise<Page> {
  const page = await bob.context.newPage();
  await page.goto(server.url);
  await whenReady(page);
  return page;
}

const titlesOf = (page: Page) => page.getByTestId("document").locator("h2").allTextContents();

describe("document list", () => {
  it("[PG8] a search finds the document by a word in it, shows the place, and opens it", async () => {
    await write("list/quince", "Harvest", "quinces");
    await write("list/other", "Winter", "turnips");
    const list = await openList();
    await eventually(async () => (await titlesOf(list)).toSorted()).toEqual(["Harvest", "Winter"]);
    await list.getByTestId("search").fill("quinces");
    await eventually(() => titlesOf(list)).toEqual(["Harvest"]);
    expect(await list.getByTestId("excerpt").textContent()).toContain("Nothing but quinces, and some bread.");
    expect(await list.locator("mark").allTextContents()).toEqual(["quinces"]);
    expect(await list.locator(".document-meta").textContent()).toMatch(/^7 words · /);
    await list.getByRole("link", { name: "Harvest", exact: true }).click();
    // The list is a page that is ready, too.
    await list.waitForURL(/\/editor\?/);
    await whenReady(list);
    await eventually(() => list.getByTestId("title").textContent()).toBe("Harvest");
    await eventually(() => blocksOf(list)).toEqual(["<h1>Harvest</h1>", "<p>Nothing but quinces, and some bread.</p>"]);
    await list.goBack();
    await eventually(() => titlesOf(list)).toEqual(["Harvest"]);
    expect(await list.getByTestId("search").inputValue()).toBe("quinces");
  });

  it("[PG8] what nobody wrote is not found, and the page says so", async () => {
    const list = await openList();
    await list.getByTestId("search").fill("zeppelins");
    await list.getByTestId("message").getByText("Nothing found").waitFor();
    expect(await titlesOf(list)).toEqual([]);
  });

  it("[PG8] a document made with the button is in the list as soon as its writer goes back", async () => {
    const page = await openList();
    await page.getByTestId("new-document").click();
    await page.waitForURL(/\/editor\?id=[a-z]+-[a-z]+-[a-z0-9]{6}$/);
    await whenReady(page);
    // No click: a new page waits for words.
    await page.keyboard.type("Fresh idea");
    await eventually(() => page.getByTestId("title").textContent()).toBe("Fresh idea");
    await page.getByTestId("back").click();
    await eventually(() => titlesOf(page)).toContain("Fresh idea");
    // By its title at once, whether the index has it or not; by other words as soon as it has.
    await page.getByTestId("search").fill("FRESH");
    await eventually(() => titlesOf(page)).toEqual(["Fresh idea"]);
    await page.getByTestId("search").fill("zeppelins");
    await page.getByTestId("message").getByText("Nothing found yet").or(page.getByText("Nothing found")).waitFor();
    expect(await titlesOf(page)).toEqual([]);
  });

  it("[PG8] a document deleted in the list ends its open editor: with words, read-only, the text still there", async () => {
    const open = await write("list/doomed", "Doomed", "medlars");
    const list = await openList();
    await list.getByTestId("search").fill("medlars");
    await eventually(() => titlesOf(list)).toEqual(["Doomed"]);
    const row = list.getByTestId("document").filter({ hasText: "Doomed" });
    await row.getByTestId("delete").click();
    await list.keyboard.press("Escape");
    await list.getByTestId("delete-dialog").waitFor({ state: "hidden" });
    expect(await titlesOf(list)).toEqual(["Doomed"]);
    await row.getByTestId("delete").click();
    await list.getByTestId("delete-dialog").getByText("Delete “Doomed”?").waitFor();
    await list.getByTestId("confirm-delete").click();
    await row.waitFor({ state: "detached" });

    await open.getByTestId("banner").getByText("This document was deleted.").waitFor();
    const editor = open.getByTestId("editor");
    expect(await editor.getAttribute("contenteditable")).toBe("false");
    expect(await editor.getAttribute("aria-readonly")).toBe("true");
    expect(await open.getByTestId("save-state").isVisible()).toBe(false);
    expect(await blocksOf(open)).toEqual(["<h1>Doomed</h1>", "<p>Nothing but medlars, and some bread.</p>"]);
    await whenIndexed("medlars", 0);
    await open.getByTestId("banner-back").click();
    await open.getByTestId("search").waitFor();
    await whenReady(open);
    expect(await titlesOf(open)).not.toContain("Doomed");
  });

  it("[PG8] fast fingers: a question closed without an answer deletes nothing, the next one is answered for itself", async () => {
    await Promise.all(["list/keep", "list/drop"].map((id) => pushDocument(id, "fast fingers")));
    await whenIndexed("fast fingers", 2);
    const list = await openList();
    const rowOf = (id: string) => list.locator(`[data-id="${id}"]`);
    await list.getByTestId("search").fill("fast fingers");
    await rowOf("list/keep").waitFor();
    await list.evaluate(() => {
      const click = (id: string) => document.querySelector<HTMLElement>(`[data-id="${id}"] button`)?.click();
      click("list/keep");
      document.querySelector("dialog")?.close();
      click("list/drop");
    });
    await list.getByTestId("confirm-delete").click();
    await rowOf("list/drop").waitFor({ state: "detached" });
    expect(await rowOf("list/keep").count()).toBe(1);
    await whenIndexed("fast fingers", 1);
  });
});
