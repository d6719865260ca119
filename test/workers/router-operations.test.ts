/**
 * Reindexing and dead letters, over HTTP.
 * @module
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { SnapshotStore } from "../../src/storage/snapshots.ts";
import { VersionStore } from "../../src/storage/version-store.ts";
import { addressOf, deliver, storedSummaryOf, versionOf } from "./queue-messages.ts";
import { PROMPT } from "./room-peer.ts";
import { failureOf, readJson, send } from "./router-requests.ts";
import { Writer, keep, list, patch, pathOf } from "./version-requests.ts";

const store = new SnapshotStore(env.SNAPSHOTS);

describe("reindexing", () => {
  type Done = {
    readonly documents: number;
    readonly stored: number;
    readonly deleted: number;
    readonly versions: number;
    readonly failures: unknown[];
    readonly cursor: string | null;
  };

  const reindex = async (body: object) =>
    await readJson<Done>(
      await send("/v1/admin/reindex", {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    );
  const all = async (sql: string) => (await env.DB.prepare(sql).all()).results;
  const rows = async () =>
    await all(
      "SELECT id, version, title, excerpt, words, characters, size_bytes, editors, snapshot_key, text_key, created_ms, updated_ms FROM documents WHERE deleted_ms IS NULL ORDER BY id",
    );

  test("[RT61] rows, text and tombstones come back from R2, page by page", async () => {
    await env.SNAPSHOTS.delete((await env.SNAPSHOTS.list()).objects.map(({ key }) => key));
    const messages = [];
    for (const [index, id] of ["a/1", "文档", "c", "d", "e"].entries()) {
      await storedSummaryOf(id, 1, "older text");
      messages.push(
        await storedSummaryOf(id, 2, `text of number ${index}`, { title: `北京 ${index}`, editors: ["bob", "alice"] }),
      );
    }
    await deliver(messages);
    const before = await rows();
    await store.putTombstone(addressOf("e"), versionOf(3));
    await env.DB.batch(
      ["document_chunks", "document_editors", "documents"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    );
    const pages: Done[] = [];
    let cursor: string | null = null;
    do {
      const page: Done = await reindex({ limit: 2, cursor });
      pages.push(page);
      cursor = page.cursor;
    } while (cursor !== null);
    expect(pages.map(({ documents }) => documents)).toEqual([2, 2, 1]);
    expect(pages.flatMap(({ failures }) => failures)).toEqual([]);
    const sum = (of: "stored" | "deleted") => pages.reduce((total, page) => total + page[of], 0);
    expect([sum("stored"), sum("deleted")]).toEqual([4, 1]);
    expect(await rows()).toEqual(before.filter((row) => row["id"] !== "e"));
    expect(await all("SELECT id, version FROM documents WHERE deleted_ms IS NOT NULL")).toEqual([
      { id: "e", version: versionOf(3) },
    ]);
    const found = await readJson<{ documents: { id: string }[] }>(await send("/v1/documents?text=number&editor=bob"));
    expect(found.documents.map(({ id }) => id).toSorted()).toEqual(["a/1", "c", "d", "文档"]);
  });

  test("[RT61] lists of versions come back with kinds, names and pins; what is listed, and an erased document, stays as it is", async () => {
    const doc = new Writer("versions");
    await doc.type("one ");
    const first = await keep("versions", "Für den Drucker 🖨");
    await doc.type("two ");
    const second = await keep("versions", "Two");
    await patch(pathOf("versions", `/versions/${second.version}`), { name: "Second", isPinned: true });
    await doc.type("three ");
    await keep("versions", "Third");
    const third = await keep("versions", "Third still");
    await patch(pathOf("versions", `/versions/${third.version}`), { isPinned: true });
    await keep("versions", "Third, for good");
    const old = new VersionStore(env.SNAPSHOTS);
    await old.put(addressOf("versions"), versionOf(9), Uint8Array.of(0, 0));
    await old.put(addressOf("erased-versions"), versionOf(1), Uint8Array.of(0, 0));
    await store.putTombstone(addressOf("erased-versions"), versionOf(2));
    const before = await list("versions");
    await env.DB.prepare("DELETE FROM versions WHERE version <> ?").bind(first.version).run();
    const done = await reindex({ limit: 50 });
    expect(done.failures).toEqual([]);
    const { versions } = await list("versions");
    const [unlabelled, ...labelled] = versions;
    expect(unlabelled).toMatchObject({ version: versionOf(9), kind: "restored", name: "" });
    // Nobody's name is kept beside the bytes.
    const wanted = before.versions.map((version) =>
      version.version === first.version ? version : { ...version, user: "", editors: [] },
    );
    expect(labelled).toEqual(wanted);
    expect(labelled.map(({ name }) => name)).toEqual(["Third, for good", "Second", "Für den Drucker 🖨"]);
    expect(await all("SELECT version FROM versions WHERE id = 'erased-versions'")).toEqual([]);
    expect((await reindex({ limit: 50 })).versions).toBe(0);
  });

  test("[RT61] what D1 knows better is left alone, what it garbled is repaired", async () => {
    await deliver([await storedSummaryOf("garbled", 4, "the right words")]);
    await env.DB.prepare("UPDATE documents SET title = 'wrong' WHERE id = 'garbled'").run();
    await env.DB.prepare("UPDATE documents SET version = ?1, title = 'newer' WHERE id = 'c'").bind(versionOf(9)).run();
    await reindex({ limit: 50 });
    const titles = await all("SELECT id, title FROM documents WHERE id IN ('c', 'garbled') ORDER BY id");
    expect(titles).toEqual([
      { id: "c", title: "newer" },
      { id: "garbled", title: "Title 4" },
    ]);
  });

  test("[RT46] a page size out of range and a body that is no JSON are 400", async () => {
    const headers = { "content-type": "application/json" };
    const post = async (body: string) => await send("/v1/admin/reindex", { method: "POST", body, headers });
    expect(await failureOf(await post('{"limit":51}'))).toBe("400 bad-request");
    expect(await failureOf(await post("{"))).toMatch(/^400 /);
  });
});

describe("pages of other sites", () => {
  test("[RT6] a page of another site changes nothing, by no method", async () => {
    const evil = { origin: "https://evil.example" };
    const post = { method: "POST", headers: { ...evil, "content-type": "text/plain" } };
    expect(await failureOf(await send("/v1/dead-letters/1/replay", post))).toBe("403 origin-refused");
    expect(await failureOf(await send("/v1/documents/x", { method: "DELETE", headers: evil }))).toBe(
      "403 origin-refused",
    );
    expect((await send("/v1/documents", { headers: evil })).status).toBe(200);
  });
});

describe("dead letters", () => {
  type Letter = { readonly id: number; readonly replayedMs: number | null };
  const list = async (query = "") =>
    await readJson<{ deadLetters: Letter[]; cursor: string | null }>(await send(`/v1/dead-letters${query}`));
  const replay = async (id: number | string) => await send(`/v1/dead-letters/${id}/replay`, { method: "POST" });

  test("[RT60] dead letters are listed newest first, page by page", async () => {
    await deliver([1, 2, 3].map((number) => ({ project: "default", number })));
    const first = await list("?limit=2");
    expect(first.deadLetters).toHaveLength(2);
    const second = await list(`?limit=2&cursor=${first.cursor}`);
    const ids = [...first.deadLetters, ...second.deadLetters].map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((one, other) => other - one));
    expect([ids.length, second.cursor]).toEqual([3, null]);
  });

  test("[RT60] a replayed letter is worked off and says when", async () => {
    const summary = await storedSummaryOf("replayed", 1, "back from the dead");
    const bucket = new Proxy(env.SNAPSHOTS, {
      get: () => () => {
        throw new Error("R2 is down");
      },
    });
    await deliver([summary], { queue: "roost-dead-letters", variables: { SNAPSHOTS: bucket } });
    const [letter] = (await list()).deadLetters;
    const replayed = await replay(letter?.id ?? 0);
    expect(replayed.status).toBe(202);
    await expect
      .poll(async () => {
        const found = await send("/v1/documents?text=%22back+from+the+dead%22");
        return (await readJson<{ documents: unknown[] }>(found)).documents.length;
      }, PROMPT)
      .toBe(1);
    expect((await list()).deadLetters[0]?.replayedMs).toBeGreaterThan(0);
  });

  test("[RT60] what is no letter, or no message, is not replayed", async () => {
    await deliver(["just text"]);
    const [letter] = (await list()).deadLetters;
    expect(await failureOf(await replay(letter?.id ?? 0))).toBe("409 not-replayable");
    expect(await failureOf(await replay(999_999))).toBe("404 no-route");
    expect(await failureOf(await replay("x"))).toBe("400 bad-request");
    expect(await failureOf(await send("/v1/dead-letters?cursor=x"))).toBe("400 bad-request");
  });
});
