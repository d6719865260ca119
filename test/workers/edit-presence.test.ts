/**
 * Back ends that edit, seen by people in the document.
 */
import * as decoding from "lib0/decoding";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { decodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { PROMPT, type Peer } from "./room-peer.ts";
import { connectWith, enter, mint, ticketOf } from "./room-tickets.ts";
import { failureOf, readJson, send } from "./router-requests.ts";

type Seen = {
  readonly user: { readonly name: string; readonly color: string };
  readonly cursor?: { readonly anchor: object; readonly head: object };
};
type Written = { readonly version: string; readonly changed: boolean };

const content = (id: string, query = "") => `/v1/documents/${id}/content?user=robot&${query}`;

async function splice(id: string, insert: string, query: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify([{ op: "splice", path: "/note", index: 0, insert }]);
  return await send(content(id, query), {
    method: "PATCH",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** What `peer` hears of clients other than those of people, in order. */
function seenBy(peer: Peer): readonly (string | null)[] {
  return statesOf(peer.messages.flatMap((message) => (message.type === "awareness" ? [message.update] : [])));
}

const PEOPLE = [1, 2];

function statesOf(updates: readonly Uint8Array[]): readonly (string | null)[] {
  return updates.flatMap((update) => {
    const decoded = decodeAwareness(update);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    return decoded.value.flatMap(({ client, state }) => (PEOPLE.includes(client) ? [] : [state]));
  });
}

/** A client of y-websocket's; returns what it hears of others. */
async function joinAsStock(id: string): Promise<() => readonly (string | null)[]> {
  const { webSocket } = await connectWith(id, ticketOf({ user: "bob", dialect: "y-websocket" }));
  if (webSocket === null) throw new Error("refused");
  webSocket.accept();
  webSocket.binaryType = "arraybuffer";
  const frames: Uint8Array[] = [];
  webSocket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) frames.push(new Uint8Array(data));
  });
  // Sync, step 1, of an empty document.
  webSocket.send(Uint8Array.of(0, 0, 1, 0));
  await expect.poll(() => frames.length > 0, PROMPT).toBe(true);
  const AWARENESS = 1;
  return () =>
    statesOf(
      frames.flatMap((frame) => {
        const decoder = decoding.createDecoder(frame);
        return decoding.readVarUint(decoder) === AWARENESS ? [decoding.readVarUint8Array(decoder)] : [];
      }),
    );
}

test("[RT402] clients of every family see who edits, with a cursor where it wrote, for a moment", async () => {
  await splice("shown", "world", "");
  const alice = await enter("shown", 1);
  const seenByBob = await joinAsStock("shown");
  expect((await splice("shown", "hello ", "showAs=Summary%20bot")).status).toBe(200);
  const both = [() => seenBy(alice), seenByBob];
  const doc = new Y.Doc();
  const text = doc.getText("note");
  Y.applyUpdate(doc, new Uint8Array(await (await send(content("shown", "format=update"))).arrayBuffer()));
  for (const seen of both) {
    await expect.poll(() => seen().length, PROMPT).toBeGreaterThan(0);
    // SAFETY: awareness states are JSON.
    const state = JSON.parse(seen()[0] ?? "null") as Seen;
    expect(state.user).toEqual({ name: "Summary bot", color: expect.stringMatching(/^#[\da-f]{6}$/) });
    const at = Y.createRelativePositionFromJSON(state.cursor?.head);
    expect(Y.createAbsolutePositionFromRelativePosition(at, doc)).toMatchObject({
      type: text,
      index: "hello ".length,
    });
  }
  for (const seen of both) {
    await expect.poll(() => seen().at(-1), { ...PROMPT, interval: 50 }).toBeNull();
  }
});

test("[RT402] name and color of a token stand, whatever the request says", async () => {
  const alice = await enter("faces", 1);
  const token = await mint({ user: "robot", name: "Robot", color: "#112233" });
  expect((await splice("faces", "x", "showAs=Alice", { authorization: `Bearer ${token}` })).status).toBe(200);
  await expect.poll(() => seenBy(alice).length, PROMPT).toBe(1);
  expect(JSON.parse(seenBy(alice)[0] ?? "null")).toMatchObject({ user: { name: "Robot", color: "#112233" } });
});

test("[RT402] it needs the scope presence, and an edit that changes nothing or does not ask shows nobody", async () => {
  const alice = await enter("unseen", 1);
  const writer = await mint({ user: "robot", rooms: { "document:unseen": ["read", "write"] } });
  const authorization = `Bearer ${writer}`;
  expect(await failureOf(await splice("unseen", "x", "showAs=Robot", { authorization }))).toBe("403 forbidden");
  expect(await readJson<Written>(await splice("unseen", "x", "", { authorization }))).toMatchObject({ changed: true });
  expect(await readJson<Written>(await splice("unseen", "", "showAs=Robot"))).toMatchObject({ changed: false });
  expect((await splice("unseen", "y", `showAs=${encodeURIComponent("a\u0000b")}`)).status).toBe(400);
  await expect.poll(() => alice.messages.filter(({ type }) => type === "update").length, PROMPT).toBe(1);
  expect(seenBy(alice)).toEqual([]);
});
