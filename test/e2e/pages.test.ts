import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { type TestServer, startServer } from "../support/server.ts";

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
