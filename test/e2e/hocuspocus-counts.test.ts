/**
 * What the counter of Hocuspocus' published providers says, against what is stored: zero means that everything is a row, and it comes
 * back to zero. On a slow line, where there is time between what is sent and what is a row.
 */
import * as v2 from "hocuspocus-provider-2";
import * as v3 from "hocuspocus-provider-3";
import * as v4 from "hocuspocus-provider-4";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { PROMPT, READS, Strangers, WRITES } from "../support/strangers.ts";

/** One way, from the client. */
const UPLINK_MS = 150;
/** Acks that were sent longer ago than this are known to have been read. */
const ACK_UNDERWAY_MS = 5_000;

const VERSIONS = ["2.15", "3.4", "4.8"] as const;
const PATHS = ["shared", "own", "own, token in the URL"] as const;

type Options = {
  readonly path?: (typeof PATHS)[number];
  readonly token: string;
  readonly shows?: () => string;
  readonly uplinkMs?: number;
};

let people: Strangers;
beforeAll(async () => {
  people = await Strangers.start();
});
const ends: (() => void)[] = [];
afterAll(async () => {
  for (const end of ends.splice(0)) end();
  await people.end();
});

const wait = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms));

/** The provider of this version, and each time its counter said more than was true. */
function open(version: (typeof VERSIONS)[number], id: string, options: Options) {
  const { path = "shared", token, shows = () => token, uplinkMs = UPLINK_MS } = options;
  const sockets: WebSocket[] = [];
  const own = { shared: "", own: `/${id}`, "own, token in the URL": `/${id}?token=${token}` }[path];
  const line = { url: `${people.server.wsUrl}/hocuspocus${own}`, WebSocketPolyfill: slow(sockets, uplinkMs) };
  const shared = { name: id, document: new Y.Doc(), token: shows };
  const made = {
    "2.15": () => {
      const websocketProvider = new v2.HocuspocusProviderWebsocket(line);
      const provider = new v2.HocuspocusProvider({ ...shared, websocketProvider, broadcast: false });
      return { provider, websocketProvider };
    },
    "3.4": () => attached(v3, new v3.HocuspocusProviderWebsocket(line), shared),
    "4.8": () => attached(v4, new v4.HocuspocusProviderWebsocket(line), shared),
  }[version]();
  const { provider, websocketProvider } = made;
  const text = () => shared.document.getText("text").toString();
  const lies: string[] = [];
  const asked: Promise<void>[] = [];
  provider.on("unsyncedChanges", () => {
    const { unsyncedChanges } = provider;
    if (unsyncedChanges < 0) lies.push(`${unsyncedChanges} at "${text()}"`);
    if (unsyncedChanges !== 0) return;
    const said = text();
    const compare = async () => {
      const stored = await people.stored(id);
      // It types in front of what is there.
      if (!stored.endsWith(said)) lies.push(`saved at "${said}", stored is "${stored}"`);
    };
    asked.push(compare());
  });
  const end = () => {
    provider.destroy();
    websocketProvider.destroy();
    shared.document.destroy();
  };
  ends.push(end);
  const foundLies = async () => {
    await Promise.all(asked);
    return lies;
  };
  const typeFirst = (typed: string) => shared.document.getText("text").insert(0, typed);
  return { provider, sockets, text, typeFirst, foundLies, end };
}
type Version = (typeof VERSIONS)[number];
type Path = (typeof PATHS)[number];
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

function slow(sockets: WebSocket[], uplinkMs: number) {
  return class extends WebSocket {
    constructor(url: string) {
      super(url);
      this.on("error", () => undefined);
      sockets.push(this);
    }

    override send(data: Uint8Array): void {
      const copy = Uint8Array.from(data);
      setTimeout(() => {
        if (this.readyState === WebSocket.OPEN) super.send(copy);
      }, uplinkMs);
    }
  };
}

async function whenClean({ provider }: Client): Promise<void> {
  await vi.waitUntil(() => provider.isSynced && provider.unsyncedChanges === 0, PROMPT);
}

/** With all versions at once. */
function all(title: string, run: (version: Version) => Promise<void>): void {
  test.concurrent(title, async () => void (await Promise.all(VERSIONS.map(run))), 60_000);
}

function everywhere(title: string, run: (version: Version, path: Path) => Promise<void>): void {
  all(title, async (version) => void (await Promise.all(PATHS.map(async (path) => await run(version, path)))));
}

everywhere("[FM8] a lock that comes and goes leaves the counter right", async (version, path) => {
  const id = `counts/lock-${version}-${PATHS.indexOf(path)}`;
  const bob = open(version, id, { path, token: await people.token("bob", WRITES) });
  await whenClean(bob);
  bob.typeFirst("a");
  await whenClean(bob);
  await people.administer(id, "lock", { mode: "read" });
  await people.administer(id, "lock", { mode: "open" });
  await wait(UPLINK_MS / 2);
  // Nothing was refused: the same socket goes on.
  for (const letter of "bcd") {
    bob.typeFirst(letter);
    await wait(UPLINK_MS / 3);
  }
  await whenClean(bob);
  expect([bob.sockets.length, await people.stored(id)]).toEqual([1, "dcba"]);
  await people.administer(id, "lock", { mode: "read" });
  for (const letter of "efg") bob.typeFirst(letter);
  await wait(3 * UPLINK_MS);
  expect([bob.provider.unsyncedChanges, await people.stored(id)]).toEqual([3, "dcba"]);
  await people.administer(id, "lock", { mode: "open" });
  await vi.waitUntil(() => bob.sockets.length === 2, PROMPT);
  await whenClean(bob);
  bob.typeFirst("h");
  expect(bob.provider.hasUnsyncedChanges).toBe(true);
  await whenClean(bob);
  expect([await people.stored(id), await bob.foundLies()]).toEqual(["hgfedcba", []]);
});

all("[FM8] who types on while its socket comes back says saved when all is", async (version) => {
  const id = `counts/on-${version}`;
  const bob = open(version, id, { token: await people.token("bob", WRITES) });
  await whenClean(bob);
  await people.administer(id, "lock", { mode: "read" });
  bob.typeFirst("a");
  await wait(2 * UPLINK_MS);
  await people.administer(id, "lock", { mode: "open" });
  for (let edit = 0; edit < 60; edit += 1) {
    bob.typeFirst(String(edit % 10));
    await wait(50);
  }
  await whenClean(bob);
  expect(await people.stored(id)).toBe(bob.text());
  await wait(2 * UPLINK_MS);
  bob.typeFirst("z");
  expect(bob.provider.hasUnsyncedChanges).toBe(true);
  await whenClean(bob);
  expect(await bob.foundLies()).toEqual([]);
});

all("[FM8] a better token, and what was refused before it is saved", async (version) => {
  const id = `counts/token-${version}`;
  const [reads, writes] = [await people.token("rita", READS), await people.token("rita", WRITES)];
  const amy = open(version, id, { token: writes });
  await whenClean(amy);
  amy.typeFirst("a");
  await whenClean(amy);
  let token = reads;
  const rita = open(version, id, { token: reads, shows: () => token });
  await whenClean(rita);
  rita.typeFirst("b");
  rita.typeFirst("c");
  await wait(3 * UPLINK_MS);
  expect(rita.provider.unsyncedChanges).toBe(2);
  token = writes;
  const { provider } = rita;
  // The older one has no way to send another one.
  if (!("sendToken" in provider)) return;
  await provider.sendToken();
  await vi.waitUntil(() => rita.sockets.length === 2, PROMPT);
  await whenClean(rita);
  expect([await people.stored(id), await rita.foundLies()]).toEqual(["cba", []]);
});

all("[FM9] forceSync comes back to saved: in its socket where it was quiet, else in another one", async (version) => {
  const id = `counts/force-${version}`;
  const bob = open(version, id, { token: await people.token("bob", WRITES) });
  await whenClean(bob);
  bob.typeFirst("a");
  await whenClean(bob);
  await wait(ACK_UNDERWAY_MS);
  bob.provider.forceSync();
  bob.provider.forceSync();
  await whenClean(bob);
  expect(bob.sockets.length).toBe(1);
  await wait(ACK_UNDERWAY_MS);
  bob.provider.forceSync();
  bob.typeFirst("b");
  await wait(UPLINK_MS / 2);
  bob.typeFirst("c");
  await whenClean(bob);
  expect([bob.sockets.length, await people.stored(id)]).toEqual([1, "cba"]);
  bob.typeFirst("d");
  bob.provider.forceSync();
  await vi.waitUntil(() => bob.sockets.length === 2, PROMPT);
  await whenClean(bob);
  bob.typeFirst("e");
  expect(bob.provider.hasUnsyncedChanges).toBe(true);
  await whenClean(bob);
  expect([await people.stored(id), await bob.foundLies()]).toEqual(["edcba", []]);
});
