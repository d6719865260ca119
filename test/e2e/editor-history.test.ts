/**
 * People in real browsers look back at what they wrote, and bring it back.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestBrowser, type TestBrowsers, startBrowsers } from "../support/browser.ts";
import {
  avatarsOf,
  blocksOf,
  callOneself,
  caretsOf,
  eventually,
  openDocument,
  overflowOf,
  placeCaret,
  selectedByOthers,
  whenReady,
  whenSaveState,
} from "../support/demo-pages.ts";
import {
  LATER,
  START,
  type Two,
  addedIn,
  atOneDocument,
  bothShow,
  introduce,
  nameVersion,
  openVersion,
  pasteImage,
  writeOn,
} from "../support/history-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";

const PHONE = { width: 360, height: 740 };
/** One red pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

let server: TestServer;
let browsers: TestBrowsers;
let alice: TestBrowser;
let bob: TestBrowser;

beforeAll(async () => {
  [server, browsers] = await Promise.all([startServer(), startBrowsers()]);
  [alice, bob] = await Promise.all([browsers.person(), browsers.person()]);
  await Promise.all([introduce(alice, server.url, "Alice"), introduce(bob, server.url, "Bob")]);
});
afterAll(async () => {
  await browsers.close();
  await server.stop();
});
afterEach(async () => {
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  await Promise.all([...alice.context.pages(), ...bob.context.pages()].map((page) => page.close()));
});

describe("versions", () => {
  it("[PG11] what two people wrote since a named version is shown as theirs, is taken back for both, and comes back", async () => {
    const { ofAlice, ofBob } = await atOneDocument(two(), "history/restore");
    await nameVersion(ofAlice, "First draft");
    await ofAlice.getByTestId("same").waitFor();
    await ofAlice.keyboard.press("Escape");
    await writeOn(ofAlice, ofBob);
    await eventually(async () => (await caretsOf(ofAlice)).map(({ name }) => name)).toEqual(["Bob"]);

    await openVersion(ofAlice, "First draft");
    await eventually(() => addedIn(ofAlice)).toEqual(["Alice:  two", "Bob: , later"]);
    await eventually(() => ofAlice.getByTestId("legend").textContent()).toContain("Bob");

    await placeCaret(ofBob, 0);
    await ofAlice.getByTestId("version-restore").click();
    await bothShow([ofAlice, ofBob], START);
    await ofBob.keyboard.type("!");
    await bothShow([ofAlice, ofBob], ["<h1>Plan!</h1>", ...START.slice(1)]);
    await ofBob.keyboard.press("Backspace");
    await bothShow([ofAlice, ofBob], START);

    await ofAlice.getByTestId("undo-restore").click();
    await bothShow([ofAlice, ofBob], LATER);
    await eventually(() => ofAlice.getByTestId("version").allTextContents()).toContainEqual(
      expect.stringContaining("Before a restore"),
    );
  });

  it("[PG11] a version is renamed, pinned, and opened as a copy that goes its own way", async () => {
    const { ofAlice, ofBob } = await atOneDocument(two(), "history/fork");
    await nameVersion(ofAlice, "Draft");
    await ofAlice.getByTestId("version-rename").click();
    await ofAlice.getByTestId("rename-name").press("Escape");
    expect(await ofAlice.getByTestId("rename-name").isVisible()).toBe(false);
    await ofAlice.getByTestId("version-rename").click();
    await ofAlice.getByTestId("rename-name").fill("For the printer");
    await ofAlice.getByTestId("rename-name").press("Enter");
    await eventually(() => ofAlice.getByTestId("version-title").textContent()).toBe("For the printer");
    await ofAlice.getByTestId("version-pin").click();
    await eventually(() => ofAlice.getByTestId("version-pin").getAttribute("aria-pressed")).toBe("true");
    await eventually(() => ofAlice.getByTestId("version").first().textContent()).toContain("Pinned");
    await ofAlice.keyboard.press("Escape");
    await writeOn(ofAlice, ofBob);

    await openVersion(ofBob, "For the printer");
    await ofBob.getByTestId("version-fork").click();
    await ofBob.waitForURL((url) => url.searchParams.get("id") !== "history/fork");
    await whenReady(ofBob);
    await eventually(() => blocksOf(ofBob)).toEqual(START);
    await placeCaret(ofBob, 1);
    await ofBob.keyboard.type(" in the copy");
    await whenSaveState(ofBob, "saved");
    expect(await blocksOf(ofAlice)).toEqual(LATER);
  });
});

describe("looking back", () => {
  it("[PG10][PG12] on a phone nothing is cut off, and the slider shows the text as it was at any moment, and arrows go a step", async () => {
    const { ofAlice } = await atOneDocument(two(), "history/slider");
    await ofAlice.setViewportSize(PHONE);
    await nameVersion(ofAlice, `A long name ${"without end".repeat(8)}`);
    await ofAlice.keyboard.press("Escape");
    await placeCaret(ofAlice, 1);
    await ofAlice.keyboard.type(", and on");
    await whenSaveState(ofAlice, "saved");
    await openVersion(ofAlice, "A long name");
    await eventually(() => addedIn(ofAlice)).toEqual(["Alice: , and on"]);
    for (const id of ["history", "versions-view", "version-diff", "version-list"]) {
      expect([id, await overflowOf(ofAlice, ofAlice.locator(`#${id}`))]).toEqual([id, 0]);
    }
    await ofAlice.getByTestId("see-playback").click();
    const last = "Plan\nalice one, and on\nsecond by bob";
    const paper = ofAlice.getByTestId("time-paper");
    const shown = async () => (await paper.locator("> *").allTextContents()).join("\n");
    await eventually(shown).toBe(last);
    const slider = ofAlice.getByTestId("time-slider");
    await slider.focus();
    await slider.press("Home");
    expect(await shown()).toBe("");
    const steps = Number(await slider.getAttribute("max"));
    const seen: string[] = [];
    for (let step = 0; step < steps; step += 1) {
      await slider.press("ArrowRight");
      seen.push(await shown());
    }
    expect(seen.at(-1)).toBe(last);
    expect(seen).toContainEqual(expect.stringMatching(/^Plan\nalice one\nsecond$/));
    expect(seen.every((text, at) => text.length >= (seen[at - 1] ?? "").length)).toBe(true);
    await eventually(() => ofAlice.getByTestId("time-label").textContent()).toMatch(/Alice · step \d+ of \d+$/);
    expect(await overflowOf(ofAlice, ofAlice.getByTestId("history"))).toBe(0);
    await slider.fill(String(Math.floor(steps / 2)));
    expect(await shown()).toBe(seen[Math.floor(steps / 2) - 1]);
    await ofAlice.keyboard.press("Escape");
    expect(await ofAlice.getByTestId("history").isVisible()).toBe(false);
    expect(await ofAlice.evaluate(() => document.activeElement?.id)).toBe("history-open");
  });

  it("[PG13] who wrote what is selected is named, with their words", async () => {
    const { ofAlice, ofBob } = await atOneDocument(two(), "history/blame");
    await placeCaret(ofAlice, 2);
    await ofAlice.getByTestId("tool-who").click();
    const rows = () => ofAlice.getByTestId("blame-row").allTextContents();
    await eventually(rows).toEqual([expect.stringMatching(/^Bob.*by bob$/), expect.stringMatching(/^Alice.*second$/)]);
    await ofAlice.keyboard.press("Escape");
    await placeCaret(ofAlice, 2);
    for (const _ of "bob") await ofAlice.keyboard.press("Shift+ArrowLeft");
    // Keys of a machine are faster than the event that tells the editor of its new selection.
    await eventually(() => selectedByOthers(ofBob).allTextContents()).toEqual(["bob"]);
    await ofAlice.getByTestId("tool-who").click();
    await eventually(rows).toEqual([expect.stringMatching(/^Bob.*bob$/)]);
    await ofAlice.keyboard.press("Escape");
    await callOneself(ofBob, "Robert");
    // Names are those of who is here when it is asked.
    await eventually(async () => (await avatarsOf(ofAlice)).map(({ name }) => name)).toContain("Robert");
    await placeCaret(ofAlice, 2);
    await ofAlice.getByTestId("tool-who").click();
    await eventually(rows).toContainEqual(expect.stringMatching(/^Robert/));
  });
});

describe("images", () => {
  it("[PG14] a pasted image is stored beside the document, and both see it", async () => {
    const { ofAlice, ofBob } = await atOneDocument(two(), "history/image");
    await placeCaret(ofAlice, 1);
    await pasteImage(ofAlice, { bytes: PNG, name: "sunset.png" });
    for (const page of [ofAlice, ofBob]) {
      const picture = page.getByTestId("picture");
      await picture.waitFor({ state: "attached" });
      expect(await picture.getAttribute("src")).toMatch(/^\/v1\/documents\/history%2Fimage\/assets\/[0-9a-f]{64}$/);
      expect(await picture.getAttribute("alt")).toBe("sunset");
      await eventually(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
    }
    await whenSaveState(ofAlice, "saved");
    const content = await fetch(`${server.url}/v1/documents/history%2Fimage/content?format=json`);
    expect(await content.text()).not.toContain("base64");
    expect(await blocksOf(ofBob)).toHaveLength(4);
  });

  it("[PG14] what is no image, or too large, says so in its place and can be taken away", async () => {
    const ofAlice = await openDocument(alice, server.url, "history/no-image");
    await ofAlice.keyboard.type("Plan");
    await pasteImage(ofAlice, { bytes: btoa("<svg/>"), name: "drawing.png" });
    const upload = ofAlice.getByTestId("upload");
    await upload.getByText("The image was not taken.").waitFor();
    await upload.getByRole("button", { name: "Remove" }).click();
    await upload.waitFor({ state: "detached" });
    expect(await blocksOf(ofAlice)).toEqual(["<h1>Plan</h1>"]);
    await explained(alice, /status of 415/);
  });
});

function two(): Two {
  return { url: server.url, alice, bob };
}

/** Chromium reports a refused request in its console; whoever expects it takes it out. */
async function explained({ errors }: TestBrowser, pattern: RegExp): Promise<void> {
  const find = () => errors.findIndex((error) => pattern.test(error));
  await eventually(find).not.toBe(-1);
  if (Array.isArray(errors)) errors.splice(find(), 1);
}
