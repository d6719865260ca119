/**
 * Opens providers, uses them, destroys them, and then does nothing: a process that does not end by itself holds something.
 * Arguments: the server's address, that of one that refuses, and "ws" for the WebSocket of that package instead of Node's own.
 * @module
 */
import "fake-indexeddb/auto";
import { WebSocket as PackageWebSocket } from "ws";
import * as Y from "yjs";
import { DocumentProvider, type DocumentProviderOptions } from "../../client/index.ts";

const [, , url = "", refusingUrl = "", implementation] = process.argv;
const WebSocket = implementation === "ws" ? PackageWebSocket : undefined;

function open(id: string, options: Partial<DocumentProviderOptions> = {}): DocumentProvider {
  return new DocumentProvider({ url, id, doc: new Y.Doc(), broadcast: true, offline: true, WebSocket, ...options });
}

/** After `count` failed attempts. */
async function failed(provider: DocumentProvider, count: number): Promise<void> {
  for (let attempt = 0; attempt < count; attempt++) {
    await new Promise<void>((resolve) => {
      provider.once("closed", () => resolve());
    });
  }
}

const used = open("used");
await used.whenSynced;
used.setPresence({ user: { name: "Alice" } });
used.doc.getText("content").insert(0, "hello");
await used.whenSaved();

const typing = open("typing");
await typing.whenSynced;
typing.setPresence({ x: 1 });
typing.doc.getText("content").insert(0, "not sent yet");

const connecting = open("connecting");
const unwanted = open("unwanted", { connect: false });
const lost = open("lost", { url: "ws://127.0.0.1:1" });
// The second failure asks the server for its reason: the answer is on its way.
const refused = open("refused", { url: refusingUrl });
await Promise.all([failed(lost, 1), failed(refused, 2)]);

for (const provider of [used, typing, connecting, unwanted, lost, refused]) provider.destroy();
console.log("destroyed");
