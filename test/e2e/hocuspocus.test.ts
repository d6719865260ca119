/**
 * Hocuspocus' published providers on a server that is open to nobody, at the address of one document, with a token in the URL: what the
 * matrix of all clients (test/conformance) does not ask.
 */
import * as v2 from "hocuspocus-provider-2";
import * as v3 from "hocuspocus-provider-3";
import * as v4 from "hocuspocus-provider-4";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { textOf, type } from "../support/client-providers.ts";
import { PROMPT, READS, Strangers, WRITES } from "../support/strangers.ts";

const SKEW_MS = 30_000;
const VERSIONS = ["2.15", "3.4", "4.8"] as const;
type Version = (typeof VERSIONS)[number];

type Options = {
  /** In the URL: what the socket is let in by. */
  readonly token: string;
  /** What the provider shows in the socket. */
  readonly shows?: () => string;
};

let people: Strangers;
beforeAll(async () => {
  // Longer than a drop lasts, on a busy machine too.
  people = await Strangers.start({ ROOST_BLIP_MS: "30000" });
});
afterAll(async () => await people.end());

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** The provider of this version, with a socket of its own. */
function open(version: Version, id: string, { token, shows = () => "not looked at" }: Options) {
  const sockets: WebSocket[] = [];
  const url = `${people.server.wsUrl}/hocuspocus/${id}?token=${token}`;
  const line = { url, WebSocketPolyfill: watched(sockets) };
  const shared = { name: id, document: new Y.Doc(), token: shows };
  const made = {
    "2.15": () => {
      const websocketProvider = new v2.HocuspocusProviderWebsocket(line);
      return {
        provider: new v2.HocuspocusProvider({ ...shared, websocketProvider, broadcast: false }),
        websocketProvider,
      };
    },
    "3.4": () => attached(v3, new v3.HocuspocusProviderWebsocket(line), shared),
    "4.8": () => attached(v4, new v4.HocuspocusProviderWebsocket(line), shared),
  }[version]();
  const { provider, websocketProvider } = made;
  const said: string[] = [];
  provider.on("stateless", ({ payload }: { readonly payload: string }) => said.push(payload));
  provider.on("authenticationFailed", ({ reason }: { readonly reason: string }) => said.push(`refused: ${reason}`));
  provider.on("authenticated", () => said.push(provider.authorizedScope ?? ""));
  ends.push(() => {
    provider.destroy();
    websocketProvider.destroy();
    shared.document.destroy();
  });
  return { provider, websocketProvider, doc: shared.document, said, sockets };
}
type Client = ReturnType<typeof open>;

function attached<P extends { attach(): void }, S, O extends object>(
  { HocuspocusProvider }: { readonly HocuspocusProvider: new (options: O & { readonly websocketProvider: S }) => P },
  websocketProvider: S,
  options: O,
): { readonly provider: P; readonly websocketProvider: S } {
  const provider = new HocuspocusProvider({ ...options, websocketProvider });
  provider.attach();
  return { provider, websocketProvider };
}

function watched(sockets: WebSocket[]) {
  return class extends WebSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  };
}

async function whenSynced({ provider }: Client): Promise<void> {
  await expect.poll(() => provider.isSynced, PROMPT).toBe(true);
}

async function whenClean({ provider }: Client): Promise<void> {
  await expect.poll(() => provider.unsyncedChanges, PROMPT).toBe(0);
}

function peersOf({ provider }: Client): readonly number[] {
  return [...(provider.awareness?.getStates().keys() ?? [])].toSorted((one, other) => one - other);
}

describe.each(VERSIONS)("provider %s", (version) => {
  test("[DI27] counts every edit as saved, and of who reads only none, but for what brings nothing", async () => {
    const id = `hocuspocus/counts-${version}`;
    const alice = open(version, id, { token: await people.token("alice", WRITES) });
    await whenSynced(alice);
    for (let edit = 0; edit < 30; edit += 1) type(alice.doc, "x");
    await whenClean(alice);
    expect(await people.stored(id)).toBe("x".repeat(30));
    const rita = open(version, id, { token: await people.token("rita", READS) });
    await whenSynced(rita);
    await whenClean(rita);
    expect([alice.said, rita.said]).toEqual([["read-write"], ["readonly"]]);
    type(rita.doc, "y");
    type(alice.doc, "z");
    await expect.poll(() => textOf(rita.doc).includes("z"), PROMPT).toBe(true);
    expect(rita.provider.unsyncedChanges).toBe(1);
    expect(await people.stored(id)).toBe(`${"x".repeat(30)}z`);
    expect([alice.sockets.length, rita.sockets.length]).toEqual([1, 1]);
  });

  test("[RO44] a token that ends is renewed in the socket, where the provider can; another one writes no more with it", async () => {
    const id = `hocuspocus/renews-${version}`;
    const fresh = await people.token("alice", WRITES);
    const isAsked = version !== "2.15";
    const ending = await people.token("alice", WRITES, { endsInMs: (isAsked ? 20_000 : 8_000) - SKEW_MS });
    const alice = open(version, id, { token: ending, shows: () => fresh });
    await whenSynced(alice);
    if (isAsked) await expect.poll(() => alice.said, PROMPT).toEqual(["read-write", "read-write"]);
    else await expect.poll(() => alice.said.at(-1), PROMPT).toBe("readonly");
    type(alice.doc, "kept");
    if (isAsked) await whenClean(alice);
    else await expect.poll(() => alice.sockets.length, PROMPT).toBeGreaterThan(1);
    expect([alice.provider.unsyncedChanges === 0, await people.stored(id)]).toEqual(
      isAsked ? [true, "kept"] : [false, ""],
    );
    if (isAsked) expect(alice.sockets.length).toBe(1);
  });
});

test("[FM5] messages of applications go from every provider to all others, and not to other families", async () => {
  const token = await people.token("alice", WRITES);
  const clients = VERSIONS.map((version) => open(version, "hocuspocus/stateless", { token }));
  const roost = people.open("hocuspocus/stateless", token);
  await Promise.all([...clients.map(whenSynced), roost.whenSynced]);
  for (const [index, { provider }] of clients.entries()) {
    provider.sendStateless(`{"from":"${VERSIONS[index]}"}`);
    const heard = () => clients.map(({ said }) => said.at(-1) === `{"from":"${VERSIONS[index]}"}`);
    await expect.poll(heard, PROMPT).toEqual(clients.map((_, other) => other !== index));
  }
  expect(roost.status).toBe("synced");
});

test("[PR3] what 3.4 says of all others after a drop of its own removes nobody", async () => {
  const token = await people.token("alice", WRITES);
  const [dropping, other, watcher] = (["3.4", "2.15", "4.8"] as const).map((version) =>
    open(version, "hocuspocus/nulls", { token }),
  );
  if (dropping === undefined || other === undefined || watcher === undefined) throw new Error("there are three");
  const all = [dropping, other, watcher];
  await Promise.all(all.map(whenSynced));
  all.forEach(({ provider }, index) => provider.awareness?.setLocalState({ n: index }));
  const everybody = all.map(({ doc }) => doc.clientID).toSorted((one, other) => one - other);
  await expect.poll(() => all.map(peersOf), PROMPT).toEqual(all.map(() => everybody));
  const removed: number[] = [];
  watcher.provider.awareness?.on("change", (change: { readonly removed: readonly number[] }) => {
    removed.push(...change.removed);
  });
  const queued: string[] = [];
  dropping.provider.on("outgoingMessage", ({ message }: { readonly message: { readonly description: string } }) => {
    if (!dropping.provider.isSynced) queued.push(message.description);
  });
  dropping.sockets.at(-1)?.terminate();
  await expect.poll(() => dropping.sockets.length, PROMPT).toBe(2);
  await whenSynced(dropping);
  await expect.poll(() => all.map(peersOf), PROMPT).toEqual(all.map(() => everybody));
  // What it says of them waits until the first answer, and goes out with it: by this edit it has come.
  type(dropping.doc, "after");
  await expect.poll(() => textOf(watcher.doc), PROMPT).toBe("after");
  expect(queued.filter((description) => description === "Awareness states update").length).toBeGreaterThan(1);
  expect([removed, all.map(peersOf)]).toEqual([[], all.map(() => everybody)]);
});

test.each([
  ["another document", { name: "hocuspocus/not-it", sessionAwareness: false }],
  ["another session", { name: "hocuspocus/one", sessionAwareness: true }],
])(
  "[RO62] a socket at one document's address refuses %s, which hears why; the first goes on",
  async (_what, second) => {
    const alice = open("4.8", "hocuspocus/one", { token: await people.token("alice", WRITES) });
    await whenSynced(alice);
    if (!(alice.websocketProvider instanceof v4.HocuspocusProviderWebsocket)) throw new Error("it is 4.8");
    const doc = new Y.Doc();
    const { websocketProvider } = alice;
    const stray = new v4.HocuspocusProvider({ ...second, document: doc, websocketProvider, token: "token" });
    const reasons: string[] = [];
    stray.on("authenticationFailed", ({ reason }: { readonly reason: string }) => reasons.push(reason));
    stray.attach();
    ends.unshift(() => stray.destroy());
    await expect.poll(() => reasons[0], PROMPT).toBe("this socket is for one document");
    type(doc, "lost");
    type(alice.doc, "kept ");
    await whenClean(alice);
    expect(stray.unsyncedChanges).toBeGreaterThan(0);
    expect((await people.stored("hocuspocus/one")).replaceAll("kept ", "")).toBe("");
    expect(alice.sockets.length).toBe(1);
  },
);
