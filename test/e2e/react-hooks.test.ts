/**
 * The hooks in a browser: two pages of one application, built as its bundler would.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/widget-pages.ts";
import { type Stage, startStage } from "../support/widget-scene.ts";

/** Shows what the hooks say as JSON, in strict mode; points and waves where its visitor does. */
const APPLICATION = `
  import { StrictMode, createElement as h, useState } from "react";
  import { createRoot } from "react-dom/client";
  import * as roost from "./client/react/index.ts";

  const { url, name } = Object.fromEntries(new URLSearchParams(location.search));
  const renders = { others: 0, cursors: 0, count: 0 };
  const Show = ({ id, value }) => h("pre", { id }, JSON.stringify(value));
  const Others = () => {
    renders.others += 1;
    return h(Show, { id: "others", value: roost.useOthers((others) => others.map(({ user }) => user.name)) });
  };
  const Cursors = () => {
    renders.cursors += 1;
    const cursors = roost.useCursors();
    return h(Show, { id: "cursors", value: [...cursors.values()].map(({ x, y }) => [x, y]) });
  };
  const Count = () => {
    renders.count += 1;
    return h(Show, { id: "count", value: roost.useCount() });
  };
  const Board = () => {
    const presence = roost.usePresence();
    const broadcast = roost.useBroadcast();
    const [waves, setWaves] = useState(0);
    roost.useEventListener("wave", () => setWaves((before) => before + 1));
    const point = ({ clientX, clientY }) =>
      presence.setCursor({ anchor: "board", x: clientX / innerWidth, y: clientY / innerHeight });
    return h("button", { id: "board", onPointerMove: point, onClick: () => broadcast("wave") }, String(waves));
  };
  const Page = () => {
    const [isThere, setThere] = useState(true);
    const room = h(roost.RoostProvider, { options: { url, room: "react", user: { name } } },
      h(Others), h(Cursors), h(Count), h(Board));
    return h("main", {}, h("button", { id: "leave", onClick: () => setThere(false) }, "leave"), isThere && room);
  };
  window.renders = renders;
  createRoot(document.body.appendChild(document.createElement("div"))).render(h(StrictMode, {}, h(Page)));
`;

let stage: Stage;
let site: string;
const server = createServer();

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: APPLICATION, resolveDir: join(import.meta.dirname, "../.."), loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"development"' },
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  server.on("request", ({ url }, response) => {
    const isScript = url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript; charset=utf-8" : "text/html" });
    const html =
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
    response.end(isScript ? script : html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port");
  site = `http://127.0.0.1:${address.port}/`;
  stage = await startStage();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await stage.stop();
});

/** What a hook says. */
const said = async (page: Page, id: string): Promise<unknown> => JSON.parse(await page.locator(`#${id}`).innerText());
const rendersOf = async (page: Page) =>
  await page.evaluate((): Readonly<Record<string, number>> => ({ ...Reflect.get(window, "renders") }));

describe("React in a browser", () => {
  it("[CP30] [CP34] two pages see each other come, point, wave and go; what has not changed is not rendered", async (test) => {
    const { person, errors } = await stage.scene(test);
    const open = async (name: string) => {
      const page = await (await person()).context.newPage();
      await page.goto(`${site}?${new URLSearchParams({ url: stage.server.url, name }).toString()}`);
      return page;
    };
    const alice = await open("Alice");
    await eventually(() => said(alice, "count")).toEqual({ people: 1, connections: 1 });
    const bob = await open("Bob");
    await eventually(() => said(alice, "others")).toEqual(["Bob"]);
    await eventually(() => said(bob, "others")).toEqual(["Alice"]);
    // Strict mode mounts twice; that is one visit.
    for (const page of [alice, bob]) await eventually(() => said(page, "count")).toEqual({ people: 2, connections: 2 });
    const before = await rendersOf(alice);
    await bob.locator("#board").hover();
    const { width, height } = bob.viewportSize() ?? { width: 1, height: 1 };
    const box = await bob.locator("#board").boundingBox();
    if (box === null) throw new Error("no board");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await eventually(async () => JSON.stringify(await said(alice, "cursors"))).toMatch(/^\[\[0\.\d+,0\.\d+\]\]$/);
    await eventually(async () => {
      const [[seenX = 0, seenY = 0] = []] = (await said(alice, "cursors")) as number[][];
      return Math.max(Math.abs(seenX - x / width), Math.abs(seenY - y / height)) < 0.01;
    }).toBe(true);
    expect(await said(bob, "cursors")).toEqual([]);
    const after = await rendersOf(alice);
    expect([after["others"], after["count"]]).toEqual([before["others"], before["count"]]);
    expect(after["cursors"]).toBeGreaterThan(before["cursors"] ?? Infinity);
    await bob.locator("#board").click();
    for (const page of [alice, bob]) await eventually(() => page.locator("#board").innerText()).toBe("1");
    await bob.locator("#leave").click();
    await eventually(() => said(alice, "others")).toEqual([]);
    await eventually(() => said(alice, "cursors")).toEqual([]);
    await eventually(() => said(alice, "count")).toEqual({ people: 1, connections: 1 });
    expect(errors()).toEqual([]);
  });
});
