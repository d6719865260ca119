/**
 * Listing and searching, over HTTP and against D1 as the consumer leaves it.
 * @module
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_PROJECT, parseProjectId } from "../../src/protocol/room-id.ts";
import { DocumentIndex } from "../../src/storage/d1/document-index.ts";
import { searchDocuments } from "../../src/storage/d1/document-search.ts";
import { addressOf, deliver, deletionOf, storedSummaryOf, summaryOf, versionOf } from "./queue-messages.ts";
import { failureOf, readJson, send } from "./router-requests.ts";

type Page = {
  readonly documents: readonly { readonly id: string; readonly updatedMs: number; readonly match?: string }[];
  readonly cursor: string | null;
};

const list = async (query: Record<string, string> = {}) =>
  await readJson<Page>(await send(`/v1/documents?${new URLSearchParams(query).toString()}`));
const find = async (query: Record<string, string>) => (await list(query)).documents.map((document) => document.id);

const PAPER = "The quick brown fox jumps over the lazy dog. ".repeat(4_000);
const CHINESE = "实时协作服务器把每一次按键先写入数据库，再发送给其他人。北京的秋天很美。";

beforeAll(async () => {
  await deliver([
    await storedSummaryOf("paper", 1, `${PAPER}Conclusion: zebras agree.`, {
      title: "On Foxes",
      editors: ["alice", "bob"],
      updatedMs: 5_000,
    }),
    await storedSummaryOf("team/中文", 2, CHINESE, {
      title: "协作指南",
      excerpt: "北京 2026",
      editors: ["bob"],
      updatedMs: 4_000,
    }),
    await storedSummaryOf("odd", 3, 'He said "NEAR" AND left; 100% of it, a_b\\c \u0002x\u0003', { updatedMs: 3_000 }),
    await storedSummaryOf("empty", 4, "", { title: "", excerpt: "", updatedMs: 2_000 }),
    await storedSummaryOf("gone", 5, "a secret fox", { updatedMs: 6_000 }),
    deletionOf("gone", 6),
  ]);
  const other = parseProjectId("other");
  if (!other.ok) throw new Error(other.error.reason);
  const { id } = addressOf("paper");
  const summary = { ...summaryOf("paper", 9), project: other.value, id, version: versionOf(9) };
  await new DocumentIndex(env.DB).putSummary(summary, "another fox");
});

describe("listing", () => {
  test("[RT40] documents are listed newest change first, deleted ones not", async () => {
    const { documents, cursor } = await list();
    expect(documents.map(({ id, updatedMs }) => [id, updatedMs])).toEqual([
      ["paper", 5_000],
      ["team/中文", 4_000],
      ["odd", 3_000],
      ["empty", 2_000],
    ]);
    expect(cursor).toBeNull();
    expect(documents[0]).toEqual({
      id: "paper",
      version: versionOf(1),
      title: "On Foxes",
      excerpt: "excerpt 1",
      words: 1,
      characters: 1,
      bytes: 1,
      editors: ["alice", "bob"],
      createdMs: 1_000,
      updatedMs: 5_000,
    });
  });

  test("[RT47] another project's documents are neither listed nor found", async () => {
    expect(await find({ query: "another" })).toEqual([]);
    expect(await find({ query: "fox" })).toEqual(["paper"]);
  });

  test("[RT44] title, text, editor and time narrow the list", async () => {
    expect(await find({ title: "foxes" })).toEqual(["paper"]);
    expect(await find({ text: "foxes" })).toEqual([]);
    expect(await find({ text: "lazy dog" })).toEqual(["paper"]);
    expect(await find({ editor: "bob" })).toEqual(["paper", "team/中文"]);
    expect(await find({ editor: "bo" })).toEqual([]);
    expect(await find({ changedSince: "3000" })).toEqual(["paper", "team/中文", "odd"]);
    expect(await find({ changedBefore: "1970-01-01T00:00:03Z" })).toEqual(["empty"]);
    expect(await find({ editor: "bob", changedSince: "4500", query: "fox" })).toEqual(["paper"]);
    expect(await find({ editor: "bob", title: "指南", text: "数据库" })).toEqual(["team/中文"]);
  });

  test.each([
    ["limit=0"],
    ["limit=101"],
    ["limit=x"],
    ["qurey=fox"],
    ["cursor=x"],
    ["changedSince=yesterday"],
    [`query=${"x".repeat(1_001)}`],
    [`query=${"x".repeat(129)}`],
    [`query=${Array.from({ length: 25 }, (_, index) => `w${index}`).join("+")}`],
  ])("[RT46] %s is 400", async (query) => {
    expect(await failureOf(await send(`/v1/documents?${query}`))).toMatch(/^400 /);
  });
});

describe("searching", () => {
  test.each([
    ["quick fox", ["paper"]],
    ["QUICK zebras", ["paper"]],
    ["zebras missing", []],
    ["ebra", ["paper"]],
    ["foxes", ["paper"]],
    ["数据库", ["team/中文"]],
    ["北京的秋天", ["team/中文"]],
    ["协作 指南 数据库", ["team/中文"]],
    ["team/", ["team/中文"]],
    ['"brown fox jumps"', ["paper"]],
    ['"fox brown"', []],
  ])("[RT41] %s finds %j", async (query, ids) => {
    expect(await find({ query })).toEqual(ids);
  });

  test.each([
    ["北京", ["team/中文"]],
    ["中文", ["team/中文"]],
    ["指南", ["team/中文"]],
    ["数据", ["team/中文"]],
    ["很美", ["team/中文"]],
    ["美。", ["team/中文"]],
    ["QU", ["paper"]],
    ["e.", ["paper"]],
    ["qv", []],
    ["京", ["team/中文"]],
    ["数", []],
    ["0%", ["odd"]],
    ["_b", ["odd"]],
    ["%", []],
    ["_", []],
    ["北京 数据库", ["team/中文"]],
    ["北京 fox", []],
  ])("[RT42] %s finds %j", async (query, ids) => {
    expect(await find({ query })).toEqual(ids);
  });

  test.each([
    ["NEAR", ["odd"]],
    ["AND left", ["odd"]],
    ['said "NEAR"', ["odd"]],
    ["100%", ["odd"]],
    ["a_b\\c", ["odd"]],
    ["body:fox", []],
    ["fox*", []],
    ["fox OR zebra", []],
    ["-fox", []],
    ["(fox", []],
    ["fox'; DROP TABLE documents; --", []],
    ['"', ["paper", "team/中文", "odd", "empty"]],
    ["^fox {title}: +", []],
  ])("[RT43] %s is text and finds %j", async (query, ids) => {
    expect(await find({ query })).toEqual(ids);
  });

  test("[RT45] a passage marks what was found", async () => {
    const [paper] = (await list({ query: "zebras" })).documents;
    expect(paper?.match).toContain("\u0002zebras\u0003");
    expect(paper?.match?.length).toBeLessThan(120);
    const [chinese] = (await list({ query: "数据库" })).documents;
    expect(chinese?.match).toContain("\u0002数据库\u0003");
    const [titled] = (await list({ title: "foxes" })).documents;
    expect(titled?.match).toBe("On \u0002Foxes\u0003");
    expect((await list()).documents[0]).not.toHaveProperty("match");
    expect((await list({ query: "北京" })).documents[0]).not.toHaveProperty("match");
  });
});

describe("paging", () => {
  test("[RT40] pages give each unchanged document once while others change between them", async () => {
    const ids = Array.from({ length: 23 }, (_, index) => `page-${String(index).padStart(2, "0")}`);
    // Groups share a time: the order within one must hold too.
    await deliver(ids.map((id, index) => summaryOf(id, 1, { updatedMs: 100_000 + Math.floor(index / 4) })));
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Page = await list({
        title: "Title",
        changedSince: "100000",
        limit: "5",
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...page.documents.map((document) => document.id));
      cursor = page.cursor;
      pages += 1;
      // What was seen moves to the front, but for what the cursor points at; and a new one comes.
      const moved = page.documents
        .slice(0, -1)
        .map(({ id }) => summaryOf(id, 1 + pages, { updatedMs: 200_000 + pages }));
      await deliver([...moved, summaryOf(`late-${pages}`, 1, { updatedMs: 300_000 })]);
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(ids);
    expect(pages).toBe(5);
  });

  test("[RT48] pages by id give each document once while every one of them changes and others come", async () => {
    const ids = ["/", "A%", "Z", "a", "a/b", "ä", "日本", "🦉"].map((id) => `steady-${id}`);
    await deliver(ids.map((id, at) => summaryOf(id, 1, { title: "steadiness", updatedMs: 400_000 + at })));
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let pages = 1; pages === 1 || cursor !== null; pages += 1) {
      const after = cursor === null ? {} : { cursor };
      const page: Page = await list({ order: "id", title: "steadiness", limit: "3", ...after });
      seen.push(...page.documents.map(({ id }) => id));
      cursor = page.cursor;
      const changed = ids.map((id) => summaryOf(id, 1 + pages, { title: "steadiness", updatedMs: 500_000 - pages }));
      await deliver([...changed, summaryOf(`steady-${pages}`, 1, { title: "steadiness", updatedMs: 1 })]);
    }
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
    expect(await failureOf(await send(`/v1/documents?order=id&cursor=${btoa("[1,2]")}`))).toMatch(/^400 /);
    expect(await failureOf(await send("/v1/documents?order=title"))).toMatch(/^400 /);
  });

  test("[RT48] an index gives pages by id their order", async () => {
    const asked: string[] = [];
    const db = new Proxy(env.DB, {
      get: (target, name) => (name === "prepare" ? (sql: string) => (asked.push(sql), target.prepare(sql)) : undefined),
    });
    const page = await searchDocuments(db, DEFAULT_PROJECT, { order: "id", limit: 2 });
    if (!page.ok || page.value.cursor === null) throw new Error("there are more than two");
    await searchDocuments(db, DEFAULT_PROJECT, { order: "id", limit: 2, cursor: page.value.cursor });
    const plans = asked.map(async (sql) => {
      const values = sql.replaceAll(/[^?]/g, "").split("");
      const explained = env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values);
      const { results } = await explained.all<{ detail: string }>();
      return results.map(({ detail }) => detail);
    });
    expect(await Promise.all(plans)).toEqual([
      ["SEARCH d USING INDEX sqlite_autoindex_documents_1 (project=?)"],
      ["SEARCH d USING INDEX sqlite_autoindex_documents_1 (project=? AND id>?)"],
    ]);
  });

  test("[RT40] the last page says so, also when it is full", async () => {
    await deliver(["one", "two"].map((id) => summaryOf(`full-${id}`, 1, { title: "fullness", updatedMs: 1 })));
    expect((await list({ title: "fullness", limit: "1" })).cursor).not.toBeNull();
    const page = await list({ title: "fullness", limit: "2" });
    expect([page.documents.length, page.cursor]).toEqual([2, null]);
  });
});
