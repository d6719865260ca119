/**
 * An application that was built on Y-Sweet, with its published client and SDK, pointed at a closed Roost and nothing else changed.
 */
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import { json } from "node:stream/consumers";
import { EVENT_LOCAL_CHANGES } from "@y-sweet/client";
import { type ClientToken, DocumentManager, YSweetError } from "@y-sweet/sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import {
  type ClosedServer,
  type Project,
  ask,
  createProject,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import { recordResult } from "../support/results.ts";
import { YSweetClient, type YSweetOptions } from "../support/y-sweet-client.ts";

const SOON = { timeout: 20_000, interval: 10 };
const KILLS = 5;
/** The type of Y-Sweet's sync status, which it sends every 2 s and hears back. */
const HEARTBEAT = 102;

let server: ClosedServer;
let project: Project;
let manager: DocumentManager;
/** The application's own server, which knows the secret key. */
let application: Server;
let applicationUrl: string;
const clients: YSweetClient[] = [];

beforeAll(async () => {
  server = await startClosedServer();
  project = await createProject(server, "sweet");
  manager = managerWith(project.secretKey);
  application = createServer((asked, answer) => {
    const give = async () => {
      const { docId } = (await json(asked)) as { docId: string };
      answer.setHeader("content-type", "application/json");
      answer.end(JSON.stringify(await manager.getOrCreateDocAndToken(docId)));
    };
    // While the server is away.
    give().catch(() => answer.writeHead(502).end());
  });
  application.listen(0, "127.0.0.1");
  await once(application, "listening");
  const address = application.address();
  if (address === null || typeof address === "string") throw new Error("the application has no port");
  applicationUrl = `http://127.0.0.1:${address.port}/api/auth`;
  // It says so each time it comes back, and means nothing by it.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => clients.splice(0).forEach((client) => client.destroy()));
afterAll(async () => {
  application.close();
  await server.stop();
});

function managerWith(key: string): DocumentManager {
  return new DocumentManager(`ys://${encodeURIComponent(key)}@${new URL(server.url).host}`);
}

function open(id: string, authEndpoint: YSweetOptions["authEndpoint"] = applicationUrl): YSweetClient {
  const client = new YSweetClient({ id, doc: new Y.Doc(), authEndpoint });
  clients.push(client);
  return client;
}

async function join(...args: Parameters<typeof open>): Promise<YSweetClient> {
  const client = open(...args);
  await expect.poll(() => client.isConnected, SOON).toBe(true);
  return client;
}

const textOf = ({ doc }: { readonly doc: Y.Doc }) => doc.getText("text").toString();
const docOf = ({ provider }: YSweetClient): Y.Doc => provider.awareness.doc;
const read = (client: YSweetClient) => textOf({ doc: docOf(client) });

function type(client: YSweetClient, text: string): void {
  const body = docOf(client).getText("text");
  body.insert(body.length, text);
}

async function whenSaved({ provider }: YSweetClient): Promise<void> {
  if (!provider.hasLocalChanges) return;
  await new Promise<void>((resolve) => provider.on(EVENT_LOCAL_CHANGES, (has: unknown) => has === false && resolve()));
}

async function stored(id: string): Promise<string> {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, await manager.getDocAsUpdate(id));
  return textOf({ doc });
}

function updateOf(text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.getText("text").insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

describe("the SDK", () => {
  test("[RT149] makes documents, reads and updates them", async () => {
    expect(await manager.checkStore()).toEqual({ ok: true });
    const { docId } = await manager.createDoc();
    expect(await stored(docId)).toBe("");
    await manager.updateDoc(docId, updateOf("by the back end"));
    expect(await stored(docId)).toBe("by the back end");
    expect(await manager.createDoc(docId)).toEqual({ docId });
    expect(await stored(docId)).toBe("by the back end");
    const filled = await manager.createDocWithContent(updateOf("from the start"));
    expect(await stored(filled.docId)).toBe("from the start");
  });

  test("[RT149] hands tokens to people, and hears why not", async () => {
    const token = await manager.getOrCreateDocAndToken("team/a plan", { authorization: "read-only", userId: "rita" });
    expect(token).toMatchObject({ docId: "team/a plan", authorization: "read-only", token: expect.any(String) });
    await expect(manager.getClientToken("never made")).rejects.toThrow("Server responded with 404");
    const stranger = managerWith(project.secretKey.replace(/.$/, (last) => (last === "A" ? "B" : "A")));
    await expect(stranger.createDoc("mine")).rejects.toThrow(new YSweetError({ code: "InvalidAuthProvided" }));
  });
});

describe("the provider", () => {
  test("[RT149] with the address of its application it edits with others and sees them", async () => {
    const [alice, bob] = [await join("team/shared plan"), await join("team/shared plan")];
    alice.provider.awareness.setLocalState({ name: "Alice" });
    type(alice, "one ");
    type(bob, "two ");
    const both = () => [read(alice), read(bob)];
    await expect.poll(() => both().every((text) => text === both()[0] && text.length === 8), SOON).toBe(true);
    const { clientID } = docOf(alice);
    await expect.poll(() => bob.provider.awareness.getStates().get(clientID), SOON).toEqual({ name: "Alice" });
    await Promise.all([whenSaved(alice), whenSaved(bob)]);
    expect(await stored("team/shared plan")).toBe(read(alice));
  });

  test("[RT149] with a function it is read-only where its token is, and never thinks its edits saved", async () => {
    await manager.createDocWithContent(updateOf("x"));
    await manager.createDoc("to read");
    await manager.updateDoc("to read", updateOf("hers"));
    const reader = await join(
      "to read",
      async () => await manager.getClientToken("to read", { authorization: "read-only" }),
    );
    expect(read(reader)).toBe("hers");
    await whenSaved(reader);
    type(reader, ", not his");
    await expect.poll(() => reader.refusals, SOON).toEqual(["read-only"]);
    const writer = await join("to read");
    type(writer, " alone");
    await expect.poll(() => read(reader).includes("alone"), SOON).toBe(true);
    expect(await stored("to read")).toBe("hers alone");
    // Its heartbeats are answered all the same. It gives a server up that stands still for 3 s: a busy machine may, once.
    const beats = () => reader.heard.filter((type) => type === HEARTBEAT).length;
    const before = beats();
    await expect.poll(beats, SOON).toBeGreaterThan(before + 1);
    expect(reader.provider.hasLocalChanges).toBe(true);
    expect(reader.sockets.length).toBeLessThanOrEqual(2);
  });

  test("[RT149] whose token has ended it asks for another, and is there in seconds", async () => {
    await manager.createDoc("renewed");
    const fresh = await manager.getClientToken("renewed");
    const tokens: ClientToken[] = [{ ...fresh, token: await tokenFor(project, "bob", { endsInMs: -60_000 }) }];
    const bob = await join("renewed", async () => tokens.shift() ?? fresh);
    expect([bob.asked, bob.sockets.length]).toEqual([2, 4]);
    type(bob, "late");
    await whenSaved(bob);
    expect(await stored("renewed")).toBe("late");
  });

  test("[RT149] what it wrote without a network is unsaved until it is a row", async () => {
    const alice = await join("offline");
    type(alice, "before, ");
    await whenSaved(alice);
    alice.goOffline();
    type(alice, "meanwhile");
    expect(alice.provider.hasLocalChanges).toBe(true);
    expect(await stored("offline")).toBe("before, ");
    alice.goOnline();
    await whenSaved(alice);
    expect(await stored("offline")).toBe("before, meanwhile");
  });

  test("[RT149] of a document that was deleted it is told, and it is in no hurry to come back", async () => {
    const alice = await join("deleted");
    await ask(server, project.secretKey, "/v1/documents/deleted", { method: "DELETE" });
    await expect
      .poll(() => alice.refusals, SOON)
      .toEqual(["document deleted", "4404 document deleted", "Document deleted"]);
    expect(alice.sockets.length).toBe(2);
  });

  test(
    "[RT149] [P1] the server is killed the moment it says saved: nothing is missing, and it comes back",
    { timeout: 180_000 },
    async () => {
      const alice = await join("killed");
      let wanted = "";
      for (let kill = 0; kill < KILLS; kill += 1) {
        for (const letter of "saved") {
          type(alice, letter);
          wanted += letter;
        }
        await whenSaved(alice);
        await server.kill9();
        expect(await stored("killed")).toBe(wanted);
        await expect.poll(() => alice.isConnected, { timeout: 30_000 }).toBe(true);
      }
      recordResult("y-sweet-kills", {
        promise: "P1",
        test: "Y-Sweet's provider says that nothing is unsaved, and the server is killed at once",
        count: `${KILLS} kills`,
        result: "nothing missing, and it comes back by itself",
      });
    },
  );
});
