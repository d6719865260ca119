import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RoostServer } from "../../client/server.ts";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { eventually, openDocument } from "../support/demo-pages.ts";
import { type TestServer, startServer } from "../support/server.ts";

const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
/** One pixel. */
const PNG = Buffer.from(DOT, "base64");
/** The same; what follows its end is not looked at. */
const OTHER_PNG = Buffer.concat([PNG, Buffer.from("other")]);

let server: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

describe("pages", () => {
  it.each(["/editor?id=pages%2Frich", "/code?id=pages%2Fplain"])(
    "[PG1] %s opens, connects and reports no error under its content policy",
    async (path) => {
      const page = await browser.context.newPage();
      const response = await page.goto(server.url + path);
      await page.locator('html[data-ready="true"]').waitFor({ state: "attached" });
      await page.locator('[contenteditable="true"]').last().focus();
      await page.keyboard.type("typed");
      await page.getByText("typed").first().waitFor();
      expect(response?.headers()["content-security-policy"]).toContain("default-src 'self'");
      expect(browser.errors).toEqual([]);
      await page.close();
    },
  );

  it("[PG1] the document list opens and reports no error under its content policy", async () => {
    const page = await browser.context.newPage();
    const response = await page.goto(server.url);
    await page.getByTestId("new-document").first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(response?.headers()["content-security-policy"]).toContain("default-src 'self'");
    expect(browser.errors).toEqual([]);
    await page.close();
  });

  it("[PG2] another site loads SDK and Yjs from their public addresses: they share one Yjs, and it saves", async () => {
    const site = createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end(foreignPage(server.url));
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    const address = site.address();
    if (address === null || typeof address === "string") throw new Error("a port");
    const page = await browser.context.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    await page.locator("#state", { hasText: "saved" }).waitFor();
    expect(browser.errors).toEqual([]);
    await page.close();
    site.close();
  });

  it("[PG14] a fork shows its images, and those that came from elsewhere by hand, when the first document is gone", async () => {
    const roost = new RoostServer({ url: server.url });
    const { path, id } = await roost.putAsset("pages/first", PNG);
    const { path: elsewhere } = await roost.putAsset("pages/elsewhere", OTHER_PNG);
    const images = [path, elsewhere].map((src) => ({ type: "image", attrs: { src, alt: "a dot" } }));
    const title = { type: "heading", attrs: { level: 1 }, content: [{ type: "text", text: "Dots" }] };
    await roost.put("pages/first", { type: "doc", content: [title, ...images] });
    await roost.fork("pages/first", "pages/fork");
    await roost.erase("pages/first");
    const page = await openDocument(browser, server.url, "pages/fork");
    const shown = async () =>
      await page.getByTestId("picture").evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth));
    await eventually(shown).toEqual([1, 1]);
    const sources = await page.getByTestId("picture").evaluateAll((all) => all.map((one) => one.getAttribute("src")));
    expect(sources).toEqual([`/v1/documents/pages%2Ffork/assets/${id}`, elsewhere]);
    // What the browser says of the address that was tried first.
    await eventually(() => browser.errors).toEqual([expect.stringContaining("404")]);
    await page.close();
  });
});

/** Yjs warns on the console, as an error, when a page has two copies of it. */
function foreignPage(url: string): string {
  return `<!doctype html><link rel="icon" href="data:," /><p id="state">loading</p><script type="module">
    import * as Y from "${url}/yjs.js";
    import { DocumentProvider } from "${url}/roost.js";
    const doc = new Y.Doc();
    const provider = new DocumentProvider({ url: "${url}", id: "pages/sdk", doc, offline: false });
    doc.getText("content").insert(0, "by script tag");
    await provider.whenSaved();
    document.querySelector("#state").textContent = provider.saveState;
  </script>`;
}
