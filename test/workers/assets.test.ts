/**
 * Images beside a document, through the router and R2.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { MAX_ASSETS } from "../../src/storage/asset-store.ts";
import { SnapshotStore } from "../../src/storage/snapshots.ts";
import { addressOf } from "./queue-messages.ts";
import { stubOf } from "./room-peer.ts";
import { failureOf, postUpdate, readJson, send, sendWith, writeText } from "./router-requests.ts";
import { keysOf, pathOf } from "./version-requests.ts";

type Asset = { readonly id: string; readonly type: string; readonly bytes: number; readonly path: string };

/** A PNG as far as anybody looks here. */
function png(filling: string, bytes = 64): Uint8Array {
  const image = new Uint8Array(bytes).fill(filling.charCodeAt(0));
  image.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return image;
}

const store = async (id: string, body: Uint8Array, type = "image/png") =>
  await send(pathOf(id, "/assets?user=alice"), { method: "POST", body, headers: { "content-type": type } });

test("[AS2] an image is stored once, by its content, and served as nothing else", async () => {
  const image = png("a");
  const stored = await store("team/pictures", image, "image/svg+xml");
  expect(stored.status).toBe(201);
  const asset = await readJson<Asset>(stored);
  const path = `/v1/documents/team%2Fpictures/assets/${asset.id}`;
  expect(asset).toEqual({ id: expect.stringMatching(/^[0-9a-f]{64}$/), type: "image/png", bytes: 64, path });
  const again = await store("team/pictures", image, "application/octet-stream");
  expect([again.status, await readJson(again)]).toEqual([200, asset]);
  expect(await keysOf("team/pictures")).toEqual([`uploads/${asset.id}`]);

  const served = await send(path);
  expect(new Uint8Array(await served.arrayBuffer())).toEqual(image);
  expect(Object.fromEntries(served.headers)).toMatchObject({
    "content-type": "image/png",
    "content-length": "64",
    "content-disposition": "inline",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=31536000, immutable",
    etag: `"${asset.id}"`,
  });
  const known = await send(path, { headers: { "if-none-match": `"${asset.id}"` } });
  expect([known.status, await known.text()]).toEqual([304, ""]);
  expect(await failureOf(await send(pathOf("team/pictures", `/assets/${"0".repeat(64)}`)))).toBe("404 no-route");
  expect(await failureOf(await send(pathOf("team/pictures", "/assets/..%2F..%2Fother")))).toBe("404 no-route");
});

test("[AS3] what is no image, or too large, or nothing, is refused and not kept", async () => {
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  expect(await failureOf(await store("bad-images", svg, "image/svg+xml"))).toBe("415 unsupported-media-type");
  expect(await failureOf(await store("bad-images", svg))).toBe("415 unsupported-media-type");
  expect(await failureOf(await store("bad-images", new Uint8Array()))).toBe("400 bad-request");
  expect(await failureOf(await store("bad-images", png("x", 10 * 1024 * 1024 + 1)))).toBe("413 too-large");
  expect(await keysOf("bad-images")).toEqual([]);
  expect((await store("large-image", png("x", 10 * 1024 * 1024))).status).toBe(201);
});

test("[AS4] a document has a thousand images at most, and may go on showing them", async () => {
  const put = async (number: number) =>
    await env.SNAPSHOTS.put(`projects/default/documents/many/uploads/${String(number).padStart(64, "0")}`, "x");
  for (let from = 0; from < MAX_ASSETS - 1; from += 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, MAX_ASSETS - 1 - from) }, async (_, at) => await put(from + at)),
    );
  }
  const last = await store("many", png("l"));
  expect(last.status).toBe(201);
  expect(await failureOf(await store("many", png("m")))).toBe("409 conflict");
  expect((await store("many", png("l"))).status).toBe(200);
});

test("[AS5] an image hides nothing of its document: what R2 says of it is the same without", async () => {
  await store("image-first", png("f"));
  const snapshots = new SnapshotStore(env.SNAPSHOTS);
  expect(await snapshots.latest(addressOf("image-first"))).toEqual({ ok: true, value: { kind: "none" } });
  await snapshots.putHistory(addressOf("image-first"), { epoch: 1, firstSeq: 1, lastSeq: 1 }, new Uint8Array([1]));
  expect(await snapshots.latest(addressOf("image-first"))).toEqual({ ok: true, value: { kind: "history-only" } });
  await store("typed-later", png("t"));
  expect((await postUpdate("typed-later", writeText("typed later"))).status).toBe(200);
  expect(await (await send(pathOf("typed-later", "/content?format=text"))).text()).toBe("typed later");
});

test("[AS6] erasing a document takes its images along, and none comes after", async () => {
  const { path } = await readJson<Asset>(await store("erased-images", png("e")));
  expect((await send(pathOf("erased-images"), { method: "DELETE" })).status).toBe(204);
  expect(await failureOf(await send(path))).toBe("410 deleted");
  expect(await failureOf(await store("erased-images", png("n")))).toBe("410 deleted");
  await runDurableObjectAlarm(stubOf("erased-images"));
  expect(await keysOf("erased-images")).toEqual([expect.stringMatching(/\.deleted$/)]);
});

test("[AS9] an image is deleted for good, again without harm, and the audit log says so", async () => {
  const gone = await readJson<Asset>(await store("fewer-images", png("g")));
  const kept = await readJson<Asset>(await store("fewer-images", png("k")));
  const said: unknown[] = [];
  const EVENTS = { send: async (message: unknown) => void said.push(message) };
  const drop = async (path: string) => (await sendWith({ EVENTS }, path, { method: "DELETE" })).status;
  expect([await drop(gone.path), await drop(gone.path)]).toEqual([204, 204]);
  expect(await drop(pathOf("fewer-images", "/assets/..%2Fversions"))).toBe(204);
  expect(await failureOf(await send(gone.path))).toBe("404 no-route");
  expect(await keysOf("fewer-images")).toEqual([`uploads/${kept.id}`]);
  expect(await failureOf(await send(pathOf("no-such-images", `/assets/${kept.id}`), { method: "DELETE" }))).toBe(
    "404 not-found",
  );
  expect((await store("fewer-images", png("g"))).status).toBe(201);
  expect(said[0]).toMatchObject({ action: "delete-asset", target: "fewer-images", detail: { asset: gone.id } });
});
