/**
 * The games' pages around the games: the lobby, seats, looks. In Chromium, against a real server.
 */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestBrowsers, startBrowsers } from "../support/browser.ts";
import { eventually, overflowOf, unexplained, whenReady } from "../support/demo-pages.ts";
import { discsOn, follow, lineOf, openGamePage, openNewRoom, roomOf, square } from "../support/game-people.ts";
import { type TestServer, startServer } from "../support/server.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true } as const;

let server: TestServer;
let browsers: TestBrowsers;

beforeAll(async () => {
  [server, browsers] = await Promise.all([startServer(), startBrowsers()]);
});
afterAll(async () => {
  const errors = unexplained(browsers.errors());
  await browsers.close();
  await server.stop();
  // A refused seat is an answer with a status that Chromium reports.
  expect(errors.filter((error) => !/^Failed to load resource: .*\/matchmake\//.test(error))).toEqual([]);
});

/** What axe finds, one line each. Evaluated as a debugger does: no policy of the page forbids it. */
async function violationsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    // SAFETY: the script above sets it.
    const { violations } = await (Reflect.get(window, "axe") as typeof axe).run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

describe("the lobby", () => {
  it("[CG1] rooms come, fill and go while it is open, and lead to a seat or to watching", async () => {
    const lobby = await openGamePage(browsers, server.url, "games?game=board");
    await whenReady(lobby);
    const alice = await openNewRoom(browsers, server.url, "board");
    const room = lobby.locator(`[data-room="${roomOf(alice)}"]`);
    await room.getByTestId("join").click();
    await whenReady(lobby);
    await eventually(() => lineOf(alice)).toBe("Your turn.");
    const second = await openGamePage(browsers, server.url, "games?game=board");
    const full = second.locator(`[data-room="${roomOf(alice)}"]`);
    await full.getByText("playing").waitFor();
    expect(await full.getByTestId("join").count()).toBe(0);
    await full.getByTestId("watch").click();
    await eventually(() => alice.getByTestId("watching").textContent()).toBe("1 person watches.");
    const third = await openGamePage(browsers, server.url, "games?game=board");
    const listed = third.locator(`[data-room="${roomOf(alice)}"]`);
    await listed.waitFor();
    for (const page of [alice, lobby, second]) await page.getByTestId("leave").click();
    await listed.waitFor({ state: "detached" });
  });

  it("[CG1] who plays now with anybody meets who waits", async () => {
    const [alice, bob] = [
      await openGamePage(browsers, server.url, "games?game=board"),
      await openGamePage(browsers, server.url, "games?game=board"),
    ];
    for (const page of [alice, bob]) {
      await page.getByTestId("quick").click();
      await page.getByTestId("line").waitFor();
      await whenReady(page);
    }
    await eventually(() => alice.getByTestId("player").count()).toBe(2);
    expect(roomOf(bob)).toBe(roomOf(alice));
  });

  it("[CG1] a room that is full says so, and can be watched; one that is gone says so", async () => {
    const alice = await openNewRoom(browsers, server.url, "board");
    await follow(browsers, alice);
    const late = await openGamePage(browsers, server.url, `board?room=${roomOf(alice)}`);
    await eventually(() => late.getByTestId("banner").textContent()).toContain("full");
    await late.getByTestId("watch-instead").click();
    await whenReady(late);
    await eventually(() => lineOf(late)).toContain("’s turn.");
    const lost = await openGamePage(browsers, server.url, "board?room=NoSuchRoom");
    await eventually(() => lost.getByTestId("banner").textContent()).toMatch(/\w+.*Try again/);
  });
});

describe("a seat", () => {
  it("[CG6] outlives a reload and a server that is killed in the middle of a game", async () => {
    const alice = await openNewRoom(browsers, server.url, "board");
    const bob = await follow(browsers, alice);
    await eventually(() => lineOf(alice)).toBe("Your turn.");
    await square(alice, "d3").click();
    await eventually(() => lineOf(bob)).toBe("Your turn.");
    await bob.reload();
    await whenReady(bob);
    await eventually(() => lineOf(bob)).toBe("Your turn.");
    const before = await discsOn(bob);
    await server.kill9();
    for (const page of [alice, bob]) await eventually(() => page.getByTestId("status").textContent()).toBe("Connected");
    expect(await discsOn(bob)).toBe(before);
    // A page may say for a moment that it is connected to the server that was killed.
    await eventually(async () => {
      await square(bob, "c3").click();
      return await lineOf(alice);
    }).toBe("Your turn.");
    await alice.getByTestId("banner").waitFor({ state: "hidden" });
  });

  it("[CG8] a page that cannot reach its server keeps the seat for when it can", async () => {
    const alice = await openNewRoom(browsers, server.url, "board");
    const bob = await follow(browsers, alice);
    await eventually(() => lineOf(alice)).toBe("Your turn.");
    await bob.route("**/matchmake/**", async (route) => await route.abort());
    await bob.reload();
    await bob.getByTestId("banner").getByText("Try again").waitFor();
    await bob.unroute("**/matchmake/**");
    await bob.getByTestId("banner").getByText("Try again").click();
    await whenReady(bob);
    await square(alice, "d3").click();
    await eventually(() => lineOf(bob)).toBe("Your turn.");
  });

  it("[CG6] who has no line is told, plays on where it comes back, and others see who is away", async () => {
    const alice = await openNewRoom(browsers, server.url, "board");
    const bob = await follow(browsers, alice);
    await eventually(() => lineOf(alice)).toBe("Your turn.");
    await bob.context().setOffline(true);
    await bob.getByTestId("banner").getByText("Your seat is kept").waitFor();
    await alice.getByText("(away)").waitFor();
    await square(alice, "d3").click();
    await bob.context().setOffline(false);
    await eventually(() => lineOf(bob)).toBe("Your turn.");
    await bob.getByTestId("banner").waitFor({ state: "hidden" });
    await eventually(() => alice.getByText("(away)").count()).toBe(0);
  });

  it("[CG6] who leaves gives it back at once", async () => {
    const alice = await openNewRoom(browsers, server.url, "board");
    const bob = await follow(browsers, alice);
    await bob.getByTestId("leave").click();
    await eventually(() => lineOf(alice)).toBe("You win: the other side has left.");
    await bob.getByTestId("rooms").waitFor();
    await bob
      .locator(`[data-room="${roomOf(alice)}"]`)
      .getByTestId("join")
      .waitFor();
  });
});

describe("looks", () => {
  it.each(["games", "board", "arena", "relay"])("[CG7] axe finds nothing on %s, in light and dark", async (path) => {
    const page = await openGamePage(browsers, server.url, `${path}?new=1`);
    await whenReady(page);
    if (path !== "games") await page.getByTestId("net-toggle").click();
    expect(await violationsOn(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await violationsOn(page)).toEqual([]);
  });

  it.each(["games", "board", "arena", "relay"])(
    "[CG7] %s is no wider than 360 px, and a thumb hits what it has to",
    async (path) => {
      const page = await openGamePage(browsers, server.url, `${path}?new=1`, PHONE);
      await whenReady(page);
      if (path !== "games") await page.getByTestId("net-toggle").tap();
      expect(await overflowOf(page)).toBe(0);
      const small = await page
        .locator("button:visible:not(.square, .tile), a.button:visible, .bar a:visible")
        .evaluateAll((all) =>
          all.flatMap((control) => {
            const { width, height } = control.getBoundingClientRect();
            return width >= 44 && height >= 44 ? [] : [`${control.outerHTML} ${width} × ${height}`];
          }),
        );
      expect(small).toEqual([]);
    },
  );
});
