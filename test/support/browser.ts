/**
 * A headless Chromium for end-to-end tests. A machine without one is an error with the remedy in it, never a skipped test.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { findBrowser, installBrowser } from "../../scripts/find-browser.ts";

export type TestBrowser = {
  /** One person's browser: pages of one context are tabs that share storage. */
  readonly context: BrowserContext;
  /** What the pages reported as errors so far: uncaught ones, and `console.error`. */
  readonly errors: readonly string[];
  readonly close: () => Promise<void>;
};

export type BrowserOptions = {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
  readonly hasTouch?: boolean;
  /** The reader's own few colours in place of the page's. */
  readonly forcedColors?: "active";
};

/** One browser process for a file of tests, in which each person has storage of their own. */
export type TestBrowsers = {
  readonly person: (options?: BrowserOptions) => Promise<TestBrowser>;
  /** Of everybody. */
  readonly errors: () => readonly string[];
  readonly close: () => Promise<void>;
};

/** A machine that can be put to sleep: all processes of its browser stop, sockets and timers with them. */
export type Laptop = TestBrowser & { readonly sleep: () => void; readonly wake: () => void };

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const VIEWPORT = { width: 1280, height: 800 };
/** An action that takes longer has failed: Playwright would wait 30 s. */
const ACTION_MS = 20_000;
/** Several people may open their first page at the same moment. */
const NAVIGATION_MS = 30_000;

/** Starts a browser with an empty profile; each call is another person. */
export async function startBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = findBrowser() ?? installBrowser();
  const profile = await mkdtemp(join(tmpdir(), "roost-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    ...settingsOf(options),
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { ...watched(context), close };
}

/** Starts one for many people; pages that are left may be brought back, which Playwright forbids unless it is told otherwise. */
export async function startBrowsers(): Promise<TestBrowsers> {
  const browser = await chromium.launch({
    executablePath: findBrowser() ?? installBrowser(),
    args: FLAGS,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  const people: TestBrowser[] = [];
  const person = async (options: BrowserOptions = {}) => {
    const context = await browser.newContext(settingsOf(options));
    const one = { ...watched(context), close: async () => await context.close() };
    people.push(one);
    return one;
  };
  return { person, errors: () => people.flatMap(({ errors }) => errors), close: async () => await browser.close() };
}

/** Playwright can say nothing to its pages while it sleeps. */
export async function startLaptop(options: BrowserOptions = {}): Promise<Laptop> {
  const server = await chromium.launchServer({ executablePath: findBrowser() ?? installBrowser(), args: FLAGS });
  const { pid } = server.process();
  if (pid === undefined) throw new Error("a browser is a process");
  const browser = await chromium.connect(server.wsEndpoint());
  const context = await browser.newContext(settingsOf(options));
  // Negative: Playwright starts browsers as groups of their own.
  const wake = () => void process.kill(-pid, "SIGCONT");
  const close = async () => {
    wake();
    await server.close();
  };
  return { ...watched(context), close, wake, sleep: () => void process.kill(-pid, "SIGSTOP") };
}

function settingsOf({ viewport = VIEWPORT, ...rest }: BrowserOptions): BrowserContextOptions {
  return { colorScheme: "light", hasTouch: false, ...rest, viewport: { ...viewport } };
}

function watched(context: BrowserContext): Pick<TestBrowser, "context" | "errors"> {
  context.setDefaultTimeout(ACTION_MS);
  context.setDefaultNavigationTimeout(NAVIGATION_MS);
  const errors: string[] = [];
  context.on("weberror", (error) => errors.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  return { context, errors };
}
