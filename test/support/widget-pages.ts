/**
 * What a visitor of somebody else's page does, and sees of the widgets there.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { DemoSite } from "../../scripts/demo-site.ts";

export type Spot = { readonly x: number; readonly y: number };

/** The names that the avatars are read aloud as, oneself first. */
export async function facesOf(page: Page): Promise<readonly string[]> {
  return await page
    .locator("roost-avatars li")
    .evaluateAll((items) =>
      items.map((item) => item.firstElementChild?.getAttribute("aria-label") ?? item.textContent),
    );
}

export async function countOf(page: Page): Promise<string> {
  return await page
    .locator("roost-count")
    .first()
    .evaluate((element) => element.shadowRoot?.querySelector("p")?.textContent ?? "");
}

/** Where the tips of others' cursors are, as parts of `selector`'s box: those that show in the window. */
export async function cursorsOn(page: Page, selector: string): Promise<readonly Spot[]> {
  return await page.locator("roost-cursors").evaluate((element, anchor) => {
    const box = document.querySelector(anchor)?.getBoundingClientRect();
    if (box === undefined) throw new Error(`no ${anchor}`);
    const marks = [...(element.shadowRoot?.querySelectorAll("[popover] > div") ?? [])];
    return marks.flatMap((mark) => {
      const { left, top } = mark.getBoundingClientRect();
      if (left < 0) return [];
      const round = (part: number) => Math.round(part * 100) / 100;
      return [{ x: round((left - box.left) / box.width), y: round((top - box.top) / box.height) }];
    });
  }, selector);
}

/** Moves the mouse to a part of an element, as a hand does. */
export async function pointAt(page: Page, selector: string, { x, y }: Spot): Promise<void> {
  const target = page.locator(selector);
  await target.scrollIntoViewIfNeeded();
  const box = await target.boundingBox();
  if (box === null) throw new Error(`${selector} shows nowhere`);
  await page.mouse.move(box.x + box.width * x - 3, box.y + box.height * y);
  await page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 3 });
}

/** Without the marks that keep names of either direction apart. */
export async function typingOn(page: Page): Promise<string> {
  const text = await page
    .locator("roost-typing")
    .evaluate((element) => element.shadowRoot?.querySelector("p")?.textContent ?? "");
  return text.replaceAll(/[\u2068\u2069]/g, "");
}

/** {@link typingOn} after one more key in each field: whoever stops is shown for some seconds only, which a busy machine may miss. */
export async function typingSeenOn(page: Page, ...fields: readonly Locator[]): Promise<string> {
  for (const field of fields) await field.press("o");
  return await typingOn(page);
}

/** What the first element of `selector` said, or had as a style, one after the other, from now on; reads what came so far. */
export async function tracesOf(
  page: Page,
  selector: string,
  style?: "translate",
): Promise<() => Promise<readonly string[]>> {
  const seen = await page
    .locator(selector)
    .first()
    .evaluateHandle((element, name) => {
      const texts: string[] = [];
      const note = () => {
        const text =
          element instanceof HTMLElement && name !== undefined ? element.style[name] : (element.textContent ?? "");
        if (texts.at(-1) !== text) texts.push(text);
      };
      setInterval(note, 20);
      note();
      return texts;
    }, style);
  return async () => await seen.jsonValue();
}

/** Sockets that the page opened from now on, with their paths; those that closed are gone. */
export function watchSockets(page: Page): ReadonlySet<string> {
  const open = new Set<string>();
  let opened = 0;
  page.on("websocket", (socket) => {
    const name = `${(opened += 1)} ${decodeURIComponent(new URL(socket.url()).pathname)}`;
    open.add(name);
    socket.on("close", () => open.delete(name));
  });
  return open;
}

/** What a page of the site says on its tag, but for `dir`, which is its own, and `plain`: no tag. */
export type Said = Readonly<Record<string, string>>;

/** What a page's address asks for is on its tag: one site serves every test. */
export function tagged(html: string, { searchParams }: URL): string {
  if (searchParams.has("plain")) return html.replace(/<script.*<\/script>/, "");
  const { dir, ...said } = Object.fromEntries(searchParams);
  const attributes = Object.entries(said).map(([name, value]) => `data-${name}="${value}"`);
  const page = dir === undefined ? html : html.replace("<html", `<html dir="${dir}"`);
  return page.replace('<script type="module"', `<script type="module" ${attributes.join(" ")}`);
}

export function addressIn(site: DemoSite, said: Said, path = "/"): string {
  return `http://127.0.0.1:${site.port}${path}?${new URLSearchParams(said).toString()}`;
}

/** Longest that something may take that has to cross the server, on a busy machine. */
const ARRIVES_MS = 25_000;
const POLL_MS = 50;

/** Polls until `read` gives what the matcher says. Unlike `expect.poll` it serves tests that run side by side. */
export function eventually<T>(read: () => Promise<T> | T): {
  readonly toBe: (expected: T) => Promise<void>;
  readonly toEqual: (expected: unknown) => Promise<void>;
  readonly toMatch: (expected: RegExp) => Promise<void>;
  readonly toContain: (expected: string) => Promise<void>;
  readonly toBeGreaterThan: (expected: number) => Promise<void>;
} {
  const poll = async (check: (value: T) => void) => {
    const endMs = performance.now() + ARRIVES_MS;
    for (;;) {
      const isLast = performance.now() > endMs;
      try {
        return check(await read());
      } catch (error) {
        if (isLast) throw error;
      }
      await delay(POLL_MS);
    }
  };
  return {
    toBe: async (expected) => await poll((value) => expect(value).toBe(expected)),
    toEqual: async (expected) => await poll((value) => expect(value).toEqual(expected)),
    toMatch: async (expected) => await poll((value) => expect(value).toMatch(expected)),
    toContain: async (expected) => await poll((value) => expect(value).toContain(expected)),
    toBeGreaterThan: async (expected) => await poll((value) => expect(value).toBeGreaterThan(expected)),
  };
}
