/**
 * People in real browsers write one plain text together.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import {
  avatarsOf,
  callOneself,
  caretsOf,
  eventually,
  linesOf,
  openDocument,
  placeCaret,
  whenReady,
  whenSaveState,
} from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ALICES = "alice writes this while bob is writing";
const BOBS = "BOB WRITES THAT WHILE ALICE IS WRITING";
const KEY = { delay: 15 };

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

async function atOneText(id: string, text: string) {
  const ofAlice = await openDocument(alice, server.url, id, "code");
  await ofAlice.getByTestId("editor").focus();
  await ofAlice.keyboard.type(text);
  const ofBob = await openDocument(bob, server.url, id, "code");
  await eventually(() => linesOf(ofBob)).toEqual(text.split("\n"));
  await ofBob.getByTestId("editor").focus();
  return { ofAlice, ofBob };
}

describe("plain text", () => {
  it("[PG3] two people type at once, in two lines and then in one: nothing is missing for anybody", async () => {
    const { ofAlice, ofBob } = await atOneText("code/two", "1: \n2: ");
    await ofBob.keyboard.press("Control+Home");
    await ofBob.keyboard.press("End");
    await Promise.all([ofAlice.keyboard.type(ALICES, KEY), ofBob.keyboard.type(BOBS, KEY)]);
    const lines = [`1: ${BOBS}`, `2: ${ALICES}`];
    await eventually(() => linesOf(ofAlice)).toEqual(lines);
    await eventually(() => linesOf(ofBob)).toEqual(lines);

    for (const page of [ofAlice, ofBob]) {
      await page.keyboard.press("Control+End");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Backspace");
    }
    await Promise.all([ofAlice.keyboard.type(ALICES, KEY), ofBob.keyboard.type(BOBS, KEY)]);
    await Promise.all([whenSaveState(ofAlice, "saved"), whenSaveState(ofBob, "saved")]);
    const later = await openDocument(alice, server.url, "code/two", "code");
    await eventually(() => linesOf(later)).toHaveLength(2);
    const [first, second = ""] = await linesOf(later);
    const mixed = second.slice(`2: ${ALICES}`.length);
    expect(first).toBe(lines[0]);
    expect(mixed.replaceAll(/[^a-z]/g, "")).toBe(ALICES.replaceAll(/[^a-z]/g, ""));
    expect(mixed.replaceAll(/[^A-Z]/g, "")).toBe(BOBS.replaceAll(/[^A-Z]/g, ""));
    await eventually(() => linesOf(ofAlice)).toEqual([first, second]);
    await eventually(() => linesOf(ofBob)).toEqual([first, second]);
  });

  it("[PG5] caret and selection of another are there, with their name and in their colour", async () => {
    const { ofAlice, ofBob } = await atOneText("code/selection", "some words");
    await callOneself(ofAlice, "Alice");
    await placeCaret(ofAlice, 0);
    await eventually(async () => (await avatarsOf(ofBob)).map(({ name }) => name)).toContain("Alice");
    const other = (await avatarsOf(ofBob)).find(({ name }) => name === "Alice");
    await eventually(() => caretsOf(ofBob)).toEqual([other]);
    await ofAlice.keyboard.press("Control+Shift+ArrowLeft");
    const selected = ofBob.locator('.cm-line span[style*="background"]:not(.remote-caret-label)');
    await eventually(() => selected.allTextContents()).toEqual(["words"]);
    const background = await selected.evaluate((mark) => getComputedStyle(mark).backgroundColor);
    expect(background).toContain(other?.color.slice("rgb(".length, -1));
    await eventually(() => caretsOf(ofBob)).toEqual([other]);
    await ofAlice.keyboard.press("ArrowRight");
    await eventually(() => selected.count()).toBe(0);
    await ofAlice.close();
    await eventually(() => caretsOf(ofBob)).toEqual([]);
  });

  it("[PG4] undo takes back what one wrote oneself, and nothing of the other", async () => {
    const { ofAlice, ofBob } = await atOneText("code/undo", "both\n");
    await ofAlice.keyboard.type("alice");
    await eventually(() => linesOf(ofBob)).toEqual(["both", "alice"]);
    await ofBob.keyboard.press("Control+Home");
    await ofBob.keyboard.type("bob ");
    await eventually(() => linesOf(ofAlice)).toEqual(["bob both", "alice"]);
    // A pause between two keys makes two steps of what was typed.
    for (let steps = 0; steps < "bob ".length && (await linesOf(ofBob))[0] !== "both"; steps += 1) {
      await ofBob.keyboard.press("Control+z");
    }
    await eventually(() => linesOf(ofAlice)).toEqual(["both", "alice"]);
  });

  it("[PG8] plain text that is opened as rich text, as the list does, is shown on its own page", async () => {
    const { ofAlice, ofBob } = await atOneText("code/listed", "not lost");
    await ofAlice.close();
    await ofBob.goto(`${server.url}/editor?id=code%2Flisted`);
    await ofBob.waitForURL(`${server.url}/code?id=code%2Flisted`);
    await whenReady(ofBob);
    await eventually(() => linesOf(ofBob)).toEqual(["not lost"]);
  });
});
