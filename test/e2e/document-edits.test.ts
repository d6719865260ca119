/**
 * Three people type while a back end puts and patches: a real server, real clients.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { destroyProviders, openProvider, whenSaveState } from "../support/client-providers.ts";
import { type TestServer, startServer } from "../support/server.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => await server.stop());
afterEach(() => destroyProviders());

const STROKES = 40;

test("[FE10] three people type while a back end puts and patches, and nobody's characters are lost", async () => {
  const address = `${server.url}/v1/documents/typed-together/content`;
  const put = async (body: string, headers: Record<string, string>) =>
    await fetch(address, { method: "PUT", body, headers: { "content-type": "text/markdown", ...headers } });
  expect((await put("# Plan\n\nalice\n\nbob\n\ncarol\n", { "if-none-match": "*" })).status).toBe(200);
  const people = ["alice", "bob", "carol"].map((user) => openProvider({ url: server.url, id: "typed-together", user }));
  await Promise.all(people.map(async (person) => await person.whenSynced));
  const typing = people.map(async (person, index) => {
    for (let stroke = 0; stroke < STROKES; stroke += 1) {
      const block = person.doc
        .getXmlFragment("default")
        .toArray()
        .find((each) => String(each).includes(NAMES[index] ?? ""));
      const text = block instanceof Y.XmlElement ? block.get(0) : undefined;
      if (text instanceof Y.XmlText) text.insert(text.length, NAMES[index]?.at(0) ?? "");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await whenSaveState(person, "saved");
  });
  let puts = 0;
  for (let attempt = 0; attempt < 15; attempt += 1) {
    const read = await fetch(`${address}?format=markdown`);
    const body = (await read.text()).replace(/^# .*$/m, `# Plan ${attempt}`);
    const written = await put(body, { "if-match": read.headers.get("etag") ?? "" });
    expect([200, 412]).toContain(written.status);
    if (written.status === 200) puts += 1;
    const operations = [{ op: "splice", path: "/default/0", find: "Plan", insert: "Plan!" }];
    const headers = { "content-type": "application/json" };
    await fetch(address, { method: "PATCH", body: JSON.stringify(operations), headers });
  }
  await Promise.all(typing);
  const final = await (await fetch(`${address}?format=markdown`)).text();
  for (const name of NAMES) expect(final).toContain(`\n${name}${name.charAt(0).repeat(STROKES)}\n`);
  expect(puts).toBeGreaterThan(0);
}, 30_000);

const NAMES = ["alice", "bob", "carol"];
