/**
 * `roost/server` as a back end uses it, against a real server that is closed.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { RoostProblem, RoostServer } from "../../client/server.ts";
import { type TestServer, startServer } from "../support/server.ts";

const OPERATOR_SECRET = "the-operator-secret-of-these-tests";
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

let server: TestServer;
let key: string;
let roost: RoostServer;

beforeAll(async () => {
  const secrets = { ROOST_SECRETS: `one:${"s".repeat(32)}`, ROOST_OPERATOR_SECRET: OPERATOR_SECRET };
  server = await startServer({ vars: { ROOST_OPEN: undefined, ...secrets } });
  const made = await fetch(`${server.url}/v1/projects`, {
    method: "POST",
    headers: { authorization: `Bearer ${OPERATOR_SECRET}`, "content-type": "application/json" },
    body: JSON.stringify({ id: "shop" }),
  });
  ({ secretKey: key } = (await made.json()) as { secretKey: string });
  roost = new RoostServer({ url: server.url, key });
});
afterAll(() => server.stop());

test("[SA1] a back end writes, reads, compares, restores, forks and merges a document", async () => {
  await roost.put("team/notes", "# Minutes\n\nWe met.\n", { ifEmpty: true });
  await expect(roost.put("team/notes", "# Again\n", { ifEmpty: true })).rejects.toMatchObject({
    status: 412,
    kind: "precondition-failed",
  });
  expect((await roost.text("team/notes", "markdown")).trim()).toBe("# Minutes\n\nWe met.");
  const { version } = await roost.createVersion("team/notes", "First");
  await roost.fork("team/notes", "team/fork");
  await roost.put("team/fork", "# Minutes\n\nWe met, and parted.\n", { showAs: "Secretary" });
  expect((await roost.previewMerge("team/notes", "team/fork")).diff.text).toContain("and parted");
  expect(await roost.merge("team/notes", "team/fork")).toMatchObject({ changed: true });
  await roost.put("team/other", "# Elsewhere\n");
  await expect(roost.merge("team/fork", "team/other")).rejects.toMatchObject({ status: 409, kind: "conflict" });
  expect(await roost.merge("team/fork", "team/other", { unrelated: true })).toMatchObject({ changed: true });
  expect((await roost.diff("team/notes", version)).text).toContain("and parted");
  const restored = await roost.restore("team/notes", version);
  expect(restored).toMatchObject({ changed: true, before: expect.any(String) });
  expect(await roost.text("team/notes", "markdown")).not.toContain("parted");
  expect((await roost.restore("team/notes", restored.before)).changed).toBe(true);
  expect(await roost.text("team/notes", "markdown")).toContain("parted");
  await roost.restore("team/notes", version);
  expect((await roost.versions("team/notes")).versions.map(({ name }) => name)).toContain("First");
  await roost.changeVersion("team/notes", version, { name: "The first", isPinned: true });
  const { versions } = await roost.versions("team/notes", { kind: "named" });
  expect(versions).toMatchObject([{ version, name: "The first", isPinned: true }]);
  expect((await roost.versionText("team/notes", version, "markdown")).trim()).toBe("# Minutes\n\nWe met.");
  const early = new Y.Doc();
  Y.applyUpdate(early, await roost.versionUpdate("team/notes", version));
  expect(early.getXmlFragment("default").toString()).toContain("We met.");
  await roost.deleteVersion("team/notes", restored.before);
  await expect(roost.versionText("team/notes", restored.before)).rejects.toMatchObject({ status: 404 });
  const anchor = await roost.makeAnchor("team/notes", { path: "/default/1/0", index: 3 });
  await roost.patch("team/notes", [{ op: "splice", path: "/default/1/0", anchor, insert: "all " }]);
  expect(await roost.text("team/notes", "markdown")).toContain("We all met.");
  const lock = await roost.request("POST", "/v1/rooms/document/team%2Fnotes/lock", { json: { mode: "read" } });
  expect([lock.status, (await roost.get("team/notes")).lock]).toEqual([200, "read"]);
  expect((await roost.blame("team/notes")).ranges.length).toBeGreaterThan(0);
  expect((await roost.activity("team/notes")).activity[0]).toMatchObject({ inserted: expect.any(Number) });
  expect(await roost.history("team/notes")).toMatchObject({ steps: expect.any(Array) });
  const doc = new Y.Doc();
  Y.applyUpdate(doc, await roost.update("team/notes"));
  expect([...doc.share.keys()]).toHaveLength(1);
});

test("[SA1] images, tokens, webhooks and erasing", async () => {
  const asset = await roost.putAsset("pictures", PNG);
  expect(await roost.asset("pictures", asset.id)).toEqual(PNG);
  const token = await roost.mintToken({ user: "alice", rooms: { "document:pictures": ["read"] } });
  const shown = await fetch(`${server.url}${asset.path}?token=${token}`);
  expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
  await roost.deleteAsset("pictures", asset.id);
  await expect(roost.asset("pictures", asset.id)).rejects.toMatchObject({ status: 404 });
  const hook = await roost.createWebhook({ url: "https://hooks.shop.com/roost", events: ["document.*"] });
  expect((await roost.webhooks()).webhooks.map(({ id }) => id)).toEqual([hook.id]);
  const rotated = await roost.rotateWebhook(hook.id, { overlapSeconds: 60 });
  await expect(roost.rotateWebhook(hook.id)).rejects.toMatchObject({ status: 409, kind: "conflict" });
  const forced = await roost.rotateWebhook(hook.id, { force: true });
  expect([hook, rotated, forced].map(({ secretVersion }) => secretVersion)).toEqual([1, 2, 3]);
  expect(new Set([hook.secret, rotated.secret, forced.secret]).size).toBe(3);
  await roost.deleteWebhook(hook.id);
  const receipt = await roost.eraseUser("alice");
  expect(await roost.erasure(receipt.id)).toMatchObject({ id: receipt.id, kind: "user" });
  await roost.erase("pictures");
  await expect(roost.get("pictures")).rejects.toMatchObject({ status: 410, kind: "deleted" });
  await vi.waitUntil(async () => (await roost.documentErasure("pictures")).isErased, 30_000);
  expect(await roost.documentErasure("pictures")).toMatchObject({ id: "pictures", remaining: [] });
  await expect(roost.get("never")).rejects.toBeInstanceOf(RoostProblem);
});

test("[SA2] what is refused for now is asked again when the server says, and no more often than told", async () => {
  const answers = [503, 429, 200];
  let asked = 0;
  const flaky: typeof fetch = async (input, init) => {
    const status = answers[asked] ?? 503;
    asked += 1;
    return status === 200 ? await fetch(input, init) : new Response(null, { status, headers: { "retry-after": "0" } });
  };
  const patient = new RoostServer({ url: server.url, key, fetch: flaky });
  expect(await patient.list()).toMatchObject({ documents: expect.any(Array) });
  expect(asked).toBe(3);
  const hasty = new RoostServer({ url: server.url, key, fetch: flaky, maxRetries: 1 });
  await expect(hasty.list()).rejects.toMatchObject({ status: 503 });
  expect(asked).toBe(5);
});
