/**
 * What the SDK has decoded in a page is what its room has, after every frame, through sleep, restarts and a kill.
 */
import type { Page } from "playwright-core";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestBrowsers, startBrowsers } from "../support/browser.ts";
import type { MirrorPage, MirrorReport } from "../support/mirror-page.ts";
import { type Mirrored, joinMirror, meet, putToSleep, restartRoom, wrongOf } from "../support/mirror-world.ts";
import { Random } from "../support/random.ts";
import { SdkWorld, WAIT } from "../support/sdk-world.ts";

const ENTRY = new URL("../support/mirror-page.ts", import.meta.url).pathname;
const EVICTIONS = 20;

let world: SdkWorld;
let browsers: TestBrowsers;
let script: string;
beforeAll(async () => {
  [world, browsers, script] = await Promise.all([SdkWorld.start(), startBrowsers(), bundle()]);
});
afterAll(async () => {
  await browsers.close();
  await world.leaveAll();
  await world.server.stop();
});

async function bundle(): Promise<string> {
  const built = await build({
    entryPoints: [ENTRY],
    ...{ bundle: true, write: false, format: "iife", platform: "browser", target: "es2024", logLevel: "error" },
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return built.outputFiles[0]?.text ?? "";
}

declare const mirror: MirrorPage;

/** A page of this server that is in the room. */
async function openPage(roomId: string): Promise<Page> {
  const { context } = await browsers.person();
  const page = await context.newPage();
  // Any page of the server: its policy lets it speak with its own server.
  await page.goto(`${world.server.url}/games`);
  await page.evaluate(script);
  await page.evaluate(async ([url, id]) => await mirror.join(url, id), [
    `${world.server.url}?user=page`,
    roomId,
  ] as const);
  return page;
}

async function reportOf(page: Page): Promise<MirrorReport> {
  return await page.evaluate(() => mirror.report());
}

async function meetPage(all: readonly Mirrored[], page: Page): Promise<void> {
  const turn = await meet(all);
  await expect.poll(async () => (await reportOf(page)).turn, WAIT).toBeGreaterThanOrEqual(turn);
}

test("[RO86] in Chromium: random play through evictions, restarts and a kill, beside a client in Node", async () => {
  const random = new Random(7);
  const alice = await joinMirror(world);
  const { roomId } = alice.room;
  const page = await openPage(roomId);
  const playAll = async (): Promise<void> => {
    alice.play(random.below(2 ** 31));
    await page.evaluate((seed) => mirror.play(seed), random.below(2 ** 31));
  };
  for (let round = 0; round < EVICTIONS; round += 1) {
    await playAll();
    if (random.below(2) === 0) await meetPage([alice], page);
    await putToSleep(world, roomId);
  }
  await playAll();
  await meetPage([alice], page);
  await restartRoom(world, roomId);
  await expect.poll(async () => (await reportOf(page)).drops, WAIT).toBeGreaterThan(0);
  await playAll();
  await meetPage([alice], page);
  const { drops } = await reportOf(page);
  await world.server.kill9();
  await expect.poll(async () => (await reportOf(page)).drops, WAIT).toBeGreaterThan(drops);
  await meetPage([alice], page);
  const before = await reportOf(page);
  await expect
    .poll(async () => {
      await playAll();
      return (await reportOf(page)).same;
    }, WAIT)
    .toBeGreaterThan(before.same + 3);
  const { same, wrong } = await reportOf(page);
  expect([wrong, wrongOf([alice])]).toEqual([0, []]);
  expect(same).toBeGreaterThan(EVICTIONS);
});
