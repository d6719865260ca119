/**
 * Sockets of Hocuspocus' providers in real rooms: whom a frame is about, sleep, sign-in and last words.
 */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { HocuspocusPeer, frameOf } from "./hocuspocus-peer.ts";
import { PROMPT, type Peer, stubOf } from "./room-peer.ts";
import { type TicketOptions, enter, makeDocument, mint } from "./room-tickets.ts";
import { writeText } from "./router-requests.ts";

const DENIED = "auth 1 this socket is for one document";
const peers: (HocuspocusPeer | Peer)[] = [];
afterEach(() => peers.splice(0).forEach((peer) => peer.closed === undefined && peer.close()));

async function open(id: string, options: TicketOptions = {}): Promise<HocuspocusPeer> {
  const peer = await HocuspocusPeer.open(id, options);
  peers.push(peer);
  return peer;
}

async function joinAsRoost(id: string, client: number): Promise<Peer> {
  const peer = await enter(id, client);
  peers.push(peer);
  return peer;
}

test("[RO62] a socket is of the address of its first frame, with the id of a session too, also after sleep", async () => {
  const [ann, bob] = [await open("notes"), await open("notes")];
  await ann.join("notes");
  await bob.join("notes\0k3j");
  expect(ann.heard.slice(0, 3)).toEqual(["notes auth 2 read-write", "notes sync 0", "notes sync 1"]);
  await evictDurableObject(stubOf("notes"), { webSockets: "hibernate" });
  const carol = await joinAsRoost("notes", 3);
  carol.send({ type: "update", number: 1, update: writeText("hers") });
  await ann.hears("notes sync 2");
  await bob.hears("notes\0k3j sync 2");
  ann.update("notes", writeText("Ann's"));
  await ann.hears("notes status 1");
  await bob.hears("notes\0k3j sync 2", 2);
  expect([ann.heard, bob.heard].flat().filter((word) => word.includes("auth 1"))).toEqual([]);
});

test("[RO62] one that slept before it said anything is of the first frame it sends then", async () => {
  const ann = await open("late-word");
  await evictDurableObject(stubOf("late-word"), { webSockets: "hibernate" });
  await ann.join("late-word\0s");
  ann.update("late-word\0s", writeText("a"));
  await ann.hears("late-word\0s status 1");
});

test("[RO62] whoever means another document, or another session, hears that; the first goes on, and nothing is stored", async () => {
  const ann = await open("mine");
  await ann.join("mine");
  await ann.hears("mine sync 1");
  for (const other of ["theirs", "mine\0k3j"]) {
    ann.auth(other, "token");
    ann.update(other, writeText("stray"));
    await ann.hears(`${other} ${DENIED}`);
  }
  ann.send(Uint8Array.of(9));
  ann.update("mine", writeText("kept"));
  await ann.hears("mine status 1");
  expect(ann.closed).toBeUndefined();
  const read = await stubOf("mine").readContent("text", { user: "robot", address: "there", isAdmin: true });
  expect(read.ok && new TextDecoder().decode(read.value.body)).toContain("kept");
  expect(read.ok && new TextDecoder().decode(read.value.body)).not.toContain("stray");
});

test("[RO62] one that begins with another document may still come to this one", async () => {
  const ann = await open("one-of-two");
  ann.auth("another", "");
  ann.ask("another");
  await ann.hears(`another ${DENIED}`, 2);
  await ann.join("one-of-two");
  ann.update("one-of-two", writeText("a"));
  await ann.hears("one-of-two status 1");
});

test("[RO62] a flood of strays closes with 4529, what is no frame of the family with 4400", async () => {
  const [ann, bob] = [await open("flooded"), await open("flooded")];
  await ann.join("flooded");
  for (let times = 0; times < 1_200; times += 1) ann.ask("another");
  await expect.poll(() => ann.closed?.code, PROMPT).toBe(4529);
  // As y-websocket begins.
  bob.send(Uint8Array.of(0, 0, 1, 0));
  await expect.poll(() => bob.closed?.code, PROMPT).toBe(4400);
});

test("[RO63] in open mode any token is taken, the first and each later one", async () => {
  const ann = await open("open-mode", { by: "open" });
  await ann.join("open-mode", "whatever");
  ann.auth("open-mode", "something else");
  await ann.hears("open-mode auth 2 read-write", 2);
  ann.update("open-mode", writeText("a"));
  await ann.hears("open-mode status 1");
});

test("[RO63] with a token it is judged: a good one of the same user goes on with its rights, another one not", async () => {
  await makeDocument("judged");
  const [ann, bob] = [await open("judged"), await open("judged")];
  await ann.join("judged", "not looked at");
  ann.auth("judged", await mint({ rooms: { "*": ["read"] } }));
  await ann.hears("judged auth 2 readonly");
  ann.update("judged", writeText("a"));
  await ann.hears("judged status 0");
  await bob.join("judged");
  bob.auth("judged", await mint({ user: "mallory" }));
  await expect.poll(() => bob.closed?.code, PROMPT).toBe(4401);
});

test("[RO64] whoever is closed for good hears why, right before the close frame", async () => {
  const [ann, bob, carol] = [await open("ending"), await open("ending", { user: "bob" }), await open("ending")];
  await Promise.all([ann.join("ending"), bob.join("ending"), carol.join("ending")]);
  await stubOf("ending").kick({ user: "bob" }, "enough");
  await expect.poll(() => bob.closed?.code, PROMPT).toBe(4403);
  expect(bob.heard.at(-1)).toBe("ending auth 1 not allowed here: enough");
  ann.send(frameOf("ending", 6, () => undefined));
  await expect.poll(() => ann.closed?.code, PROMPT).toBe(4400);
  expect(ann.heard.at(-1)).toBe("ending auth 1 malformed frame: no client sends messages of type 6");
  await stubOf("ending").erase();
  await expect.poll(() => carol.closed?.code, PROMPT).toBe(4404);
  expect(carol.heard.at(-1)).toBe("ending auth 1 document deleted");
});

test("[RO64] who leaves by itself, or may come back at once, hears nothing more", async () => {
  const ann = await open("leaving");
  await ann.join("leaving");
  const before = ann.heard.length;
  ann.send(frameOf("leaving", 7, () => undefined));
  await expect.poll(() => ann.closed?.code, PROMPT).toBe(1000);
  expect(ann.heard.slice(before).filter((word) => word.includes("auth"))).toEqual([]);
});
