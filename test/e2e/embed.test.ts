/**
 * From the page for site owners to a site: what it gives is pasted as it is.
 */
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type DemoSite, startDemoSite } from "../../scripts/demo-site.ts";
import { type TestBrowser, startBrowser } from "../support/browser.ts";
import { type ClosedServer, createProject, startClosedServer } from "../support/closed-server.ts";
import { eventually } from "../support/demo-pages.ts";
import { addressIn, countOf, tagged, watchSockets } from "../support/widget-pages.ts";

let server: ClosedServer;
let browser: TestBrowser;
let site: DemoSite;
let stranger: DemoSite;
let key: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startClosedServer(), startBrowser()]);
  const options = { port: 0, roost: server.url, edit: tagged };
  [site, stranger] = await Promise.all([startDemoSite(options), startDemoSite(options)]);
  const origins = [`http://127.0.0.1:${site.port}`];
  const access = { "presence:*": ["read", "presence"] };
  key = (await createProject(server, "shop", { origins, access })).publishableKey;
});
afterAll(async () => {
  await browser.close();
  await Promise.all([site.stop(), stranger.stop()]);
  await server.stop();
});
afterEach(async () => {
  await Promise.all(browser.context.pages().map((page) => page.close()));
});

async function openGenerator(): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(`${server.url}/embed`);
  await page.locator('html[data-ready="true"]').waitFor();
  return page;
}

type Pasted = { html: string; policy: string };

/** A page on the second of the project's origins, as it stands in `pasted` at each request. */
async function serve(pasted: Pasted): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; ${pasted.policy.replaceAll("\n", " ")}`,
    });
    response.end(pasted.html);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("a site owner", () => {
  it("[CW16] pastes the tag with its hash, the elements and the policy lines, and it works", async () => {
    const pasted: Pasted = { html: "", policy: "" };
    const ownSite = await serve(pasted);
    const address = ownSite.address();
    if (address === null || typeof address === "string") throw new Error("a port");
    const url = `http://127.0.0.1:${address.port}`;
    const access = { "presence:*": ["read", "presence"] };
    const { publishableKey } = await createProject(server, "pasted", { origins: [url], access });

    const generator = await openGenerator();
    await generator.getByTestId("key").fill(publishableKey);
    await generator.getByTestId("room").fill('a "quoted" <room>');
    await generator.getByTestId("pinned").check();
    const textOf = async (id: string) => (await generator.getByTestId(id).textContent()) ?? "";
    const tag = await textOf("tag");
    const head = `<head><title>Shop</title><link rel="icon" href="data:,">${tag}</head>`;
    pasted.html = `<!doctype html><html lang="en">${head}<body>${await textOf("elements")}</body></html>`;
    pasted.policy = await textOf("policy");
    expect(tag).toMatch(/integrity="sha384-[\w+/]{64}"/);

    const page = await browser.context.newPage();
    const sockets = watchSockets(page);
    await page.goto(url);
    await eventually(() => countOf(page)).toBe("1 here");
    expect([...sockets].join("")).toContain('/v1/presence/a "quoted" <room>/connect');
    expect(browser.errors).toEqual([]);
    // Another hash, and the browser refuses the file.
    pasted.html = pasted.html.replace(/sha384-..../, "sha384-AAAA");
    await page.goto(url);
    await eventually(() => browser.errors.join()).toContain("integrity");
    expect(await countOf(page)).toBe("");
    ownSite.closeAllConnections();
    ownSite.close();
  });

  it("[CW17] a publishable key works on pages of its project's origins, and on no others", async () => {
    const own = await browser.context.newPage();
    await own.goto(addressIn(site, { key, room: "shop" }));
    await eventually(() => countOf(own)).toBe("1 reading now");
    const foreign = await browser.context.newPage();
    const warnings: string[] = [];
    foreign.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    await foreign.goto(addressIn(stranger, { key, room: "shop" }));
    await eventually(() => warnings.join()).toContain("roost:");
    expect(await countOf(foreign)).not.toContain("2");
    expect(await countOf(own)).toBe("1 reading now");
  });
});
