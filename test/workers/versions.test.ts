/**
 * Versions as the routes make, list, change and restore them.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { Attribution } from "../../src/core/versions/attribution.ts";
import type { ListedVersion } from "../../src/storage/d1/versions.ts";
import { Peer, PROMPT, stubOf } from "./room-peer.ts";
import { failureOf, readJson, send } from "./router-requests.ts";
import { Writer, keep, keysOf, list, patch, pathOf, post, textOf } from "./version-requests.ts";

test("[RV2] a version that is asked for is stored at once, beside a snapshot, and opens with stock Yjs", async () => {
  const alice = new Writer("at-once");
  await alice.type("first words");
  const kept = await keep("at-once", "First words");
  expect(kept).toEqual({
    version: "00000001-000000000001",
    kind: "named",
    name: "First words",
    user: "alice",
    editors: ["alice"],
    bytes: expect.any(Number),
    isPinned: false,
    createdMs: expect.any(Number),
  });
  expect((await list("at-once")).versions).toEqual([kept]);
  const keys = await keysOf("at-once");
  expect(keys).toContain(`versions/${kept.version}.v2`);
  expect(keys.filter((key) => !key.includes("/") && key.endsWith(`${kept.version}.v2`))).toHaveLength(1);
  const stored = await send(pathOf("at-once", `/versions/${kept.version}?format=snapshot`));
  const doc = new Y.Doc();
  Y.applyUpdateV2(doc, new Uint8Array(await stored.arrayBuffer()));
  expect(doc.getText("notes").toString()).toBe("first words");
});

test("[RV1] the same content is one version, by the newer name", async () => {
  const alice = new Writer("same");
  await alice.type("one");
  const first = await keep("same", "One");
  const again = await keep("same", "One, signed", "bob");
  expect(again).toEqual({ ...first, name: "One, signed", user: "bob" });
  expect((await list("same")).versions).toEqual([again]);
  await alice.type(" two");
  const second = await keep("same", "Two");
  expect((await list("same")).versions.map(({ name }) => name)).toEqual(["Two", "One, signed"]);
  expect(second.version > first.version).toBe(true);
});

test("[RT200] a version is read in every format, compared, named, pinned and deleted", async () => {
  const alice = new Writer("life");
  await alice.edit((doc) => doc.getText("notes").insert(0, "tea"));
  const { version } = await keep("life", "Tea");
  await alice.type(" and cake");
  const read = async (format: string) =>
    await (await send(pathOf("life", `/versions/${version}?format=${format}`))).text();
  expect(JSON.parse(await read("json"))).toEqual({ notes: { type: "text", delta: [{ insert: "tea" }] } });
  expect([await read("text"), (await read("markdown")).trim()]).toEqual(["tea", "tea"]);
  expect(await read("html")).toContain("tea");
  expect(await read("prosemirror")).toContain('"tea"');
  const update = new Y.Doc();
  const bytes = await send(pathOf("life", `/versions/${version}?format=update`));
  expect(bytes.headers.get("etag")).toBe(`"${version}"`);
  Y.applyUpdate(update, new Uint8Array(await bytes.arrayBuffer()));
  expect(update.getText("notes").toString()).toBe("tea");

  const diff = await readJson<{ changes: object[]; text: string }>(await send(pathOf("life", `/diff?from=${version}`)));
  expect(diff.changes).toMatchObject([
    { kind: "text", path: ["notes"], ops: [{ retain: 3 }, { insert: " and cake", by: { user: "alice" } }] },
  ]);
  const back = await readJson<{ changes: object[] }>(await send(pathOf("life", `/diff?from=current&to=${version}`)));
  expect(back.changes).toMatchObject([{ ops: [{ retain: 3 }, { delete: 9, deleted: " and cake" }] }]);
  const same = await readJson<{ changes: object[] }>(await send(pathOf("life", `/diff?from=${version}&to=${version}`)));
  expect(same.changes).toEqual([]);
  const plain = await send(pathOf("life", `/diff?from=${version}`), { headers: { accept: "text/plain" } });
  expect(await plain.text()).toBe(diff.text);

  const path = pathOf("life", `/versions/${version}`);
  const changed = await readJson<ListedVersion>(await patch(path, { name: "Tea time", isPinned: true }));
  expect(changed).toMatchObject({ name: "Tea time", isPinned: true, kind: "named" });
  expect((await list("life")).versions).toEqual([changed]);
  expect((await send(path, { method: "DELETE" })).status).toBe(204);
  expect((await list("life")).versions).toEqual([]);
  expect(await failureOf(await send(path))).toBe("404 unknown-version");
  expect(await failureOf(await patch(path, { name: "Gone" }))).toBe("404 unknown-version");
  expect(await failureOf(await post(`${path}/restore`))).toBe("404 unknown-version");
  expect((await keysOf("life")).filter((key) => key.startsWith("versions/"))).toEqual([]);
});

test("[RT201] what is no version, or of no document, is refused by name", async () => {
  await new Writer("there").type("x");
  expect(await failureOf(await send(pathOf("there", "/versions/yesterday")))).toBe("400 bad-request");
  expect(await failureOf(await send(pathOf("there", "/diff?from=now")))).toBe("400 bad-request");
  expect(await failureOf(await send(pathOf("nowhere", "/versions")))).toBe("404 not-found");
  expect(await failureOf(await post(pathOf("nowhere", "/versions"), { name: "x" }))).toBe("404 not-found");
  expect(await failureOf(await post(pathOf("there", "/versions"), { name: " " }))).toBe("400 bad-request");
  expect(await failureOf(await send(pathOf("there", "/versions?cursor=abc")))).toBe("400 bad-request");
  expect(await failureOf(await post(pathOf("nowhere", "/versions/00000001-000000000001/restore")))).toBe(
    "404 not-found",
  );
});

test("[RV2] a version whose bytes were deleted is stored anew when it is asked for again", async () => {
  await new Writer("anew").type("x");
  const { version } = await keep("anew", "One");
  await send(pathOf("anew", `/versions/${version}`), { method: "DELETE" });
  const again = await keep("anew", "One again");
  expect(again.version).toBe(version);
  expect((await list("anew")).versions).toMatchObject([{ name: "One again" }]);
  expect((await send(pathOf("anew", `/versions/${version}?format=text`))).status).toBe(200);
});

test("[RV15] a restore is one ordinary update to who is there; what was there is a version, and restoring it takes it back", async () => {
  const alice = new Writer("back");
  await alice.edit((doc) => {
    doc.getText("notes").insert(0, "the good old text");
    doc.getMap("facts").set("colour", "blue");
  });
  const { version } = await keep("back", "Good");
  await alice.edit((doc) => {
    doc.getText("notes").delete(4, 9);
    doc.getText("notes").insert(0, "BAD ");
    doc.getMap("facts").set("colour", "red");
    doc.getArray("list").push([1, 2]);
  });
  const before = await (await send(pathOf("back", "/content?format=json"))).json();
  const peer = await Peer.join("back", 7);
  const heard = peer.messages.length;
  const restored = await readJson<{ version: string; changed: boolean; before: string }>(
    await post(pathOf("back", `/versions/${version}/restore?user=bob`)),
  );
  expect(restored.changed).toBe(true);
  const shown = {
    notes: { type: "text", delta: [{ insert: "the good old text" }] },
    facts: { entries: { colour: "blue" } },
  };
  expect(await (await send(pathOf("back", "/content?format=json"))).json()).toMatchObject(shown);
  await expect.poll(() => peer.messages.slice(heard).map(({ type }) => type), PROMPT).toEqual(["update"]);
  peer.close(1000);

  const kept = await keptRestored("back");
  expect(restored.before).toBe(kept);
  expect((await post(pathOf("back", `/versions/${kept}/restore`))).status).toBe(200);
  expect(await (await send(pathOf("back", "/content?format=json"))).json()).toEqual(before);
  const again = await readJson<{ changed: boolean }>(await post(pathOf("back", `/versions/${kept}/restore`)));
  expect(again.changed).toBe(false);
});

/** As its event says, which is on its way to D1. */
async function keptRestored(id: string): Promise<string> {
  return await runInDurableObject(stubOf(id), (_room, { storage }) => {
    const rows = storage.sql.exec<{ body: string }>("SELECT body FROM outbox WHERE kind = 'version'").toArray();
    const messages = rows.map(({ body }) => JSON.parse(body) as { versionKind: string; version: string });
    const found = messages.find(({ versionKind }) => versionKind === "restored");
    if (found === undefined) throw new Error("the present is kept before a restore");
    return found.version;
  });
}

test("[RV25] what was there right before a restore is a version, whatever was typed while one was made, and nothing of it is lost", async () => {
  const alice = new Writer("meanwhile");
  await alice.type("one ");
  const { version } = await keep("meanwhile", "One");
  await alice.type("two ");
  let isDone = false;
  const restoring = post(pathOf("meanwhile", `/versions/${version}/restore?user=bob`)).finally(() => (isDone = true));
  for (let word = 0; !isDone; word += 1) await alice.type(`${word} `);
  const restored = await readJson<{ version: string; before: string }>(await restoring);
  const was = await (await send(pathOf("meanwhile", `/versions/${restored.before}?format=text`))).text();
  expect(Number(restored.version.split("-")[1]) - Number(restored.before.split("-")[1])).toBe(1);
  expect([alice.text.startsWith(was), was.length > "one two ".length]).toEqual([true, true]);
  expect(await textOf("meanwhile")).toBe(`one ${alice.text.slice(was.length)}`);
});

test("[RV16] who was offline since before a restore merges with it, and what was undone stays undone", async () => {
  const [alice, bob] = [new Writer("offline"), new Writer("offline")];
  await alice.type("hello ");
  const { version } = await keep("offline", "Hello");
  await alice.type("BAD");
  await bob.sync();
  await post(pathOf("offline", `/versions/${version}/restore`));
  expect(await textOf("offline")).toBe("hello ");
  // Typed into the copy that still has what was undone.
  bob.doc.getText("notes").insert(0, "Bob says: ");
  await bob.sync();
  await bob.sync();
  await alice.sync();
  expect([await textOf("offline"), bob.text, alice.text]).toEqual(Array(3).fill("Bob says: hello "));
});

test("[RV17] a locked document gets no version and is not restored by who is no administrator", async () => {
  await new Writer("locked").type("x");
  const { version } = await keep("locked", "One");
  await post("/v1/rooms/document/locked/lock", { mode: "read" });
  const stub = env.DOCUMENT_ROOM.getByName("default/document/locked");
  const limits = { frameBytes: 1_000, documentBytes: 1_000_000 };
  const caller = { user: "carol", address: "a", isAdmin: false, mayCreate: true, limits } as Parameters<
    typeof stub.restoreVersion
  >[1];
  const locked = { ok: false, error: { tag: "locked" } };
  expect(await stub.restoreVersion(version, caller)).toEqual(locked);
  expect(await stub.createVersion({ kind: "named", name: "Two" }, caller)).toEqual(locked);
});

test("[RV18] a restore is larger than a frame of the caller's may be", async () => {
  const alice = new Writer("large");
  await alice.type("long ".repeat(10_000));
  const { version } = await keep("large", "Long");
  await alice.edit((doc) => doc.getText("notes").delete(0, 50_000));
  const stub = stubOf("large");
  const limits = { frameBytes: 1_024, documentBytes: 1_024 };
  const caller = { user: "carol", address: "a", isAdmin: false, mayCreate: true, limits } as Parameters<
    typeof stub.restoreVersion
  >[1];
  expect(await stub.restoreVersion(version, caller)).toMatchObject({ ok: true, value: { changed: true } });
  expect((await textOf("large")).length).toBe(50_000);
});

test("[RV19] what a restore brings back is still whose it was", async () => {
  const alice = new Writer("whose");
  await alice.type("written by alice");
  const { version } = await keep("whose", "Hers");
  await alice.edit((doc) => doc.getText("notes").delete(0, 16));
  await post(pathOf("whose", `/versions/${version}/restore?user=carol`));
  expect(await textOf("whose")).toBe("written by alice");
  const seed = await stubOf("whose").readSeed("current", null, { user: "bob", address: "a", isAdmin: true });
  if (!seed.ok) throw new Error(seed.error.tag);
  const { stamps } = seed.value;
  const credits = new Attribution(stamps, []);
  expect(new Set(stamps.map(({ client, clock }) => credits.of(client, clock).user))).toEqual(new Set(["alice"]));
  // The originals and the copies, under an id of their own.
  expect(new Set(stamps.map(({ client }) => client)).size).toBe(2);
});
