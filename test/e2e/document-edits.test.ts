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

const NAMES = ["alice", "bob", "carol"];
/** Of each person, in words: nobody types without a pause, and a put that names its version needs one. */
const WORDS = 12;
const LETTERS = 8;
/** Of each kind of edit, at least; typing goes on until they are there. */
const EDITS = 3;

const wait = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

test("[FE10] three people type while a back end puts and patches their paragraphs, and nobody's characters are lost", async () => {
  const address = `${server.url}/v1/documents/typed-together/content`;
  const send = async (method: string, body: string, headers: Record<string, string>) =>
    await fetch(address, { method, body, headers, signal: AbortSignal.timeout(30_000) });
  const put = async (body: string, headers: Record<string, string>) =>
    await send("PUT", body, { "content-type": "text/markdown", ...headers });
  const start = "# Plan\n\nalice says: \\-\n\nbob says: \\-\n\ncarol says: \\-\n";
  expect((await put(start, { "if-none-match": "*" })).status).toBe(200);
  const people = NAMES.map((user) => openProvider({ url: server.url, id: "typed-together", user }));
  await Promise.all(people.map(async (person) => await person.whenSynced));

  let isEdited = false;
  const typedBy = NAMES.map(() => "");
  const typing = people.map(async (person, index) => {
    const name = NAMES[index] ?? "";
    for (let word = 0; word < WORDS || !isEdited; word += 1) {
      for (let letter = 0; letter < LETTERS; letter += 1) {
        const blocks = person.doc.getXmlFragment("default").toArray();
        const block = blocks.find((each) => String(each).includes(name));
        const text = block instanceof Y.XmlElement ? block.get(0) : undefined;
        if (!(text instanceof Y.XmlText)) throw new Error(`${name}'s paragraph is gone`);
        const stroke = String.fromCodePoint(97 + (word % 26));
        text.insert(text.length, stroke);
        typedBy[index] += stroke;
        await wait(5);
      }
      // Longer and longer, so that a slow machine's put finds a pause as well.
      await wait((20 + 10 * index) * (word + 1));
    }
    await whenSaveState(person, "saved");
  });

  const edit = async () => {
    let puts = 0;
    for (let patches = 0; patches < EDITS || puts < EDITS; patches += 1) {
      const read = await fetch(`${address}?format=markdown`);
      // Of every paragraph that somebody types in.
      const body = (await read.text()).replaceAll(/ sa(ys|id\d*):/g, ` said${patches}:`);
      const written = await put(body, { "if-match": read.headers.get("etag") ?? "" });
      expect([200, 412]).toContain(written.status);
      if (written.status === 200) puts += 1;
      const path = `/default/${1 + (patches % NAMES.length)}`;
      const find = NAMES[patches % NAMES.length];
      const operations = [{ op: "splice", path, find, insert: `${find}!` }];
      const patched = await send("PATCH", JSON.stringify(operations), { "content-type": "application/json" });
      expect([patched.status, await patched.text()]).toEqual([200, expect.anything()]);
    }
    isEdited = true;
  };
  await Promise.all([edit(), ...typing]);
  const final = await (await fetch(`${address}?format=text`)).text();
  const lines = final.split("\n").filter((line) => line !== "");
  for (const [index, name] of NAMES.entries()) {
    expect(lines[index + 1]).toMatch(new RegExp(`^${name}!* sa(ys|id\\d+): -${typedBy[index]}$`));
  }
  expect(final).toMatch(/alice!.* said\d+: -/);
}, 180_000);
