/**
 * Images that go where the text goes that shows them: forks and merges.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type * as Y from "yjs";
import { CLOSED, ask, createProject, mint } from "./project-requests.ts";
import { stubOf } from "./room-peer.ts";
import { failureOf, readJson, send, sendWith } from "./router-requests.ts";
import { Writer, keep, keysOf, pathOf, post } from "./version-requests.ts";

type Asset = { readonly id: string; readonly path: string };

function png(filling: string, bytes = 64): Uint8Array {
  const image = new Uint8Array(bytes).fill(filling.charCodeAt(0));
  image.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return image;
}

async function store(id: string, body: Uint8Array): Promise<Asset> {
  const stored = await send(pathOf(id, "/assets"), { method: "POST", body, headers: { "content-type": "image/png" } });
  expect(stored.status).toBe(201);
  return await readJson<Asset>(stored);
}

/** In the three ways that editors have: an attribute, an embed, and text. */
const show = (doc: Y.Doc, { attribute, embed, text }: Readonly<Record<"attribute" | "embed" | "text", string>>) => {
  doc.getMap("block").set("src", attribute);
  doc.getText("notes").insertEmbed(0, { image: embed });
  doc.getText("notes").insert(0, `![of the sea](${text})\n`);
};

const imageOf = async (id: string, asset: string) => await send(pathOf(id, `/assets/${asset}`));
const uploadsOf = async (id: string) =>
  (await keysOf(id)).filter((key) => key.startsWith("uploads/")).map((key) => key.slice("uploads/".length));

test("[AS7] a fork shows its images when the other document is erased", async () => {
  const large = png("l", 150_000);
  const stored = [await store("sea", png("a")), await store("sea", large), await store("sea", png("c"))] as const;
  await store("sea", png("unused"));
  const [attribute, embed, text] = [stored[0].path, stored[1].path, stored[2].path];
  await new Writer("sea").edit((doc) => show(doc, { attribute, embed, text }));
  expect((await post(pathOf("sea", "/fork"), { id: "sea/fork" })).status).toBe(201);
  expect(await uploadsOf("sea/fork")).toEqual(stored.map(({ id }) => id).toSorted());

  expect((await send(pathOf("sea"), { method: "DELETE" })).status).toBe(204);
  await runDurableObjectAlarm(stubOf("sea"));
  expect(await failureOf(await send(attribute))).toBe("410 deleted");
  const served = await imageOf("sea/fork", stored[1].id);
  expect([served.status, served.headers.get("content-type")]).toEqual([200, "image/png"]);
  expect(new Uint8Array(await served.arrayBuffer())).toEqual(large);
  // And so on: what it shows still names the first document.
  expect((await post(pathOf("sea/fork", "/fork"), { id: "sea/third" })).status).toBe(201);
  expect((await imageOf("sea/third", stored[2].id)).status).toBe(200);
});

test("[AS7] a fork of a version has the images of that", async () => {
  const [old, newer] = [await store("album", png("o")), await store("album", png("n"))];
  const alice = new Writer("album");
  await alice.edit((doc) => doc.getMap("block").set("src", old.path));
  const { version } = await keep("album", "Old");
  await alice.edit((doc) => doc.getMap("block").set("src", newer.path));
  expect((await post(pathOf("album", "/fork"), { id: "album-then", version })).status).toBe(201);
  expect(await uploadsOf("album-then")).toEqual([old.id]);
  expect((await post(pathOf("album", "/fork"), { id: "album-now" })).status).toBe(201);
  expect((await imageOf("album-now", newer.id)).status).toBe(200);
});

test("[AS7] who may read the fork alone sees its images", async () => {
  const project = await createProject("pictures");
  const docs = await mint(project, "alice", { "*": ["read", "write", "history"] });
  const image = await sendWith(CLOSED, pathOf("inner", "/assets"), {
    method: "POST",
    headers: { authorization: `Bearer ${docs}`, "content-type": "image/png" },
    body: png("i"),
  });
  const { id, path } = await readJson<Asset>(image);
  const put = await sendWith(CLOSED, pathOf("inner", "/content"), {
    method: "PUT",
    headers: { authorization: `Bearer ${docs}`, "content-type": "text/markdown" },
    body: `![of us](${path})\n`,
  });
  expect(put.status).toBe(200);
  expect((await ask(docs, pathOf("inner", "/fork"), { body: { id: "outer" } })).status).toBe(201);
  const guest = await mint(project, "bob", { "document:outer": ["read"] });
  expect(await failureOf(await ask(guest, path))).toBe("403 forbidden");
  expect((await ask(guest, pathOf("outer", `/assets/${id}`))).status).toBe(200);
});

test("[AS7] an id that is taken gets no images", async () => {
  const { path } = await store("shown", png("s"));
  await new Writer("shown").edit((doc) => doc.getMap("block").set("src", path));
  await new Writer("taken").type("mine");
  await new Writer("erased").type("gone");
  await send(pathOf("erased"), { method: "DELETE" });
  for (const id of ["taken", "erased"]) {
    expect(await failureOf(await post(pathOf("shown", "/fork"), { id }))).toBe("409 conflict");
    expect(await uploadsOf(id)).toEqual([]);
  }
});

test("[AS8] a merge brings the images that were added to the fork, and others not", async () => {
  const alice = new Writer("paper");
  await alice.type("text ");
  expect((await post(pathOf("paper", "/fork"), { id: "paper/fork" })).status).toBe(201);
  const added = await store("paper/fork", png("m"));
  await store("paper/fork", png("not shown"));
  const bob = new Writer("paper/fork");
  await bob.sync();
  await bob.edit((doc) => doc.getText("notes").insertEmbed(0, { image: added.path }));
  expect((await post(pathOf("paper", "/merge"), { from: "paper/fork", preview: true })).status).toBe(200);
  expect(await uploadsOf("paper")).toEqual([]);
  expect((await post(pathOf("paper", "/merge"), { from: "paper/fork" })).status).toBe(200);
  expect(await uploadsOf("paper")).toEqual([added.id]);
  await send(pathOf("paper/fork"), { method: "DELETE" });
  await runDurableObjectAlarm(stubOf("paper/fork"));
  expect((await imageOf("paper", added.id)).status).toBe(200);
});

test("[AS4] a merge brings no image beyond the thousandth, and then no text", async () => {
  await new Writer("full").type("text");
  expect((await post(pathOf("full", "/fork"), { id: "full-fork" })).status).toBe(201);
  for (let from = 0; from < 1_000; from += 100) {
    const ids = Array.from({ length: 100 }, (_, at) => String(from + at).padStart(64, "0"));
    await Promise.all(
      ids.map(async (id) => await env.SNAPSHOTS.put(`projects/default/documents/full/uploads/${id}`, "x")),
    );
  }
  const { path } = await store("full-fork", png("f"));
  const bob = new Writer("full-fork");
  await bob.sync();
  await bob.edit((doc) => doc.getMap("block").set("src", path));
  expect(await failureOf(await post(pathOf("full", "/merge"), { from: "full-fork" }))).toBe("409 conflict");
  const content = await readJson<object>(await send(pathOf("full", "/content?format=json")));
  expect(content).not.toHaveProperty("block");
});
