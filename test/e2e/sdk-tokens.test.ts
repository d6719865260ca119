/**
 * The client SDK and a server that is closed to strangers: tokens that end, rights that change, names that nobody can borrow.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { CloseInfo, DocumentProvider, DocumentProviderOptions, RightsInfo } from "../../client/index.ts";
import {
  destroyProviders,
  errorsOf,
  openProvider,
  textOf,
  type,
  whenDoc,
  whenPresence,
  whenSaveState,
  whenStatus,
} from "../support/client-providers.ts";
import {
  type ClosedServer,
  type Project,
  ask,
  createProject,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";

/** A socket may read only from 30 s after its token's end on, and lives for 30 s more: clocks differ by as much. */
const GRACE_MS = 30_000;
/** Even a machine that is busy connects and saves a word in so long. */
const CONNECT_MS = 8_000;
const WRITER = ["read", "write", "presence"] as const;

let server: ClosedServer;
let project: Project;

beforeAll(async () => {
  server = await startClosedServer();
  project = await createProject(server, "acme", {
    origins: ["https://acme.example"],
    access: { "document:public/*": [...WRITER] },
  });
});
afterAll(async () => {
  destroyProviders();
  await server.stop();
});

function open(id: string, options: Partial<DocumentProviderOptions>): DocumentProvider {
  return openProvider({ url: server.url, id, ...options });
}

/** A token of Alice's that ends in so many milliseconds, with rights in every document. */
function alicesToken(endsInMs = 3_600_000, scopes: readonly (typeof WRITER)[number][] = WRITER): Promise<string> {
  return tokenFor(project, "alice", { endsInMs, name: "Alice", rooms: { "document:*": [...scopes] } });
}

function nextRights(provider: DocumentProvider, reason: RightsInfo["reason"]): Promise<RightsInfo> {
  return new Promise((resolve) => {
    const stop = provider.on("rights", (rights) => {
      if (rights.reason !== reason) return;
      stop();
      resolve(rights);
    });
  });
}

function finalClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.on("closed", (info) => {
      if (info.final) resolve(info);
    });
  });
}

/** What the server holds. */
async function stored(id: string): Promise<string> {
  const reader = open(id, { token: await alicesToken() });
  await reader.whenSynced;
  const text = textOf(reader.doc);
  reader.destroy();
  return text;
}

// They wait rather than work: each in documents of its own, all at once.
describe.concurrent("a token that ends while somebody types", () => {
  test("[P9] it is renewed in the socket, and nobody notices", async () => {
    // Less than half a minute to live: asked for at once.
    const tokens = [await alicesToken(10_000), await alicesToken()];
    const alice = open("ends/renewed", { token: () => tokens.shift() ?? "" });
    const statuses: string[] = [];
    alice.on("status", (status) => statuses.push(status));
    const renewed = nextRights(alice, "token-renewed");
    await alice.whenSynced;
    expect((await renewed).scopes).toEqual(WRITER);
    type(alice.doc, "goes on");
    await alice.whenSaved();
    expect(statuses).toEqual(["synced"]);
  });

  test("[P9] edits before its end are saved, those after it wait while no token is to be had, and arrive", async () => {
    // Ended, but within what clocks may differ by: the socket is let in, and may write for some seconds more.
    const tokens = [await alicesToken(CONNECT_MS - GRACE_MS)];
    const alice = open("ends/typing", {
      token: () => {
        const [token] = tokens;
        if (token === undefined) throw new Error("the back end is down");
        return token;
      },
    });
    const errors = errorsOf(alice);
    const expired = nextRights(alice, "token-expired");
    await alice.whenSynced;
    tokens.length = 0;
    type(alice.doc, "before ");
    await alice.whenSaved();
    expect((await expired).scopes).not.toContain("write");
    type(alice.doc, "after");
    await whenSaveState(alice, "unsaved");
    expect(await stored("ends/typing")).toBe("before ");
    expect([alice.canWrite, alice.saveState]).toEqual([false, "unsaved"]);
    tokens.push(await alicesToken());
    await alice.whenSaved();
    expect(await stored("ends/typing")).toBe("before after");
    expect(alice.canWrite).toBe(true);
    expect(new Set(errors)).toEqual(new Set(["token: the back end is down"]));
  });

  test("[P9] a page whose token ended for good is closed with 4501, and comes back with the next", async () => {
    const tokens = [await alicesToken(CONNECT_MS - GRACE_MS)];
    const last = tokens[0] ?? "";
    const alice = open("ends/closed", { token: () => tokens[0] ?? last });
    const closed = new Promise<CloseInfo>((resolve) => {
      alice.once("closed", resolve);
    });
    const expired = nextRights(alice, "token-expired");
    await alice.whenSynced;
    await expired;
    type(alice.doc, "typed on a plane");
    expect(await closed).toMatchObject({ code: 4501, final: false });
    tokens[0] = await alicesToken();
    await alice.whenSaved();
    expect(await stored("ends/closed")).toBe("typed on a plane");
  });
});

describe.concurrent("rights that change", () => {
  test("[P9] a reader's edits wait for a wider token, and leave with it", async () => {
    // Who may only read makes no document.
    expect(await stored("rights/wider")).toBe("");
    const tokens = [await alicesToken(3_600_000, ["read", "presence"]), await alicesToken()];
    const alice = open("rights/wider", { token: () => tokens.shift() ?? "" });
    await alice.whenSynced;
    expect([alice.canWrite, alice.scopes]).toEqual([false, ["read", "presence"]]);
    type(alice.doc, "waits");
    expect(await stored("rights/wider")).toBe("");
    expect(alice.saveState).toBe("unsaved");
    alice.refreshToken();
    await alice.whenSaved();
    expect(await stored("rights/wider")).toBe("waits");
  });

  test("[P9] a lock holds back what is typed under it, and gives it back when it is lifted", async () => {
    const alice = open("rights/lock", { token: await alicesToken() });
    const bob = open("rights/lock", { token: await tokenFor(project, "bob") });
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    type(alice.doc, "free ");
    await alice.whenSaved();
    const path = "/v1/rooms/document/rights%2Flock/lock";
    const locked = nextRights(alice, "locked");
    expect((await ask(server, project.secretKey, path, { body: { mode: "read" } })).status).toBe(200);
    await locked;
    type(alice.doc, "locked");
    await whenSaveState(alice, "unsaved");
    // Bob's token has the scope admin, which is above a lock.
    type(bob.doc, "!");
    await bob.whenSaved();
    expect(textOf(bob.doc)).not.toContain("locked");
    expect((await ask(server, project.secretKey, path, { body: { mode: "open" } })).status).toBe(200);
    await alice.whenSaved();
    await whenDoc(bob.doc, () => textOf(bob.doc) === textOf(alice.doc));
    expect(textOf(bob.doc)).toContain("locked");
  });

  test("[P9] a token that is none, and one that the project does not let in, are told and end the retries", async () => {
    const stranger = open("rights/none", { token: "eyJ.a.b" });
    expect(await finalClose(stranger)).toMatchObject({ code: 4401, final: true });
    const elsewhere = await tokenFor(project, "alice", { rooms: { "document:elsewhere/*": ["read"] } });
    const outsider = open("rights/none", { token: elsewhere });
    expect(await finalClose(outsider)).toMatchObject({ code: 4403, final: true });
    const ended = open("rights/none", { token: await alicesToken(-120_000) });
    expect(await finalClose(ended)).toMatchObject({ code: 4401, final: true });
  });

  test("[P9] a publishable key opens what the project shows to its pages, and nothing else", async () => {
    const Socket = await originSocket("https://acme.example");
    const page = open("public/board", { key: project.publishableKey, WebSocket: Socket });
    await page.whenSynced;
    type(page.doc, "public");
    await page.whenSaved();
    expect(await stored("public/board")).toBe("public");
    const hidden = open("private/board", { key: project.publishableKey, WebSocket: Socket });
    await whenStatus(hidden, "offline");
    expect(hidden.scopes).toBeUndefined();
  });
});

test.concurrent("[P5] a page wears the name of its token, whatever it says", async () => {
  const alice = open("names/worn", { token: await alicesToken() });
  const bob = open("names/worn", { token: await tokenFor(project, "bob") });
  await Promise.all([alice.whenSynced, bob.whenSynced]);
  alice.setPresence({ user: { name: "Bob", color: "#7c3aed" }, cursor: 1 });
  const seen = () => bob.awareness.getStates().get(alice.awareness.clientID);
  await whenPresence(bob, () => seen()?.["cursor"] === 1);
  expect(seen()).toEqual({ user: { name: "Alice", color: "#7c3aed" }, cursor: 1 });
  await vi.waitUntil(() => alice.awareness.getLocalState()?.["user"]?.name === "Alice", { timeout: 20_000 });
  expect(alice.awareness.getLocalState()).toEqual(seen());
});

/** A WebSocket that says which page it belongs to, as browsers do. */
async function originSocket(origin: string): Promise<unknown> {
  const { WebSocket } = await import("ws");
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { origin });
    }
  };
}
