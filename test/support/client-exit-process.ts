/**
 * Opens providers, uses them, destroys them, and then does nothing: a process that does not end by itself holds something.
 * Arguments: the server's address.
 * @module
 */
import "fake-indexeddb/auto";
import * as Y from "yjs";
import { DocumentProvider } from "../../client/index.ts";

const [, , url = ""] = process.argv;

function open(id: string, isWanted = true): DocumentProvider {
  return new DocumentProvider({ url, id, doc: new Y.Doc(), broadcast: true, offline: true, connect: isWanted });
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
const unwanted = open("unwanted", false);
const lost = new DocumentProvider({ url: "ws://127.0.0.1:1", id: "lost", doc: new Y.Doc() });
await new Promise<void>((resolve) => {
  lost.once("closed", () => resolve());
});

for (const provider of [used, typing, connecting, unwanted, lost]) provider.destroy();
console.log("destroyed");
