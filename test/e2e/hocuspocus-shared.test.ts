/**
 * Many documents over one Hocuspocus socket, with the published providers against a real server.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type ClosedServer,
  type Project,
  ask,
  createProject,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import { type Version, SharedClient, VERSIONS } from "../support/shared-hocuspocus.ts";

const PROMPT = { timeout: 20_000, interval: 20 };

/** Far longer than a goodbye takes, and than a socket needs to come back, on a busy machine too. */
const BLIP_MS = 45_000;
const PAGE = "https://app.example";

let server: ClosedServer;
let acme: Project;
const clients: SharedClient[] = [];

beforeAll(async () => {
  server = await startClosedServer({ vars: { ROOST_BLIP_MS: String(BLIP_MS) } });
  acme = await createProject(server, "acme", { origins: [PAGE], access: { "document:*": ["read", "write"] } });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.end();
});
afterAll(async () => await server.stop());

const everything = async (user: string) => await tokenFor(acme, user);
const only = async (user: string, rooms: Readonly<Record<string, readonly ["read", "write"]>>) =>
  await tokenFor(acme, user, { rooms });

function open(version: Version, path = "/hocuspocus", origin?: string): SharedClient {
  const client = new SharedClient(version, `${server.wsUrl}${path}`, origin);
  clients.push(client);
  return client;
}

async function stored(id: string): Promise<string> {
  const path = `/v1/documents/${encodeURIComponent(id)}/content?format=text`;
  return (await ask(server, acme.secretKey, path)).text;
}

describe.each(VERSIONS)("providers %s on one socket", (version) => {
  const id = (name: string) => `${version}/${name}`;

  test("[RT130] each document is in sync, saved, and edited both ways", async () => {
    const [hers, his] = [await everything("alice"), await everything("bob")];
    const alice = open(version);
    const names = ["one", "two", "three/with/slashes"].map(id);
    const documents = names.map((name) => alice.open(name, { token: hers }));
    for (const [index, { type }] of documents.entries()) type(`hers ${index}`);
    await expect.poll(() => documents.map(({ isSaved }) => isSaved()), PROMPT).toEqual([true, true, true]);
    expect(await Promise.all(names.map(stored))).toEqual(["hers 0", "hers 1", "hers 2"]);
    const bob = open(version);
    const other = bob.open(id("two"), { token: his });
    await expect.poll(other.text, PROMPT).toBe("hers 1");
    other.type(", his");
    await expect.poll(() => documents[1]?.text(), PROMPT).toBe("hers 1, his");
    other.provider.awareness?.setLocalStateField("user", { name: "Bob" });
    await expect
      .poll(() => JSON.stringify([...(documents[1]?.provider.awareness?.getStates() ?? [])]), PROMPT)
      .toContain("Bob");
    expect([alice.sockets.length, bob.sockets.length]).toEqual([1, 1]);
  });

  test("[RT135] a document leaves and comes back while the others go on; presence ends with it", async () => {
    const token = await everything("alice");
    const alice = open(version);
    const [stays, leaves] = [alice.open(id("stays"), { token }), alice.open(id("leaves"), { token })];
    const bob = open(version).open(id("leaves"), { token: await everything("bob") });
    leaves.provider.awareness?.setLocalStateField("user", { name: "Alice" });
    await expect.poll(() => bob.provider.awareness?.getStates().size, PROMPT).toBe(2);
    leaves.type("her last words");
    leaves.provider.destroy();
    await expect.poll(bob.text, PROMPT).toBe("her last words");
    // Said with the goodbye, not held for a blip.
    await expect.poll(() => bob.provider.awareness?.getStates().size, PROMPT).toBe(1);
    bob.type(", and his");
    const back = alice.open(id("leaves"), { token });
    await expect.poll(() => [back.isSaved(), back.text()], PROMPT).toEqual([true, "her last words, and his"]);
    stays.type("here");
    await expect.poll(stays.isSaved, PROMPT).toBe(true);
    expect(alice.sockets).toHaveLength(1);
  });

  test("[RT131] of several documents the forbidden one is refused alone, and opens with a better token", async () => {
    const rights = { [`document:${version}/mine/*`]: ["read", "write"] } as const;
    const narrow = await only("alice", rights);
    const alice = open(version);
    let token = narrow;
    const [first, forbidden, last] = [
      alice.open(id("mine/1"), { token: narrow }),
      alice.open(id("secret"), { token: () => token }),
      alice.open(id("mine/2"), { token: narrow }),
    ];
    for (const { type } of [first, forbidden, last]) type("text");
    await expect.poll(() => forbidden.denials, PROMPT).toEqual(["Not allowed. This needs the scope read."]);
    await expect.poll(() => [first.isSaved(), last.isSaved()], PROMPT).toEqual([true, true]);
    expect(forbidden.isSaved()).toBe(false);
    expect(await stored(id("secret"))).toContain("not-found");
    token = await everything("alice");
    await forbidden.provider.sendToken();
    forbidden.provider.startSync();
    await expect.poll(() => forbidden.isSaved(), PROMPT).toBe(true);
    expect([await stored(id("secret")), alice.sockets.length]).toEqual(["text", 1]);
  });

  test("[RT131] an expired token, a forged one, one of another project and none are refused each at its address", async () => {
    const alice = open(version);
    const rival = await createProject(server, `rival-${version.replace(".", "-")}`);
    const tokens = {
      good: await everything("alice"),
      expired: await tokenFor(acme, "alice", { endsInMs: -60_000 }),
      forged: `${(await everything("alice")).slice(0, -6)}AAAAAA`,
      none: "",
      rival: await tokenFor(rival, "mallory"),
    };
    const documents = Object.entries(tokens).map(([name, token]) => alice.open(id(`tokens/${name}`), { token }));
    const [good, ...refused] = documents;
    await expect.poll(() => good?.isSaved(), PROMPT).toBe(true);
    await expect
      .poll(() => refused.slice(0, 3).map(({ denials }) => denials), PROMPT)
      .toEqual([["Token expired. Get a fresh one."], ["Not authorized"], ["Not authorized"]]);
    // The rival's project has a document of this name too, which is another one.
    await expect.poll(() => refused[3]?.isSaved(), PROMPT).toBe(true);
    refused[3]?.type("the rival's");
    await expect.poll(() => refused[3]?.isSaved(), PROMPT).toBe(true);
    expect(await stored(id("tokens/rival"))).toContain("not-found");
    expect(alice.sockets).toHaveLength(1);
  });

  test("[RT134] a deleted document ends alone, and is refused from then on", async () => {
    const token = await everything("alice");
    const alice = open(version);
    const [stays, gone] = [alice.open(id("kept"), { token }), alice.open(id("deleted"), { token })];
    gone.type("soon gone");
    await expect.poll(() => [stays.isSaved(), gone.isSaved()], PROMPT).toEqual([true, true]);
    const path = `/v1/documents/${encodeURIComponent(id("deleted"))}`;
    expect((await ask(server, acme.secretKey, path, { method: "DELETE" })).status).toBe(204);
    await expect.poll(() => gone.denials.join(), PROMPT).toContain("document deleted");
    gone.type(", or not");
    stays.type("still here");
    await expect.poll(() => stays.isSaved(), PROMPT).toBe(true);
    gone.provider.destroy();
    const again = alice.open(id("deleted"), { token });
    await expect.poll(() => again.denials, PROMPT).toEqual(["Document deleted"]);
    expect([alice.sockets.length, await stored(id("kept"))]).toEqual([1, "still here"]);
  });

  test("[RT134] the server is killed, and every document comes back with what was typed meanwhile", async () => {
    const token = await everything("alice");
    const alice = open(version);
    const documents = ["k1", "k2", "k3"].map((name) => alice.open(id(name), { token }));
    for (const { type } of documents) type("before");
    await expect.poll(() => documents.map(({ isSaved }) => isSaved()), PROMPT).toEqual([true, true, true]);
    const killed = server.kill9();
    for (const { type } of documents) type(", during");
    await killed;
    await expect.poll(() => documents.map(({ isSaved }) => isSaved()), { timeout: 30_000 }).toEqual([true, true, true]);
    for (const { type } of documents) type(", after");
    await expect.poll(() => documents.map(({ isSaved }) => isSaved()), PROMPT).toEqual([true, true, true]);
    expect(await Promise.all(["k1", "k2", "k3"].map(async (name) => await stored(id(name))))).toEqual(
      documents.map(() => "before, during, after"),
    );
  });

  test("[RT135] a wire that drops takes nobody's presence with it when it is back in time", async () => {
    const token = await everything("alice");
    const alice = open(version);
    const hers = alice.open(id("blip"), { token });
    const bob = open(version).open(id("blip"), { token: await everything("bob") });
    hers.provider.awareness?.setLocalStateField("user", { name: "Alice" });
    bob.provider.awareness?.setLocalStateField("user", { name: "Bob" });
    const seen = ({ provider }: typeof hers) => provider.awareness?.getStates().size;
    await expect.poll(() => [seen(hers), seen(bob)], PROMPT).toEqual([2, 2]);
    const changes: number[] = [];
    bob.provider.awareness?.on("change", ({ removed }: { removed: number[] }) => changes.push(...removed));
    alice.drop();
    await expect.poll(() => alice.sockets.length, PROMPT).toBe(2);
    hers.type("back");
    await expect.poll(bob.text, PROMPT).toBe("back");
    await expect.poll(() => [seen(hers), seen(bob)], PROMPT).toEqual([2, 2]);
    expect(changes).toEqual([]);
  });

  test("[RT138] one document a socket, with the token in the socket: that document, and no other", async () => {
    const token = await everything("alice");
    const alice = open(version, `/hocuspocus/${id("single")}`);
    const [single, other] = [alice.open(id("single"), { token }), alice.open(id("other"), { token })];
    single.type("one");
    await expect
      .poll(() => [single.isSaved(), other.denials], PROMPT)
      .toEqual([true, ["Bad request. This address is one document's."]]);
    expect(await stored(id("single"))).toBe("one");
  });

  test("[RT131] the token of the socket's address counts where a frame brings none, and a key stands beside one", async () => {
    const token = await everything("alice");
    for (const query of [`?token=${token}`, `?key=${acme.publishableKey}`]) {
      const alice = open(version, `/hocuspocus${query}`, PAGE);
      const document = alice.open(id(`query${query.length}`), query.startsWith("?key") ? { token } : {});
      document.type("mine");
      await expect.poll(() => document.isSaved(), PROMPT).toBe(true);
    }
  });
});

test("[RT130] two sessions of one document share a socket", async () => {
  const token = await everything("alice");
  const alice = open("4.8");
  const [left, right] = [1, 2].map(() => alice.open("sessions", { token, sessionAwareness: true }));
  left?.type("left");
  await expect.poll(() => [left?.isSaved(), right?.isSaved(), right?.text()], PROMPT).toEqual([true, true, "left"]);
  right?.type(", right");
  await expect.poll(() => left?.text(), PROMPT).toBe("left, right");
  left?.provider.destroy();
  right?.type("!");
  await expect.poll(() => right?.isSaved(), PROMPT).toBe(true);
  expect([await stored("sessions"), alice.sockets.length]).toEqual(["left, right!", 1]);
});
