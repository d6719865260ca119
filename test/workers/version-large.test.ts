/**
 * A document that has grown too large to be built: what it had stays, and what cannot be done is refused by name.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import { MAX_HYDRATE_BYTES } from "../../src/protocol/limits.ts";
import { stubOf } from "./room-peer.ts";
import { failureOf, readJson, send } from "./router-requests.ts";
import { Writer, keep, keysOf, list, pathOf, post, textOf } from "./version-requests.ts";

test("[RV29] a document above 6 MB gets no version and is not restored; its versions are read, compared and forked as before", async () => {
  const id = "grown";
  const alice = new Writer(id);
  await alice.type("small ");
  const { version } = await keep(id, "Small");
  await alice.type("and ");
  const { version: second } = await keep(id, "Second");
  await alice.type("x".repeat(MAX_HYDRATE_BYTES));
  const grown = await etagOf(id);

  expect(await failureOf(await post(pathOf(id, "/versions"), { name: "Large" }))).toBe("413 too-large");
  const refused = await post(pathOf(id, `/versions/${version}/restore`));
  expect([refused.status, await readJson<{ detail: string }>(refused)]).toMatchObject([
    413,
    { detail: /6,?291,?456|6 MB/ },
  ]);
  expect(await failureOf(await send(pathOf(id, `/diff?from=${version}`)))).toBe("413 too-large");
  expect(await etagOf(id)).toBe(grown);

  // The next snapshot is V1, and no version.
  await runDurableObjectAlarm(stubOf(id));
  const health = await readJson<{ health: { tooLarge: boolean } }>(await send(pathOf(id)));
  expect(health.health.tooLarge).toBe(true);
  expect((await list(id)).versions.map((entry) => entry.version)).toEqual([second, version]);
  expect((await keysOf(id)).filter((key) => key.startsWith("versions/"))).toHaveLength(2);

  const diff = await readJson<{ changes: object[] }>(await send(pathOf(id, `/diff?from=${version}&to=${second}`)));
  expect(diff.changes).toHaveLength(1);
  expect((await post(pathOf(id, "/fork"), { id: "small-again", version })).status).toBe(201);
  expect(await textOf("small-again")).toBe("small ");
});

async function etagOf(id: string): Promise<string | null> {
  const response = await send(pathOf(id, "/content"));
  await response.body?.cancel();
  return response.headers.get("etag");
}
