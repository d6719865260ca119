/**
 * Documents edited in words over REST.
 */
import { describe, expect, test } from "vitest";
import { readJson, readProblem, send } from "./router-requests.ts";

type Written = { readonly version: string; readonly changed: boolean };

const content = (id: string) => `/v1/documents/${id}/content`;

async function put(id: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return await send(content(id), { method: "PUT", body, headers: { "content-type": "text/markdown", ...headers } });
}

async function patch(id: string, operations: readonly unknown[], headers: Record<string, string> = {}) {
  const body = JSON.stringify(operations);
  return await send(content(id), {
    method: "PATCH",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

const read = async (id: string, format: string) => await (await send(`${content(id)}?format=${format}`)).text();

describe("Markdown over REST", () => {
  test("[FE16] a document is seeded once, however many come at once, and never after it had content", async () => {
    const seeds = await Promise.all(
      ["one", "two", "three"].map((text) => put("seeded", text, { "if-none-match": "*" })),
    );
    expect(seeds.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412]);
    const seeded = await read("seeded", "markdown");
    expect(["one\n", "two\n", "three\n"]).toContain(seeded);
    await put("seeded", "");
    expect((await put("seeded", "again", { "if-none-match": "*" })).status).toBe(412);
  });

  test("[RT400] what is put is read in every format, and changes nothing the second time", async () => {
    const first = await readJson<Written>(await put("formats", "# Plan\n\n- **one**\n- [two](https://a.example)\n"));
    const again = await put("formats", "# Plan\n\n- **one**\n- [two](https://a.example)\n");
    expect(await readJson<Written>(again)).toEqual({ version: first.version, changed: false });
    expect(again.headers.get("etag")).toBe(`"${first.version}"`);
    expect(await read("formats", "markdown")).toBe("# Plan\n\n- **one**\n- [two](https://a.example)\n");
    const html = await send(`${content("formats")}?format=html`);
    expect(html.headers.get("content-security-policy")).toContain("sandbox");
    expect(await html.text()).toContain("<h1>Plan</h1><ul><li><p><strong>one</strong></p></li>");
    const json = await read("formats", "prosemirror");
    expect(JSON.parse(json)).toMatchObject({ type: "doc", content: [{ type: "heading", attrs: { level: 1 } }, {}] });
    const same = await put("formats", json, { "content-type": "application/json" });
    expect(await readJson<Written>(same)).toEqual({ version: first.version, changed: false });
  });

  test("[FE17] If-Match lets one of two through, and tells the other which version it is by now", async () => {
    const { version } = await readJson<Written>(await put("raced", "old"));
    const answers = await Promise.all(["a", "b"].map((text) => put("raced", text, { "if-match": `"${version}"` })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 412]);
    const [late, won] = [answers[statuses.indexOf(412)], answers[statuses.indexOf(200)]];
    expect(late?.headers.get("etag")).toBe(won?.headers.get("etag"));
  });
});

describe("operations over REST", () => {
  test("[FE18] operations are all made, or none, and a 422 names the one that does not fit", async () => {
    expect((await patch("patched", [{ op: "add", path: "/meta/status", value: "draft" }])).status).toBe(200);
    const refused = await patch("patched", [
      { op: "replace", path: "/meta/status", value: "final" },
      { op: "test", path: "/meta/owner", value: "alice" },
    ]);
    expect(await readProblem(refused)).toMatchObject({ status: 422, detail: "operation 1: nothing is there" });
    expect(JSON.parse(await read("patched", "json"))).toEqual({ meta: { type: "map", entries: { status: "draft" } } });
    for (const operation of [
      null,
      7,
      {},
      { op: "splice", path: "/meta", index: 0 },
      { op: "add", path: "x", value: 1 },
    ]) {
      expect(await readProblem(await patch("patched", [operation]))).toMatchObject({ status: 422 });
    }
    expect((await patch("patched", [])).status).toBe(400);
  });

  test("[FE14] an anchor stays where it stands while others edit around it", async () => {
    await patch("anchored", [{ op: "splice", path: "/note", index: 0, insert: "hello world" }]);
    const body = JSON.stringify({ path: "/note", index: 6 });
    const headers = { "content-type": "application/json" };
    const made = await send("/v1/documents/anchored/anchors", { method: "POST", body, headers });
    const { anchor } = await readJson<{ readonly anchor: string }>(made);
    await patch("anchored", [{ op: "splice", path: "/note", index: 0, insert: "Oh, " }]);
    expect((await patch("anchored", [{ op: "splice", anchor, insert: "big " }])).status).toBe(200);
    expect(await read("anchored", "text")).toBe("Oh, hello big world");
    const nowhere = await patch("anchored", [{ op: "splice", anchor: "AAAA", insert: "x" }]);
    expect(await readProblem(nowhere)).toMatchObject({ status: 422 });
  });

  test("[RT401] what is no edit is refused before the room hears of it", async () => {
    const typed = { "content-type": "text/plain" };
    expect((await put("refused", "x", typed)).status).toBe(415);
    expect((await put("refused", "x".repeat(256 * 1024 + 1))).status).toBe(413);
    expect((await put("refused", "x", { "if-none-match": '"1"' })).status).toBe(400);
    expect((await put("refused", "{", { "content-type": "application/json" })).status).toBe(422);
  });
});

describe("what cannot be meant", () => {
  const nested = (levels: number) => JSON.parse(`${"[".repeat(levels)}1${"]".repeat(levels)}`) as unknown;

  test.each([99, 5_000])(
    "[RT403] operations that are nested deeper than 100 levels are refused: %i in a value",
    async (levels) => {
      const answer = await patch("deep", [{ op: "add", path: "/m/k", value: nested(levels) }]);
      expect(await readProblem(answer)).toMatchObject({
        status: 422,
        detail: "an operation is nested deeper than 100 levels",
      });
    },
  );

  test("[RT403] operations that are nested as deep as they may be are made and read", async () => {
    expect((await patch("deep-enough", [{ op: "add", path: "/m/k", value: nested(98) }])).status).toBe(200);
    expect(JSON.parse(await read("deep-enough", "json"))).toEqual({ m: { type: "map", entries: { k: nested(98) } } });
  });

  test.each(["text/markdown", "application/json"])("[RT404] %s that is not UTF-8 is refused", async (type) => {
    const body = new Uint8Array([0x22, 0x63, 0x61, 0x66, 0xe9, 0x22]);
    const answer = await send(content("latin"), { method: "PUT", body, headers: { "content-type": type } });
    expect(await readProblem(answer)).toMatchObject({ status: 400, detail: "The body is not UTF-8." });
    expect(await readProblem(await send(`${content("latin")}?format=json`))).toMatchObject({ status: 404 });
  });
});
