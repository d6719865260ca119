/**
 * Forks and merges, over REST.
 */
import { expect, test } from "vitest";
import { Attribution } from "../../src/core/versions/attribution.ts";
import { Peer, stubOf } from "./room-peer.ts";
import { CLOSED, ask, createProject, mint } from "./project-requests.ts";
import { failureOf, readJson, send, sendWith } from "./router-requests.ts";
import { Writer, keep, pathOf, post, textOf } from "./version-requests.ts";

type Forked = { readonly id: string; readonly version: string; readonly from: { id: string; version: string } };
type Merged = { readonly version: string; readonly changed: boolean };

async function fork(id: string, to: string, version?: string): Promise<Forked> {
  const body = version === undefined ? { id: to } : { id: to, version };
  const response = await post(pathOf(id, "/fork?user=bob"), body);
  expect(response.status).toBe(201);
  return await readJson<Forked>(response);
}

const EXPLAINED: unknown = expect.stringContaining("forked from");
const READER = { user: "bob", address: "a", isAdmin: true };

/** Whose the structs of a document are. */
async function authorsOf(id: string): Promise<readonly string[]> {
  const seed = await stubOf(id).readSeed("current", null, READER);
  if (!seed.ok) throw new Error(seed.error.tag);
  const { stamps } = seed.value;
  const credits = new Attribution(stamps, []);
  return [...new Set(stamps.map(({ client, clock }) => credits.of(client, clock).user))].toSorted();
}

test("[RV21] a fork begins with the text, the history and the authors of its document, and goes its own way", async () => {
  const alice = new Writer("origin");
  await alice.type("shared ");
  const forked = await fork("origin", "fork/1");
  expect(forked).toMatchObject({ id: "fork/1", from: { id: "origin", version: "00000001-000000000001" } });
  expect([await textOf("fork/1"), await authorsOf("fork/1")]).toEqual(["shared ", ["alice"]]);
  const bob = new Writer("fork/1");
  await bob.sync();
  await bob.type("of the fork");
  expect([await textOf("origin"), await textOf("fork/1")]).toEqual(["shared ", "shared of the fork"]);
});

test("[RV21] a fork of a version begins with that", async () => {
  const alice = new Writer("older");
  await alice.type("old");
  const { version } = await keep("older", "Old");
  await alice.type(" and new");
  const forked = await fork("older", "older-fork", version);
  expect([forked.from, await textOf("older-fork")]).toEqual([{ id: "older", version }, "old"]);
});

test("[RV22] of two forks of the same id at once one is made, and none over a document that is there or was", async () => {
  await new Writer("race").type("x");
  const answers = await Promise.all(
    [1, 2, 3].map(async () => await post(pathOf("race", "/fork"), { id: "race-fork" })),
  );
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["201", "409", "409"]);
  expect(await textOf("race-fork")).toBe("x");
  expect(await failureOf(await post(pathOf("race", "/fork"), { id: "race" }))).toBe("409 conflict");
  await send(pathOf("race-fork"), { method: "DELETE" });
  expect(await failureOf(await post(pathOf("race", "/fork"), { id: "race-fork" }))).toBe("409 conflict");
});

test("[RV23] a merge of a fork without edits changes nothing; with edits it brings them, by who made them", async () => {
  const alice = new Writer("main");
  await alice.type("one ");
  await fork("main", "branch");
  const untouched = await readJson<Merged>(await post(pathOf("main", "/merge"), { from: "branch" }));
  expect(untouched).toEqual({ version: "00000001-000000000001", changed: false });
  const bob = new Writer("branch");
  await bob.sync();
  bob.doc.getText("notes").insert(0, "zero ");
  await bob.sync();
  await alice.type("two");
  const merged = await readJson<Merged>(await post(pathOf("main", "/merge?user=carol"), { from: "branch" }));
  expect([merged.changed, await textOf("main"), await textOf("branch")]).toEqual([true, "zero one two", "zero one "]);
  expect(await authorsOf("main")).toEqual(["alice"]);
  const again = await readJson<Merged>(await post(pathOf("main", "/merge"), { from: "branch" }));
  expect(again).toEqual({ version: merged.version, changed: false });
});

test("[RV23] what only a stored version says, that of two values of one key set at once one is deleted, is no change", async () => {
  const [alice, bob] = [new Writer("keyed"), new Writer("keyed")];
  await alice.type("x");
  await bob.sync();
  for (const each of [alice, bob]) await each.edit((doc) => doc.getMap("map").set("key", doc.clientID));
  const { version } = await keep("keyed", "Kept");
  await fork("keyed", "keyed-fork", version);
  const merged = await readJson<Merged>(await post(pathOf("keyed", "/merge"), { from: "keyed-fork" }));
  expect(merged).toEqual({ version, changed: false });
});

test("[RV24] a preview says what the merge changes, and changes nothing", async () => {
  const alice = new Writer("seen");
  await alice.type("tea");
  await fork("seen", "seen-fork");
  const before = await readJson<{ diff: { changes: object[] } }>(
    await post(pathOf("seen", "/merge"), { from: "seen-fork", preview: true }),
  );
  expect(before.diff.changes).toEqual([]);
  const bob = new Writer("seen-fork");
  await bob.sync();
  await bob.edit((doc) => doc.getText("notes").delete(0, 1));
  await bob.type(" and cake");
  const { diff } = await readJson<{ diff: { changes: object[] } }>(
    await post(pathOf("seen", "/merge"), { from: "seen-fork", preview: true }),
  );
  expect(diff.changes).toMatchObject([
    { kind: "text", path: ["notes"], ops: [{ delete: 1, deleted: "t" }, { retain: 2 }, { insert: " and cake" }] },
  ]);
  expect(await textOf("seen")).toBe("tea");
  await post(pathOf("seen", "/merge"), { from: "seen-fork" });
  expect(await textOf("seen")).toBe("ea and cake");
});

test("[RV30] a document that shares no history is not merged, unless somebody insists", async () => {
  await new Writer("one").type("the text");
  await new Writer("other").type("the text");
  for (const preview of [false, true]) {
    const refused = await post(pathOf("one", "/merge"), { from: "other", preview });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ type: expect.stringContaining("conflict"), detail: EXPLAINED });
  }
  expect(await textOf("one")).toBe("the text");
  const seen = await readJson<{ diff: { text: string } }>(
    await post(pathOf("one", "/merge"), { from: "other", preview: true, unrelated: true }),
  );
  expect(seen.diff.text).toContain("the text");
  const merged = await readJson<Merged>(await post(pathOf("one", "/merge"), { from: "other", unrelated: true }));
  expect([merged.changed, await textOf("one")]).toEqual([true, "the textthe text"]);
});

test("[RV30] forks merge in every direction: with what they are of, with each other, and with forks of forks", async () => {
  await new Writer("kin").type("one ");
  await fork("kin", "kin-a");
  await fork("kin", "kin-b");
  await fork("kin-b", "kin-b-c");
  const carol = new Writer("kin-b-c");
  await carol.sync();
  await carol.type("two");
  for (const [into, from] of [
    ["kin-a", "kin-b-c"],
    ["kin", "kin-a"],
    ["kin-b", "kin"],
  ] as const) {
    const merged = await readJson<Merged>(await post(pathOf(into, "/merge"), { from }));
    expect([into, merged.changed, await textOf(into)]).toEqual([into, true, "one two"]);
  }
});

test("[RV30] the fork of an empty document is merged with it", async () => {
  (await Peer.join("blank", 7)).close(1000);
  await fork("blank", "blank-a");
  await fork("blank", "blank-b");
  await new Writer("blank-a").type("a");
  await new Writer("blank-b").type("b");
  for (const [into, from] of [
    ["blank", "blank-a"],
    ["blank-b", "blank"],
    ["blank-a", "blank-b"],
  ] as const) {
    expect((await post(pathOf(into, "/merge"), { from })).status).toBe(200);
  }
  expect([...(await textOf("blank-a"))].toSorted()).toEqual(["a", "b"]);
});

test("[RT202] what is no document, or no fork's id, is refused by name", async () => {
  await new Writer("real").type("x");
  expect(await failureOf(await post(pathOf("real", "/merge"), { from: "nowhere" }))).toBe("404 not-found");
  expect(await failureOf(await post(pathOf("nowhere", "/fork"), { id: "new-one" }))).toBe("404 not-found");
  expect(await failureOf(await post(pathOf("real", "/fork"), { id: "" }))).toBe("400 bad-request");
  const version = "00000001-000000000077";
  expect(await failureOf(await post(pathOf("real", "/fork"), { id: "new-one", version }))).toBe("404 unknown-version");
  expect(await failureOf(await send(pathOf("new-one")))).toBe("404 not-found");
});

test("[RT202] who may only write is not shown by a preview what the document says, and by whom", async () => {
  const project = await createProject("previews");
  const docs = await mint(project, "alice", { "*": ["read", "write", "history"] });
  const put = async (id: string) =>
    await sendWith(CLOSED, pathOf(id, "/content"), {
      method: "PUT",
      headers: { authorization: `Bearer ${docs}`, "content-type": "text/markdown" },
      body: "secret\n",
    });
  expect((await put("kept")).status).toBe(200);
  expect((await ask(docs, pathOf("kept", "/fork"), { body: { id: "kept-fork" } })).status).toBe(201);
  const preview = { body: { from: "kept-fork", preview: true } };
  expect((await ask(docs, pathOf("kept", "/merge"), preview)).status).toBe(200);
  const writer = await mint(project, "mallory", {
    "document:kept": ["read", "write"],
    "document:kept-fork": ["read", "write"],
  });
  expect(await failureOf(await ask(writer, pathOf("kept", "/merge"), preview))).toBe("403 forbidden");
});
