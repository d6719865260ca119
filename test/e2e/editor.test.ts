/**
 * People in real browsers write one rich text together.
 */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import {
  avatarsOf,
  blocksOf,
  callOneself,
  caretsOf,
  eventually,
  openDocument,
  placeCaret,
  selectedByOthers,
  whenSaveState,
} from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ALICES = "alice writes this while bob is writing. ";
const BOBS = "BOB WRITES THAT WHILE ALICE IS WRITING. ";
/** Between two keys: quick fingers, so that both are at it for a second. */
const KEY = { delay: 15 };
/** As a well-known word processor writes it: what is not bold in a `b`, what is bold by style alone. */
const PASTED = `<b style="font-weight: normal"><p style="color: red"><span>very </span>
  <span style="font-weight: 700; background: blue">loud</span></p></b>`;

let server: TestServer;
let alice: TestBrowser;
let bob: TestBrowser;

beforeAll(async () => {
  [server, alice, bob] = await Promise.all([startServer(), startBrowser(), startBrowser()]);
});
afterAll(async () => {
  await Promise.all([alice.close(), bob.close()]);
  await server.stop();
});
afterEach(async () => {
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  await Promise.all([...alice.context.pages(), ...bob.context.pages()].map((page) => page.close()));
});

/** Alice and Bob at one document, which has the blocks that `typed` makes, a line each. */
async function atOneDocument(id: string, typed: readonly string[] = ["Plan"]) {
  const ofAlice = await openDocument(alice, server.url, id);
  await ofAlice.getByTestId("editor").focus();
  for (const [index, line] of typed.entries()) {
    if (index > 0) await ofAlice.keyboard.press("Enter");
    await ofAlice.keyboard.type(line);
  }
  const ofBob = await openDocument(bob, server.url, id);
  // All of it: Bob writes on where it ends.
  await eventually(() => blocksOf(ofBob)).toEqual(await blocksOf(ofAlice));
  return { ofAlice, ofBob };
}

describe("writing together", () => {
  it("[PG3] two people type at once into two paragraphs: both see both, and so does who comes later", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/two", ["Plan", "one: ", "two: "]);
    await placeCaret(ofAlice, 1);
    await placeCaret(ofBob, 2);
    await Promise.all([ofAlice.keyboard.type(ALICES, KEY), ofBob.keyboard.type(BOBS, KEY)]);
    const both = ["<h1>Plan</h1>", `<p>one: ${ALICES}</p>`, `<p>two: ${BOBS}</p>`];
    await eventually(() => blocksOf(ofAlice)).toEqual(both);
    await eventually(() => blocksOf(ofBob)).toEqual(both);
    await Promise.all([whenSaveState(ofAlice, "saved"), whenSaveState(ofBob, "saved")]);
    await ofAlice.close();
    const later = await openDocument(bob, server.url, "editor/two");
    await eventually(() => blocksOf(later)).toEqual(both);
  });

  it("[PG3] two people type at once at the same place of one paragraph: all letters stay, in each one's order", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/one", ["Plan", "[]"]);
    for (const page of [ofAlice, ofBob]) {
      await placeCaret(page, 1);
      await page.keyboard.press("ArrowLeft");
    }
    await Promise.all([ofAlice.keyboard.type(ALICES, KEY), ofBob.keyboard.type(BOBS, KEY)]);
    await Promise.all([whenSaveState(ofAlice, "saved"), whenSaveState(ofBob, "saved")]);
    const later = await openDocument(bob, server.url, "editor/one");
    await eventually(() => blocksOf(later)).toHaveLength(2);
    const [, paragraph = ""] = await blocksOf(later);
    const text = paragraph.slice("<p>[".length, -"]</p>".length);
    expect(text.replaceAll(/[^a-z]/g, "")).toBe(ALICES.replaceAll(/[^a-z]/g, ""));
    expect(text.replaceAll(/[^A-Z]/g, "")).toBe(BOBS.replaceAll(/[^A-Z]/g, ""));
    expect(text).toHaveLength(ALICES.length + BOBS.length);
    await eventually(() => blocksOf(ofAlice)).toEqual(["<h1>Plan</h1>", paragraph]);
    await eventually(() => blocksOf(ofBob)).toEqual(["<h1>Plan</h1>", paragraph]);
  });

  it("[PG3] one splits and joins paragraphs while another types in them: both see the same", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/split", ["Plan", "left right"]);
    await placeCaret(ofBob, 1);
    await placeCaret(ofAlice, 1);
    for (const _ of "right") await ofAlice.keyboard.press("ArrowLeft");
    const split = async () => {
      for (let round = 0; round < 4; round++) {
        await ofAlice.keyboard.press("Enter", KEY);
        await ofAlice.keyboard.press("Backspace", KEY);
      }
      await ofAlice.keyboard.press("Enter", KEY);
    };
    await Promise.all([split(), ofBob.keyboard.type(BOBS, KEY)]);
    await Promise.all([whenSaveState(ofAlice, "saved"), whenSaveState(ofBob, "saved")]);
    const later = await openDocument(alice, server.url, "editor/split");
    const blocks = await blocksOf(later);
    expect(blocks.join("")).toContain("left");
    await eventually(() => blocksOf(ofAlice)).toEqual(blocks);
    await eventually(() => blocksOf(ofBob)).toEqual(blocks);
  });

  it("[PG4] headings, marks, lists and links of one are there for the other", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/format");
    const type = (text: string) => ofAlice.keyboard.type(text);
    const press = (keys: string) => ofAlice.keyboard.press(keys);
    await press("Enter");
    await ofAlice.getByTestId("tool-heading-2").click();
    await type("Who");
    await press("Enter");
    await press("Control+b");
    await type("all");
    await press("Control+b");
    await type(" of us");
    await press("Enter");
    await ofAlice.getByTestId("tool-bullet-list").click();
    await type("Alice");
    await press("Control+Shift+ArrowLeft");
    // Keys of a machine are faster than the event that tells the editor of its new selection.
    await eventually(() => selectedByOthers(ofBob).allTextContents()).toEqual(["Alice"]);
    await press("Control+k");
    await ofAlice.getByTestId("link-address").fill("no address");
    await press("Enter");
    await ofAlice.getByText("This is no web or mail address.").waitFor();
    await ofAlice.getByTestId("link-address").fill("example.org");
    await press("Enter");
    await eventually(() => blocksOf(ofBob)).toEqual([
      "<h1>Plan</h1>",
      "<h2>Who</h2>",
      "<p><strong>all</strong> of us</p>",
      '<ul><li><p><a href="https://example.org">Alice</a></p></li></ul>',
    ]);
    expect(await blocksOf(ofAlice)).toEqual(await blocksOf(ofBob));
  });

  it("[PG4] text pasted from elsewhere keeps its meaning and loses its looks", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/paste");
    const other = await alice.context.newPage();
    await other.goto("about:blank");
    await other.evaluate((html) => {
      addEventListener("copy", (event) => {
        event.clipboardData?.setData("text/html", html);
        event.preventDefault();
      });
    }, PASTED);
    await other.keyboard.press("Control+c");
    await ofAlice.bringToFront();
    await ofAlice.keyboard.press("Enter");
    await ofAlice.keyboard.press("Control+v");
    await eventually(() => blocksOf(ofBob)).toEqual(["<h1>Plan</h1>", "<p>very <strong>loud</strong></p>"]);
  });

  it("[PG4] undo takes back what one wrote oneself, and nothing of the other", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/undo", ["Plan", "one ", "two "]);
    await whenSaveState(ofAlice, "saved");
    await ofAlice.close();
    const again = await openDocument(alice, server.url, "editor/undo");
    await placeCaret(again, 1);
    await again.keyboard.type("by Alice");
    await eventually(() => blocksOf(ofBob)).toContain("<p>one by Alice</p>");
    await placeCaret(ofBob, 2);
    await ofBob.keyboard.type("by Bob");
    await eventually(() => blocksOf(again)).toContain("<p>two by Bob</p>");
    await clickUntil(again, "tool-undo", "<p>one </p>");
    await eventually(() => blocksOf(ofBob)).toEqual(["<h1>Plan</h1>", "<p>one </p>", "<p>two by Bob</p>"]);
    await clickUntil(again, "tool-redo", "<p>one by Alice</p>");
    await eventually(() => blocksOf(ofBob)).toEqual(["<h1>Plan</h1>", "<p>one by Alice</p>", "<p>two by Bob</p>"]);
  });
});

describe("who is here", () => {
  it("[PG5] the caret of another stands where they write, with their name and the colour of their avatar", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/carets", ["Plan", "here "]);
    await callOneself(ofAlice, "Alice");
    await callOneself(ofBob, "Bob");
    await placeCaret(ofAlice, 1);
    await ofAlice.keyboard.type("am I");
    await placeCaret(ofBob, 0);
    await eventually(async () => (await avatarsOf(ofBob)).map(({ name }) => name)).toEqual(["Bob", "Alice"]);
    const [self, other] = await avatarsOf(ofBob);
    await eventually(() => caretsOf(ofBob)).toEqual([other]);
    await eventually(() => caretsOf(ofAlice)).toEqual([self]);
    const before = () => ofBob.getByTestId("remote-caret").evaluate((caret) => caret.parentElement?.textContent);
    await eventually(before).toBe("here am IAlice");
    expect(await ofBob.getByTestId("remote-caret").isVisible()).toBe(true);
  });

  it("[PG5] what another has selected is marked in their colour", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/selection", ["Plan", "some words"]);
    await placeCaret(ofAlice, 1);
    await ofAlice.keyboard.press("Control+Shift+ArrowLeft");
    const selected = selectedByOthers(ofBob);
    await eventually(() => selected.allTextContents()).toEqual(["words"]);
    const background = await selected.evaluate((mark) => getComputedStyle(mark).backgroundColor);
    await eventually(() => avatarsOf(ofBob)).toHaveLength(2);
    const [, { color } = { color: "" }] = await avatarsOf(ofBob);
    expect(background.startsWith(color.replace("rgb(", "rgba(").replace(")", ""))).toBe(true);
  });

  it("[PG5] two tabs of one browser are one person, who is gone when the last is closed", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/tabs");
    const second = await openDocument(alice, server.url, "editor/tabs");
    const count = () => ofBob.getByTestId("avatars").getAttribute("data-count");
    await ofBob.getByTestId("avatars").click();
    await eventually(() => ofBob.getByTestId("person").allTextContents()).toEqual([
      expect.stringMatching(/you$/),
      expect.stringMatching(/2 tabs$/),
    ]);
    expect(await count()).toBe("2");
    await eventually(() => second.getByTestId("avatars").getAttribute("data-count")).toBe("2");
    await ofAlice.close();
    await eventually(() => ofBob.getByTestId("person").allTextContents()).toEqual([
      expect.stringMatching(/you$/),
      expect.not.stringMatching(/tabs$/),
    ]);
    expect(await count()).toBe("2");
    await second.close();
    await eventually(count).toBe("1");
  });

  it("[PG5] a new name, given in one tab, is on the avatar and on the carets of every tab at once", async () => {
    const { ofAlice, ofBob } = await atOneDocument("editor/names");
    await eventually(() => caretsOf(ofBob)).toHaveLength(1);
    const second = await openDocument(alice, server.url, "editor/names");
    await callOneself(second, "Ada");
    await eventually(async () => (await avatarsOf(ofBob)).map(({ name }) => name)).toContain("Ada");
    await eventually(async () => (await caretsOf(ofBob)).map(({ name }) => name)).toEqual(["Ada"]);
    await ofAlice.getByTestId("avatars").click();
    await eventually(() => ofAlice.getByTestId("name").inputValue()).toBe("Ada");
  });
});

/** A pause between two keys makes two steps of what was typed. */
async function clickUntil(page: Page, tool: string, block: string) {
  for (let steps = 0; steps < "by Alice".length && !(await blocksOf(page)).includes(block); steps += 1) {
    await page.getByTestId(tool).click();
  }
}
