/**
 * What README tells people to write for their provider or editor, as it stands there: bundled with the published packages, opened in a
 * browser beside a real server, typed into by keyboard.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DocumentManager } from "@y-sweet/sdk";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestBrowsers, startBrowsers } from "../../support/browser.ts";
import {
  type ClosedServer,
  type Project,
  ask,
  createProject,
  startClosedServer,
  tokenFor,
} from "../../support/closed-server.ts";
import { type TestServer, startServer } from "../../support/server.ts";
import { eventually } from "../../support/widget-pages.ts";
import { type BackEnd, backEndOf } from "./back-end.ts";
import { type PageSource, bundlePages } from "./bundle.ts";
import { anatomyOf, openEditor, textIn, typeInto } from "./editing.ts";
import { EDITORS } from "./installed.ts";
import { rowPages } from "./row-pages.ts";
import { type Site, startSite } from "./site.ts";
import { LOCAL_HOST, rowsIn, snippetsIn } from "./snippets.ts";

const README = readFileSync(resolve(import.meta.dirname, "../../../README.md"), "utf8");
const SNIPPETS = snippetsIn(README);
const ROWS = rowsIn(README);
/** Those of README's modules that share a text, each by another family; Y-Sweet's is CodeMirror with the provider of its line. */
const TOGETHER = ["CodeMirror, by y-websocket", "Monaco, by YProvider", "Quill, by Hocuspocus"];
const Y_SWEET = "y-sweet-together";
const SHARED_ID = "notes";
const ALONE = SNIPPETS.filter(({ title }) => !TOGETHER.includes(title));
/** README leaves them to another package. */
const NO_CARETS = "Slate, by Hocuspocus";
/** Documents of those. */
const IDS = ["tiptap", "prosemirror", "blocknote", "lexical", "slate"];
const DEPLOYED_ID = "team/notes";
/** Words of people who type at once are told apart by their letters. */
const ALPHABETS = [
  "abcdefghijklmnopqrstuvwxyz",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  "01234567890123456789",
  "αβγδεζηθικλμνξο",
];

/** Pages that open side by side; if all did, each would take as long as all of them. */
const AT_ONCE = 4;

let open: TestServer;
let closed: ClosedServer;
let project: Project;
let browsers: TestBrowsers;
/** Of an application on the open server, and of one on the closed. */
let sites: readonly [Site, Site];
let backEnd: BackEnd;
let rowNames: readonly string[];
const refused: string[] = [];
let visits = 0;
const lanes: Promise<unknown>[] = [];

beforeAll(async () => {
  [open, closed, browsers] = await Promise.all([startServer(), startClosedServer(), startBrowsers()]);
  const openHost = new URL(open.url).host;
  const rows = rowPages(ROWS, new URL(closed.url).host);
  rowNames = rows.map(({ name }) => name);
  const snippets = SNIPPETS.map((snippet) => ({
    ...snippet,
    name: nameOf(snippet.title),
    code: snippet.code.replaceAll(LOCAL_HOST, openHost),
  }));
  const assets = await bundlePages([...snippets, ...rows, ySweetWithOthers(openHost)]);
  const token = async () =>
    await tokenFor(project, "alice", { rooms: { [`document:${DEPLOYED_ID}`]: ["read", "write", "presence"] } });
  const manager = new DocumentManager(`ys://${openHost}`);
  sites = await Promise.all([
    startSite({ assets, token, ySweetToken: async (docId) => await manager.getOrCreateDocAndToken(docId) }),
    startSite({ assets, token, ySweetToken: async (docId) => await backEnd(docId) }),
  ]);
  project = await createProject(closed, "editors", { origins: [sites[1].url] });
  backEnd = await backEndOf(ROWS, new URL(closed.url).host, project.secretKey);
}, 120_000);

afterAll(async () => {
  await browsers.close();
  await Promise.all([...sites.map((site) => site.stop()), open.stop(), closed.stop()]);
});

function nameOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z]+/g, "-");
}

function ySweetWithOthers(host: string): PageSource {
  const page = rowPages(ROWS, host).find(({ name }) => name === "y-sweet");
  if (page === undefined) throw new Error("Y-Sweet has a line");
  return { ...page, name: Y_SWEET, code: page.code.replaceAll(DEPLOYED_ID, SHARED_ID) };
}

/** A browser of their own for each: tabs of one pass on edits without a server. */
async function openPage(site: Site, name: string): Promise<Page> {
  const { context } = await browsers.person();
  const page = await context.newPage();
  await openEditor(page, `${site.url}/${name}`, refused);
  return page;
}

/** Opens the page of a module in its turn. */
async function visit(site: Site, name: string): Promise<Page> {
  const lane = visits % AT_ONCE;
  visits += 1;
  const opened = (lanes[lane] ?? Promise.resolve()).then(async () => await openPage(site, name));
  lanes[lane] = opened.catch(() => undefined);
  return await opened;
}

/** What the server holds, white space as in `textIn`. */
async function stored(server: TestServer, id: string, credential = ""): Promise<string> {
  const { status, text } = await ask(server, credential, `/v1/documents/${encodeURIComponent(id)}/content?format=text`);
  return status === 200 ? text.replaceAll(/\s+/g, " ").trim() : `${status}`;
}

/** What of `text` is in `alphabet`. */
function wordsOf(text: string, alphabet: string): string {
  return [...text].filter((letter) => alphabet.includes(letter)).join("");
}

/** All type at once, each in letters of their own; resolves with the text that everybody has, and the server, in the end. */
async function typeTogether(
  pages: readonly Page[],
  words: readonly string[],
  storedText: () => Promise<string>,
): Promise<string> {
  await Promise.all(pages.map(async (page, index) => await typeInto(page, words[index] ?? "")));
  const letters = words.join("").length;
  await eventually(async () => {
    const texts = await Promise.all([...pages.map(textIn), storedText()]);
    return { lengths: [...new Set(texts.map(({ length }) => length))], texts: new Set(texts).size };
  }).toEqual({ lengths: [letters], texts: 1 });
  return await storedText();
}

describe("what README shows", () => {
  test.concurrent.for(ALONE)(
    "[CF60] $title: what one types another sees, and the server has",
    async ({ title, code }) => {
      const id = IDS.find((known) => code.includes(`"${known}"`)) ?? title;
      // One after the other: who opens an empty document at the same moment as others may find a second empty line in it.
      const alice = await visit(sites[0], nameOf(title));
      await typeInto(alice, "hello Bob");
      const bob = await visit(sites[0], nameOf(title));
      await eventually(() => textIn(bob)).toBe("hello Bob");
      if (title !== NO_CARETS) await bob.getByText("Alice", { exact: true }).first().waitFor({ state: "attached" });
      await typeInto(bob, ", hello Alice");
      try {
        await eventually(() => textIn(alice)).toBe("hello Bob, hello Alice");
      } catch (error) {
        const anatomies = await Promise.all([alice, bob].map(anatomyOf));
        throw new Error(["the text is another", ...anatomies, await stored(open, id)].join("\n"), { cause: error });
      }
      await eventually(() => stored(open, id)).toBe("hello Bob, hello Alice");
    },
  );

  test.concurrent("[CF61] editors of four families type into one text at once, and all hold the same", async () => {
    const names = [...TOGETHER.map(nameOf), Y_SWEET];
    const pages = await Promise.all(names.map((name) => visit(sites[0], name)));
    const text = await typeTogether(pages, ALPHABETS, async () => await stored(open, SHARED_ID));
    expect(ALPHABETS.map((alphabet) => wordsOf(text, alphabet))).toEqual(ALPHABETS);
  });

  test.concurrent("[CF62] every line of the table opens a document of a closed server, and all of them hold the same", async () => {
    const pages = await Promise.all(rowNames.map((name) => visit(sites[1], name)));
    const words = pages.map((_, index) => String.fromCodePoint(0x61 + index).repeat(10));
    const text = await typeTogether(pages, words, async () => await stored(closed, DEPLOYED_ID, project.secretKey));
    expect(words.map((word) => wordsOf(text, word))).toEqual(words);
  });
});

test("[CF60] every editor that is installed for README's modules is in one of them", () => {
  const code = SNIPPETS.map((snippet) => snippet.code).join("\n");
  const isImported = (name: string) => code.includes(`from "${name}"`) || code.includes(`from "${name}/`);
  expect(Object.keys(EDITORS).filter((name) => !isImported(name))).toEqual([]);
  expect(Object.values(EDITORS)).toEqual(Object.values(EDITORS).map(() => expect.stringMatching(/^file:/)));
});

test("[CF60] nothing failed on any of these pages, and nothing was refused them", () => {
  expect({ errors: browsers.errors(), refused }).toEqual({ errors: [], refused: [] });
});
