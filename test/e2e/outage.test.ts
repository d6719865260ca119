/**
 * The editor while the server is killed or out of reach: what the page says is true, and nothing that was written is lost.
 */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import {
  blocksOf,
  eventually,
  openDocument,
  placeCaret,
  unexplained,
  watchSaveStates,
  whenReady,
  whenSaveState,
} from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { readFresh } from "../support/typists.ts";
import { type Wire, openWire } from "../support/wire.ts";

let server: TestServer;
let wire: Wire;
let alice: TestBrowser;
let bob: TestBrowser;

beforeAll(async () => {
  [server, alice, bob] = await Promise.all([startServer(), startBrowser(), startBrowser()]);
});
afterAll(async () => {
  await Promise.all([alice.close(), bob.close()]);
  await server.stop();
});
beforeEach(async () => {
  wire = await openWire(server.url);
});
afterEach(async () => {
  await Promise.all([...alice.context.pages(), ...bob.context.pages()].map((page) => page.close()));
  await wire.close();
  expect(unexplained([...alice.errors, ...bob.errors])).toEqual([]);
});

/** Opens document `id` over the wire and makes it hold `lines`. */
async function write(id: string, lines: readonly string[]): Promise<Page> {
  const page = await openDocument(alice, wire.url, id);
  await page.getByTestId("editor").focus();
  for (const [index, line] of lines.entries()) {
    if (index > 0) await page.keyboard.press("Enter");
    await page.keyboard.type(line);
  }
  await whenSaveState(page, "saved");
  return page;
}

/** What the server has of the rich text. */
async function storedText(id: string): Promise<string> {
  return (await readFresh(server, id)).getXmlFragment("default").toString();
}

describe("save state", () => {
  it("[PG6] it says saving until the server has answered, and saved of what outlives kill -9", async () => {
    const page = await write("outage/honest", ["Plan"]);
    const states = await watchSaveStates(page);
    wire.hold();
    await page.keyboard.type(" B");
    await whenSaveState(page, "saving");
    expect(await storedText("outage/honest")).toBe('<heading level="1">Plan</heading>');
    wire.mend();
    await whenSaveState(page, "saved");
    const back = server.kill9();
    // She must not bring back what the server lost.
    wire.cut();
    expect(await states()).toEqual(["saving", "saved"]);
    await back;
    expect(await storedText("outage/honest")).toBe('<heading level="1">Plan B</heading>');
  });

  it("[PG6] two people go on writing while the server is killed: unsaved, then all of it arrives", async () => {
    const ofAlice = await write("outage/killed", ["Plan", "one: ", "two: "]);
    const ofBob = await openDocument(bob, wire.url, "outage/killed");
    const pages = [ofAlice, ofBob];
    const back = server.kill9();
    wire.cut();
    await placeCaret(ofAlice, 1);
    await placeCaret(ofBob, 2);
    await Promise.all([ofAlice.keyboard.type("by Alice"), ofBob.keyboard.type("by Bob")]);
    await Promise.all(pages.map((page) => whenSaveState(page, "unsaved")));
    await Promise.all(pages.map((page) => page.getByTestId("banner").getByText("No connection").waitFor()));
    for (const page of pages) {
      expect(await page.getByTestId("status").getAttribute("data-state")).not.toBe("synced");
      await eventually(() => page.getByTestId("avatars").getAttribute("data-count")).toBe("1");
    }
    await eventually(() => blocksOf(ofBob)).toEqual(["<h1>Plan</h1>", "<p>one: </p>", "<p>two: by Bob</p>"]);
    await back;
    wire.mend();
    await Promise.all(pages.map((page) => whenSaveState(page, "saved")));
    const all = ["<h1>Plan</h1>", "<p>one: by Alice</p>", "<p>two: by Bob</p>"];
    for (const page of pages) {
      await eventually(() => blocksOf(page)).toEqual(all);
      await eventually(() => page.getByTestId("avatars").getAttribute("data-count")).toBe("2");
      await eventually(() => page.getByTestId("banner").isVisible()).toBe(false);
    }
    expect(await storedText("outage/killed")).toContain("by Alice");
    expect(await storedText("outage/killed")).toContain("by Bob");
  });

  it("[PG6] somebody who leaves with unsaved words is asked first, and not when all is saved", async () => {
    const page = await write("outage/leaving", ["Plan"]);
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await page.reload();
    expect(asked).toEqual([]);
    await whenReady(page);
    wire.cut();
    await placeCaret(page, 0);
    await page.keyboard.type(" C");
    await whenSaveState(page, "unsaved");
    await page.reload();
    expect(asked).toEqual(["beforeunload"]);
  });
});

describe("this browser's copy", () => {
  it("[PG7] a page reopened while the rooms are out of reach has all words, unsaved ones too, and takes more", async () => {
    const first = await write("outage/reload", ["Plan", "saved, "]);
    wire.cut();
    await first.keyboard.type("unsaved, ");
    await whenSaveState(first, "unsaved");
    // Like a crash: nothing is asked.
    await first.close();
    const page = await alice.context.newPage();
    await page.goto(`${wire.url}/editor?id=outage%2Freload`);
    await eventually(() => blocksOf(page)).toEqual(["<h1>Plan</h1>", "<p>saved, unsaved, </p>"]);
    await whenSaveState(page, "unsaved");
    await placeCaret(page, 1);
    await page.keyboard.type("more.");
    await eventually(() => blocksOf(page)).toEqual(["<h1>Plan</h1>", "<p>saved, unsaved, more.</p>"]);
    expect(await storedText("outage/reload")).not.toContain("unsaved");
    wire.mend();
    await whenSaveState(page, "saved");
    const later = await openDocument(bob, wire.url, "outage/reload");
    await eventually(() => blocksOf(later)).toEqual(["<h1>Plan</h1>", "<p>saved, unsaved, more.</p>"]);
  });

  it("[PG7] without a copy the page waits and takes no words: what is not loaded is not empty", async () => {
    const written = await write("outage/unknown", ["Plan"]);
    await written.close();
    wire.cut();
    const page = await bob.context.newPage();
    await page.goto(`${wire.url}/editor?id=outage%2Funknown`);
    await page.getByText("Waiting for the connection").waitFor();
    expect(await page.getByTestId("editor").getAttribute("contenteditable")).toBe("false");
    wire.mend();
    await whenReady(page);
    await eventually(() => blocksOf(page)).toEqual(["<h1>Plan</h1>"]);
    await eventually(() => page.getByTestId("editor").getAttribute("contenteditable")).toBe("true");
  });
});
