/**
 * The widgets on pages that were not made with them in mind: odd languages, clobbered names, elements of mixed opinions.
 */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type TestContext, afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addressIn,
  countOf,
  cursorsOn,
  eventually,
  facesOf,
  pointAt,
  typingSeenOn,
  watchSockets,
} from "../support/widget-pages.ts";
import { type Stage, startStage } from "../support/widget-scene.ts";

const ALL = `<roost-avatars></roost-avatars><roost-count></roost-count><roost-cursors></roost-cursors>
  <roost-reactions names="like=👍 ❤️"></roost-reactions><input id="field"><roost-typing for="field"></roost-typing>`;

/** Where pictures go, for whoever looks at them. */
const PICTURES = join(import.meta.dirname, "../../.results/widgets");

/** In an address it would be too much. */
const LONG = "n".repeat(5_000);

let stage: Stage;

/** A page that an address describes: attributes of `html` and of the tag, and what is in its body. */
function pageOf(_: string, { searchParams: said }: URL): string {
  const tag = `<script type="module" src="${stage.server.url}/widget.js" ${said.get("tag")}></script>`;
  return `<!doctype html><html ${said.get("html")}><head><link rel="icon" href="data:,">${tag}</head><body>${said.get("body")?.replaceAll("LONG", LONG)}</body></html>`;
}

beforeAll(async () => {
  stage = await startStage();
});
afterAll(async () => await stage.stop());

type Described = {
  readonly people: readonly {
    readonly person: { readonly user: { readonly name?: string } };
    readonly sessions: readonly number[];
  }[];
};
type Host = { readonly html?: string; readonly tag?: string; readonly body?: string };

/** A site of this test, with a tab of Alice's that has not gone there yet. */
async function hosting(test: TestContext) {
  const scene = await stage.scene(test, pageOf);
  const page = await (await scene.person()).context.newPage();
  const addressOf = ({ html = "lang='en'", tag = "", body = ALL }: Host) => addressIn(scene.site, { html, tag, body });
  const visit = async (host: Host = {}) => void (await page.goto(addressOf(host)));
  const visitToo = async (host: Host = {}) => {
    const other = await (await scene.person()).context.newPage();
    await other.goto(addressOf(host));
    return other;
  };
  return { ...scene, page, visit, visitToo };
}

/** Requests for counts over HTTP, from now on. */
function watchCounts(page: Page): readonly string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "fetch" && request.url().includes("/count")) asked.push(request.url());
  });
  return asked;
}

describe.concurrent("pages as they are", { timeout: 120_000 }, () => {
  it.for(["en_US", "x", "", "not a language"])("[CW19] works on a page in the language %o", async (lang, test) => {
    const { page, visit, errors } = await hosting(test);
    await visit({ html: `lang="${lang}"` });
    await eventually(() => countOf(page)).toBe("1 here");
    await page.locator("roost-reactions button").first().click();
    await eventually(() => page.locator("roost-reactions b").first().innerText()).toBe("1");
    expect(errors()).toEqual([]);
  });

  it("[CW19] works where the page has an element of the name `scripts`, in browsers without URL.parse", async (test) => {
    const { page, visit, errors } = await hosting(test);
    await page.addInitScript(() => Reflect.deleteProperty(URL, "parse"));
    await visit({ tag: 'data-name="Ada"', body: `<img name="scripts" alt="">${ALL}` });
    await eventually(() => facesOf(page)).toEqual(["Ada, you"]);
    expect(errors()).toEqual([]);
  });

  it("[CW19] a fault of its own is a warning in the console, and no error of the page", async (test) => {
    const { page, visit, errors } = await hosting(test);
    const warnings: string[] = [];
    page.on("console", (message) => warnings.push(`${message.type()}: ${message.text()}`));
    await page.addInitScript(() => Reflect.deleteProperty(window, "ResizeObserver"));
    await visit();
    await eventually(() => countOf(page)).toBe("1 here");
    await eventually(() => warnings).toEqual([expect.stringMatching(/^warning: roost: ReferenceError/)]);
    expect(errors()).toEqual([]);
  });

  it("[CW2] what has no box of its own leaves a cursor to what it is in", async (test) => {
    const { page, visit, visitToo } = await hosting(test);
    const body = `${ALL}<main id="main"><div id="app"><p>text</p></div></main>`;
    await visit({ body });
    const other = await visitToo({ body });
    for (const each of [page, other]) {
      await each.locator("#app").evaluate((element) => (element.style.display = "contents"));
      await eventually(() => countOf(each)).toBe("2 here");
    }
    await pointAt(page, "#main", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(other, "#main")).toEqual([{ x: 0.5, y: 0.5 }]);
  });

  it("[CW2] a page from right to left that is wider than its window goes on to the left", async (test) => {
    const { page, visit, visitToo } = await hosting(test);
    const wide = { html: 'lang="he" dir="rtl"', body: `${ALL}<p><canvas width="3000" height="90"></canvas></p>` };
    await visit(wide);
    const other = await visitToo(wide);
    for (const each of [page, other]) await eventually(() => countOf(each)).toBe("2 here");
    await page.evaluate(() => scrollTo(-1_500, 0));
    await other.evaluate(() => scrollTo(-1_200, 0));
    const box = await page.locator("canvas").boundingBox();
    if (box === null) throw new Error("no canvas");
    // A third of the way from its left end: beyond the left edge of the window that the page begins with.
    await page.mouse.move(box.x + 990, box.y + 40);
    await page.mouse.move(box.x + 1_000, box.y + 45, { steps: 2 });
    await eventually(() => cursorsOn(other, "canvas")).toEqual([{ x: 0.33, y: 0.5 }]);
    await other.screenshot({ path: join(PICTURES, "rtl-overflow.png") });
  });

  it("[CW20] cursors are not printed", async (test) => {
    const { page, visit } = await hosting(test);
    await visit();
    const isVisible = async () => await page.locator("roost-cursors [popover]").isVisible();
    await eventually(isVisible).toBe(true);
    await page.emulateMedia({ media: "print" });
    await eventually(isVisible).toBe(false);
    await page.emulateMedia({ media: "screen" });
    await eventually(isVisible).toBe(true);
  });

  it("[CW12] a reaction's button has the name that the page gives it, and its number", async (test) => {
    const { page, visit } = await hosting(test);
    await visit();
    await eventually(() => countOf(page)).toBe("1 here");
    const button = page.getByRole("button", { name: "like", exact: true });
    await button.click();
    await eventually(() => page.getByRole("button", { name: /^like ?1$/ }).count()).toBe(1);
    expect(await page.getByRole("button", { name: "❤️", exact: true }).count()).toBe(1);
  });

  it("[CW14] what a server would refuse of a visitor is left out, and the visitor is in", async (test) => {
    const { page, visit } = await hosting(test);
    const tag = `data-name="${"Ada ".repeat(60)}" data-color="red" data-avatar="/ada.png"`;
    await visit({ tag, body: '<roost-avatars max="abc"></roost-avatars><roost-count></roost-count>' });
    await eventually(() => countOf(page)).toBe("1 here");
    await eventually(() => facesOf(page)).toEqual(["Guest, you"]);
  });

  it("[CW14] reactions, fields and anchors of names that a server would refuse work, and end no socket", async (test) => {
    const { page, visit, visitToo, errors } = await hosting(test);
    const body = `<roost-count></roost-count><roost-reactions names="LONG=👍"></roost-reactions><roost-cursors></roost-cursors>
      <input id="LONG"><roost-typing for="LONG"></roost-typing><p data-roost-anchor="aLONG">text</p>`;
    const open = watchSockets(page);
    await visit({ body });
    const other = await visitToo({ body });
    await eventually(() => countOf(other)).toBe("2 here");
    const [socket] = open;
    await page.locator("roost-reactions button").click();
    await page.locator("input").pressSequentially("two");
    await page
      .locator("[data-roost-anchor]")
      .dispatchEvent("pointerdown", { pointerType: "touch", clientX: 20, clientY: 150 });
    await eventually(() => typingSeenOn(other, page.locator("input"))).toBe("Guest is typing…");
    await eventually(() => other.locator("roost-reactions b").innerText()).toBe("1");
    await pointAt(page, "[data-roost-anchor]", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(other, "[data-roost-anchor]")).toEqual([{ x: 0.5, y: 0.5 }]);
    expect([[...open], errors()]).toEqual([[socket], []]);
  });
});

describe.concurrent("visitors who are asked first, by one element of several", { timeout: 120_000 }, () => {
  const MIXED = '<roost-avatars></roost-avatars><roost-count consent="required"></roost-count>';

  it.for([MIXED, MIXED.replace("></", ' consent="required"></').replace("count consent", "count data-was")])(
    "[CW9] no element joins while another of its room asks: %s",
    async (body, test) => {
      const { page, visit } = await hosting(test);
      const open = watchSockets(page);
      let opened = 0;
      page.on("websocket", () => (opened += 1));
      await visit({ body });
      await eventually(() => countOf(page)).toBe("0 here");
      expect(opened).toBe(0);
      await page.getByRole("button", { name: "Show that I am here" }).click();
      await eventually(() => facesOf(page)).toEqual(["Guest, you"]);
      expect(open.size).toBe(1);
    },
  );

  it("[CW9] however a page changes, counts are asked for once in a while", async (test) => {
    const { page, visit } = await hosting(test);
    const asked = watchCounts(page);
    await visit({ tag: 'data-consent="required"' });
    await eventually(() => countOf(page)).toBe("0 here");
    await page.evaluate(async () => {
      for (let n = 0; n < 30; n += 1) {
        document.head.append(document.createElement("style"));
        await new Promise(requestAnimationFrame);
      }
    });
    expect(asked.length).toBe(1);
  });
});

describe.concurrent("visitors who are put out", { timeout: 120_000 }, () => {
  it("[CW21] see counts over HTTP, and nobody; a count that nobody vouches for is not shown", async (test) => {
    const { page, visit, visitToo } = await hosting(test);
    await visit({ tag: 'data-name="Ada" data-room="put-out"' });
    await visitToo({ tag: 'data-name="Bob" data-room="put-out"' });
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "Bob"]);
    const asked = watchCounts(page);
    const { people }: Described = await (await fetch(`${stage.server.url}/v1/presence/put-out`)).json();
    const session = people.find(({ person }) => person.user.name === "Ada")?.sessions[0];
    await fetch(`${stage.server.url}/v1/rooms/presence/put-out/kick`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ session }),
    });
    await eventually(() => asked.length).toBe(1);
    await eventually(() => facesOf(page)).toEqual(["+1"]);
    await eventually(() => countOf(page)).toBe("1 here");
  });

  it("[CW21] without a socket for longer than the hold, show no number and nobody", async (test) => {
    const { page, visit } = await hosting(test);
    await visit({ tag: 'data-name="Ada"' });
    await eventually(() => facesOf(page)).toEqual(["Ada, you"]);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await eventually(() => countOf(page)).toBe("");
    await eventually(() => facesOf(page)).toEqual([]);
  });
});
