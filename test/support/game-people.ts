/**
 * What people do and see on the games' pages.
 * @module
 */
import type { Locator, Page } from "playwright-core";
import type { BrowserOptions, TestBrowsers } from "./browser.ts";
import { eventually, whenReady } from "./demo-pages.ts";

export type GamePage = "board" | "arena" | "relay";

/** A page of somebody new; `query` is what the address asks for. */
export async function openGamePage(
  browsers: TestBrowsers,
  url: string,
  path: string,
  options: BrowserOptions = {},
): Promise<Page> {
  const { context } = await browsers.person(options);
  const page = await context.newPage();
  await page.goto(`${url}/${path}`);
  return page;
}

/** In a room of its own; resolves once the game shows. */
export async function openNewRoom(
  browsers: TestBrowsers,
  url: string,
  game: GamePage,
  options: BrowserOptions & { readonly turnSeconds?: number } = {},
): Promise<Page> {
  const { turnSeconds = 0, ...browser } = options;
  const page = await openGamePage(browsers, url, `${game}?new=1&turn=${turnSeconds}`, browser);
  await whenReady(page);
  return page;
}

/** Into the room of `page`, as its link leads there. */
export async function follow(
  browsers: TestBrowsers,
  page: Page,
  options: BrowserOptions & { readonly watches?: boolean } = {},
) {
  const { watches = false, ...browser } = options;
  const { origin, pathname, search } = new URL(page.url());
  const path = `${pathname.slice(1)}${search}${watches ? "&watch=1" : ""}`;
  const other = await openGamePage(browsers, origin, path, browser);
  await whenReady(other);
  return other;
}

export function roomOf(page: Page): string {
  return new URL(page.url()).searchParams.get("room") ?? "";
}

/** What the page of a board says of the game. */
export async function lineOf(page: Page): Promise<string | null> {
  return await page.getByTestId("line").textContent();
}

/** The discs, row by row: `.`, `d`, `l`. */
export async function discsOn(page: Page): Promise<string> {
  const squares = page.getByTestId("square");
  return await squares.evaluateAll((all) =>
    all.map((square) => (square instanceof HTMLElement ? square.dataset["disc"]?.[0] : undefined) ?? ".").join(""),
  );
}

export function square(page: Page, name: string): Locator {
  const index = "abcdefgh".indexOf(name[0] ?? "") + 8 * (Number(name[1]) - 1);
  return page.getByTestId("square").nth(index);
}

/** The colours of the tiles that are painted, by their places. */
export async function paintOn(page: Page): Promise<Readonly<Record<string, string>>> {
  return await page.getByTestId("tile").evaluateAll((all) =>
    Object.fromEntries(
      all.flatMap((tile, index) => {
        const paint = tile instanceof HTMLElement ? tile.dataset["paint"] : undefined;
        return paint === undefined || paint === "" ? [] : [[String(index), paint]];
      }),
    ),
  );
}

/** Where the server has this page's runner. */
export async function runnerOf(page: Page): Promise<readonly [x: number, y: number]> {
  const place = (await page.getByTestId("badge").getAttribute("data-place")) ?? "";
  const [x = 0, y = 0] = place.split(",").map(Number);
  return [x, y];
}

/** Until the runner of `page` has gone from `from` in a direction, in units of the arena. */
export async function whenRunFrom(page: Page, from: readonly [number, number], along: readonly [number, number]) {
  const farEnough = 300;
  await eventually(async () => {
    const [x, y] = await runnerOf(page);
    return (x - from[0]) * along[0] + (y - from[1]) * along[1] > farEnough;
  }).toBe(true);
}
