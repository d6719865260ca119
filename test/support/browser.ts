/**
 * A headless Chromium for end-to-end tests. A machine without one is an error with the remedy in it, never a skipped test.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
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
};

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
const ACTION_MS = 10_000;

/** Starts a browser with an empty profile; each call is another person. */
export async function startBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = findBrowser() ?? installBrowser();
  const profile = await mkdtemp(join(tmpdir(), "roost-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { ...(options.viewport ?? VIEWPORT) },
    colorScheme: options.colorScheme ?? "light",
    hasTouch: options.hasTouch ?? false,
  });
  context.setDefaultTimeout(ACTION_MS);
  const errors: string[] = [];
  context.on("weberror", (error) => errors.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, errors, close };
}
