/**
 * P6 on every path: frames of the wrong family end their own socket.
 */
import * as encoding from "lib0/encoding";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { encodeClientFrame } from "../../src/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import { startServer } from "../support/server.ts";
import { type } from "./content.ts";
import { FAMILIES } from "./families.ts";
import { RawSocket, addressed } from "./raw-socket.ts";
import { type Place, Scene, openedOf } from "./scene.ts";

const FINAL = [4400, 4403];
const AUTH = 2;

let openPlace: Place;

beforeAll(async () => {
  openPlace = { server: await startServer() };
});
afterAll(async () => await openPlace.server.stop());

/** A path of each family, to the document `id`. */
const PATHS = {
  roost: (id: string) => `/v1/documents/${encodeURIComponent(id)}/connect`,
  "y-websocket": (id: string) => `/yjs/${id}`,
  "y-partyserver": (id: string) => `/parties/document/${id}?_pk=stranger`,
  hocuspocus: (id: string) => `/hocuspocus/${id}`,
  "y-sweet": (id: string) => `/d/${id}/ws/${id}`,
} as const;
type Path = keyof typeof PATHS;

/** What writes `intruder`, in the words of each grammar; y-partyserver and Y-Sweet write as y-websocket does, and say more. */
function intrusions(id: string): Readonly<Record<string, readonly (Uint8Array | string)[]>> {
  const doc = new Y.Doc();
  type(doc, "intruder");
  const update = Y.encodeStateAsUpdate(doc);
  const sync = encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarUint(encoder, 2);
    encoding.writeVarUint8Array(encoder, update);
  });
  return {
    roost: [
      encodeClientFrame([{ type: "hello", version: PROTOCOL_VERSION }]),
      encodeClientFrame([{ type: "update", number: 1, update }]),
    ],
    "y-websocket": [Uint8Array.of(0, 0, 1, 0), sync],
    hocuspocus: [
      addressed(id, AUTH, (encoder) => {
        encoding.writeVarUint(encoder, 0);
        encoding.writeVarString(encoder, "");
      }),
      addressed(id, 0, (encoder) => {
        encoding.writeVarUint(encoder, 2);
        encoding.writeVarUint8Array(encoder, update);
      }),
    ],
    "a custom message": ["__YPS:hello"],
    "a checkpoint": [Uint8Array.of(102, 1, 5)],
    "no family's": [Uint8Array.of(250, 250, 250, 250)],
  };
}

/** Whose frames are of the wrong family where. */
const WRONG: Readonly<Record<Path, readonly string[]>> = {
  roost: ["y-websocket", "hocuspocus", "a custom message", "a checkpoint", "no family's"],
  "y-websocket": ["roost", "hocuspocus", "a custom message", "a checkpoint", "no family's"],
  "y-partyserver": ["roost", "hocuspocus", "a checkpoint", "no family's"],
  hocuspocus: ["roost", "y-websocket", "a custom message", "a checkpoint", "no family's"],
  "y-sweet": ["roost", "hocuspocus", "a custom message", "no family's"],
};

const INTRUSIONS = (Object.keys(PATHS) as Path[]).flatMap((path) => WRONG[path].map((frames) => ({ path, frames })));

describe.concurrent("frames of the wrong family", () => {
  test.each(INTRUSIONS)("[CF50] frames of $frames where $path is spoken", async ({ path, frames }) => {
    const id = `wrong/${path}/${frames.replace(/[^a-z]+/g, "-")}`;
    const family = FAMILIES.find((known) => known.family === path);
    if (family === undefined) throw new Error(`no client speaks ${path}`);
    const scene = new Scene(family, openPlace, id);
    try {
      const bystander = await scene.join();
      type(bystander.doc, "hers");
      await scene.sameEverywhere([bystander]);
      const protocols = path === "roost" ? [SUBPROTOCOL] : [];
      const stranger = await RawSocket.open(`${openPlace.server.wsUrl}${PATHS[path](id)}`, protocols);
      stranger.send(...(intrusions(id)[frames] ?? []));
      expect(FINAL).toContain(await stranger.whenClosed());
      type(bystander.doc, " alone");
      await scene.sameEverywhere([bystander]);
      expect(await scene.storedText()).toBe("hers alone");
      expect(openedOf(bystander)).toBe(1);
      expect(bystander.refusals).toEqual([]);
    } finally {
      scene.end();
    }
  });
});
