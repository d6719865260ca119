/**
 * The widgets on pages that were not made with them in mind: odd languages, clobbered names, elements of mixed opinions.
 */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DemoSite, startDemoSite } from "../../scripts/demo-site.ts";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { eventually } from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { addressIn, countOf, cursorsOn, facesOf, pointAt, watchSockets } from "../support/widget-pages.ts";

const ALL = `<roost-avatars></roost-avatars><roost-count></roost-count><roost-cursors></roost-cursors>
  <roost-reactions names="like=👍 ❤️"></roost-reactions><input id="field"><roost-typing for="field"></roost-typing>`;

let server: TestServer;
let site: DemoSite;
let alice: TestBrowser;
let bob: TestBrowser;
let visits = 0;

/** A page that an address describes: attributes of `html` and of the tag, and what is in its body. */
function pageOf(_: string, { searchParams: said }: URL): string {
  const tag = `<script type="module" src="${server.url}/widget.js" data-room="host-${visits}" ${said.get("tag")}></script>`;
  return `<!doctype html><html ${said.get("html")}><head><link rel="icon" href="data:,">${tag}</head><body>${said.get("body")}</body></html>`;
}

beforeAll(async () => {
  [server, alice, bob] = await Promise.all([startServer(), startBrowser(), startBrowser()]);
  site = await startDemoSite({ port: 0, roost: server.url, edit: pageOf });
});
afterAll(async () => {
  await Promise.all([alice, bob].map((browser) => browser.close()));
  await site.stop();
  await server.stop();
});
beforeEach(() => {
  visits += 1;
});
afterEach(async () => {
  for (const { context } of [alice, bob]) await Promise.all(context.pages().map((page) => page.close()));
});

type Described = {
  readonly people: readonly {
    readonly person: { readonly user: { readonly name?: string } };
    readonly sessions: readonly number[];
  }[];
};

const addressOf = ({ html = "lang='en'", tag = "", body = ALL }) => addressIn(site, { html, tag, body });

async function visit(browser: TestBrowser, said: Parameters<typeof addressOf>[0] = {}): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(addressOf(said));
  return page;
}

/** Requests for counts over HTTP, from now on. */
function watchCounts(page: Page): readonly string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "fetch" && request.url().includes("/count")) asked.push(request.url());
  });
  return asked;
}

describe("pages as they are", () => {
  it.each(["en_US", "x", "", "not a language"])("[CW19] works on a page in the language %o", async (lang) => {
    const page = await visit(alice, { html: `lang="${lang}"` });
    await eventually(() => countOf(page)).toBe("1 here");
    await page.locator("roost-reactions button").first().click();
    await eventually(() => page.locator("roost-reactions b").first().innerText()).toBe("1");
    expect(alice.errors).toEqual([]);
  });

  it("[CW19] works where the page has an element of the name `scripts`, in browsers without URL.parse", async () => {
    const page = await alice.context.newPage();
    await page.addInitScript(() => Reflect.deleteProperty(URL, "parse"));
    await page.goto(addressOf({ tag: 'data-name="Ada"', body: `<img name="scripts" alt="">${ALL}` }));
    await eventually(() => facesOf(page)).toEqual(["Ada, you"]);
    expect(alice.errors).toEqual([]);
  });

  it("[CW19] a fault of its own is a warning in the console, and no error of the page", async () => {
    const page = await alice.context.newPage();
    const warnings: string[] = [];
    page.on("console", (message) => warnings.push(`${message.type()}: ${message.text()}`));
    await page.addInitScript(() => Reflect.deleteProperty(window, "ResizeObserver"));
    await page.goto(addressOf({}));
    await eventually(() => countOf(page)).toBe("1 here");
    expect(warnings).toEqual([expect.stringMatching(/^warning: roost: ReferenceError/)]);
    expect(alice.errors).toEqual([]);
  });

  it("[CW2] what has no box of its own leaves a cursor to what it is in", async () => {
    const body = `${ALL}<main id="main"><div id="app"><p>text</p></div></main>`;
    const [page, other] = [await visit(alice, { body }), await visit(bob, { body })];
    for (const each of [page, other]) {
      await each.locator("#app").evaluate((element) => (element.style.display = "contents"));
      await eventually(() => countOf(each)).toBe("2 here");
    }
    await pointAt(page, "#main", { x: 0.5, y: 0.5 });
    await eventually(() => cursorsOn(other, "#main")).toEqual([{ x: 0.5, y: 0.5 }]);
  });

  it("[CW20] cursors are not printed", async () => {
    const page = await visit(alice);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("roost-cursors [popover]").isVisible()).toBe(false);
    await page.emulateMedia({ media: "screen" });
    expect(await page.locator("roost-cursors [popover]").isVisible()).toBe(true);
  });

  it("[CW12] a reaction's button has the name that the page gives it, and its number", async () => {
    const page = await visit(alice);
    await eventually(() => countOf(page)).toBe("1 here");
    const button = page.getByRole("button", { name: "like", exact: true });
    await button.click();
    await eventually(() => page.getByRole("button", { name: /^like ?1$/ }).count()).toBe(1);
    expect(await page.getByRole("button", { name: "❤️", exact: true }).count()).toBe(1);
  });

  it("[CW14] what a server would refuse of a visitor is left out, and the visitor is in", async () => {
    const tag = `data-name="${"Ada ".repeat(60)}" data-color="red" data-avatar="/ada.png"`;
    const page = await visit(alice, {
      tag,
      body: '<roost-avatars max="abc"></roost-avatars><roost-count></roost-count>',
    });
    await eventually(() => countOf(page)).toBe("1 here");
    await eventually(() => facesOf(page)).toEqual(["Guest, you"]);
  });
});

describe("visitors who are asked first, by one element of several", () => {
  const MIXED = '<roost-avatars></roost-avatars><roost-count consent="required"></roost-count>';

  it.each([MIXED, MIXED.replace("></", ' consent="required"></').replace("count consent", "count data-was")])(
    "[CW9] no element joins while another of its room asks: %s",
    async (body) => {
      const page = await alice.context.newPage();
      const open = watchSockets(page);
      let opened = 0;
      page.on("websocket", () => (opened += 1));
      await page.goto(addressOf({ body }));
      await eventually(() => countOf(page)).toBe("0 here");
      expect(opened).toBe(0);
      await page.getByRole("button", { name: "Show that I am here" }).click();
      await eventually(() => facesOf(page)).toEqual(["Guest, you"]);
      expect(open.size).toBe(1);
    },
  );

  it("[CW9] however a page changes, counts are asked for once in a while", async () => {
    const page = await alice.context.newPage();
    const asked = watchCounts(page);
    await page.goto(addressOf({ tag: 'data-consent="required"' }));
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

describe("visitors who are put out", () => {
  it("[CW21] see counts over HTTP, and nobody; a count that nobody vouches for is not shown", async () => {
    const page = await visit(alice, { tag: 'data-name="Ada"' });
    await visit(bob, { tag: 'data-name="Bob"' });
    await eventually(() => facesOf(page)).toEqual(["Ada, you", "Bob"]);
    const room = `${server.url}/v1/presence/host-${visits}`;
    const asked = watchCounts(page);
    const { people }: Described = await (await fetch(room)).json();
    const session = people.find(({ person }) => person.user.name === "Ada")?.sessions[0];
    await fetch(`${server.url}/v1/rooms/presence/host-${visits}/kick`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ session }),
    });
    await eventually(() => asked.length).toBe(1);
    await eventually(() => facesOf(page)).toEqual(["+1"]);
    expect(await countOf(page)).toBe("1 here");
  });

  it("[CW21] without a socket for longer than the hold, show no number and nobody", async () => {
    const page = await visit(alice, { tag: 'data-name="Ada"' });
    await eventually(() => facesOf(page)).toEqual(["Ada, you"]);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await eventually(() => countOf(page)).toBe("");
    expect(await facesOf(page)).toEqual([]);
  });
});
