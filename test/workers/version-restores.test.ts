/**
 * What a restore keeps, and when that is listed.
 */
import { expect, test } from "vitest";
import { readJson, send } from "./router-requests.ts";
import { Writer, keep, keysOf, list, pathOf, post } from "./version-requests.ts";

test("[RV31] a restore that changes nothing keeps no version, and names the one that was asked for", async () => {
  const alice = new Writer("no-change");
  await alice.type("one");
  const { version } = await keep("no-change", "One");
  await alice.type(" two");
  await alice.edit((doc) => doc.getText("notes").delete(3, 4));
  const now = (await send(pathOf("no-change", "/content"))).headers.get("etag");
  for (let time = 0; time < 3; time += 1) {
    const answer = await post(pathOf("no-change", `/versions/${version}/restore`));
    expect(await answer.json()).toEqual({ version: now?.slice(1, -1), changed: false, before: version });
  }
  expect((await list("no-change")).versions.map(({ name }) => name)).toEqual(["One"]);
  const keys = await keysOf("no-change");
  expect(keys.filter((key) => key.startsWith("versions/"))).toEqual([`versions/${version}.v2`]);
});

test("[RV32] what was there before a restore is in the list when that is answered", async () => {
  const alice = new Writer("listed");
  await alice.type("one");
  const { version } = await keep("listed", "One");
  await alice.type(" two");
  const answer = await post(pathOf("listed", `/versions/${version}/restore?user=bob`));
  const { before } = await readJson<{ before: string }>(answer);
  const { versions } = await list("listed");
  expect(versions).toMatchObject([
    { version: before, kind: "restored", user: "bob", editors: ["alice"] },
    { version, kind: "named" },
  ]);
});

test("[HA23] activity says who brought something here, by a restore or a merge; blame goes on naming who wrote it", async () => {
  const alice = new Writer("brought");
  await alice.type("one");
  const { version } = await keep("brought", "One");
  await alice.edit((doc) => doc.getText("notes").delete(0, 3));
  await post(pathOf("brought", `/versions/${version}/restore?user=bob`));
  await post(pathOf("brought", "/fork"), { id: "brought-fork" });
  const fork = new Writer("brought-fork");
  await fork.sync();
  await fork.type(" more");
  await post(pathOf("brought", "/merge?user=carol"), { from: "brought-fork" });
  const { activity } = await readJson<{ activity: { user: string; inserted: number }[] }>(
    await send(pathOf("brought", "/activity")),
  );
  expect(activity.map(({ user, inserted }) => [user, inserted])).toEqual([
    ["alice", 3],
    ["bob", 3],
    ["carol", 5],
  ]);
  const blamed = await readJson<{ ranges: { user: string }[] }>(await send(pathOf("brought", "/blame")));
  expect(new Set(blamed.ranges.map(({ user }) => user))).toEqual(new Set(["alice"]));
});
