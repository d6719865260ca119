/**
 * One server and one browser for a file of tests that run side by side; in each test people with storage of their own, on a site of their own.
 * @module
 */
import type { Page } from "playwright-core";
import type { TestContext } from "vitest";
import { type DemoSite, startDemoSite } from "../../scripts/demo-site.ts";
import { type BrowserOptions, type TestBrowser, type TestBrowsers, startBrowsers } from "./browser.ts";
import { type TestServer, startServer } from "./server.ts";
import { type Said, addressIn, tagged } from "./widget-pages.ts";

export type Stage = {
  readonly server: TestServer;
  readonly browsers: TestBrowsers;
  /** Ends with the test. */
  readonly scene: (test: TestContext, edit?: DemoSiteEdit) => Promise<Scene>;
  readonly stop: () => Promise<void>;
};

type DemoSiteEdit = Parameters<typeof startDemoSite>[0]["edit"];

export type Scene = {
  /** Without a word on the tag: the room is that of the page, and nobody else's. */
  readonly url: string;
  readonly site: DemoSite;
  readonly person: (options?: BrowserOptions) => Promise<TestBrowser>;
  /** Opens the site in a new tab; of somebody new, where nobody is named. */
  readonly visit: (said?: Said, who?: TestBrowser) => Promise<Page>;
  readonly addressOf: (said?: Said, path?: string) => string;
  /** Of everybody in this test. */
  readonly errors: () => readonly string[];
};

export async function startStage(): Promise<Stage> {
  const [server, browsers] = await Promise.all([startServer(), startBrowsers()]);
  const scene = async ({ onTestFinished }: TestContext, edit: DemoSiteEdit = tagged): Promise<Scene> => {
    const site = await startDemoSite({ port: 0, roost: server.url, edit });
    const people: TestBrowser[] = [];
    onTestFinished(async () => {
      await Promise.all(people.map(async (one) => await one.close()));
      await site.stop();
    });
    const person = async (options?: BrowserOptions) => {
      const one = await browsers.person(options);
      people.push(one);
      return one;
    };
    const addressOf = (said: Said = {}, path = "/") => addressIn(site, said, path);
    const visit = async (said?: Said, who?: TestBrowser) => {
      const page = await (who ?? (await person())).context.newPage();
      await page.goto(addressOf(said));
      return page;
    };
    const errors = () => people.flatMap((one) => one.errors);
    return { url: `http://127.0.0.1:${site.port}/`, site, person, visit, addressOf, errors };
  };
  const stop = async () => {
    await browsers.close();
    await server.stop();
  };
  return { server, browsers, scene, stop };
}
