/**
 * P9 inside a socket that many documents share: each address opens to who may open it, and only that one.
 */
import * as encoding from "lib0/encoding";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createProject, startClosedServer } from "../support/closed-server.ts";
import { type } from "./content.ts";
import { families } from "./families/roost.ts";
import { RawSocket, addressOf, addressed } from "./raw-socket.ts";
import { type Place, Scene, stays, until } from "./scene.ts";

const SECRET = "nobody else's words";
/** Types of frames. */
const SYNC = 0;
const AUTH = 2;
const SYNC_STATUS = 8;

let place: Place;

beforeAll(async () => {
  const server = await startClosedServer();
  place = { server, project: await createProject(server, "hostile") };
});
afterAll(async () => await place.server.stop());

describe.concurrent("a socket that many documents share", () => {
  test.each(["with the token of another", "without a word"])(
    "[CF51] a document that one may not open, %s",
    async (how) => {
      const [roost] = families;
      if (roost === undefined) throw new Error("Roost's own client is missing");
      const id = `shared/${how.replaceAll(" ", "-")}`;
      const secret = new Scene(roost, place, `${id}/secret`);
      const mine = new Scene(roost, place, `${id}/mine`);
      try {
        await secret.seedText(SECRET);
        await mine.seedText("mine");
        const token = await mine.token("mallory", ["read", "write", "presence"]);
        const mallory = await RawSocket.open(`${place.server.wsUrl}/hocuspocus`);
        mallory.send(auth(mine.id, token), stepOne(mine.id));
        await until("its own document opens", () => framesFor(mallory, mine.id).includes(SYNC));

        if (how.startsWith("with")) mallory.send(auth(secret.id, token));
        mallory.send(stepOne(secret.id), writes(secret.id));
        // Nor under an address that begins as the one it may open.
        mallory.send(stepOne(`${mine.id}/secret`), stepOne(`${secret.id}\0${mine.id}`));
        await stays(
          "nothing but a refusal comes of it",
          () => framesFor(mallory, secret.id).every((kind) => kind === AUTH),
          2_000,
        );
        expect(Buffer.concat(mallory.frames).toString()).not.toContain(SECRET);
        expect(await secret.storedText()).toBe(SECRET);

        // Its own goes on, if the socket does.
        mallory.send(stepOne(mine.id), writes(mine.id));
        expect(mallory.code).toBeUndefined();
        await until("its own document is written", () => framesFor(mallory, mine.id).includes(SYNC_STATUS));
        expect(await mine.storedText()).toContain("intruder");
        mallory.end();
      } finally {
        secret.end();
        mine.end();
      }
    },
  );
});

function auth(address: string, token: string): Uint8Array {
  return addressed(address, AUTH, (encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarString(encoder, token);
  });
}

function stepOne(address: string): Uint8Array {
  return addressed(address, SYNC, (encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarUint8Array(encoder, Uint8Array.of(0));
  });
}

function writes(address: string): Uint8Array {
  const doc = new Y.Doc();
  type(doc, "intruder");
  return addressed(address, SYNC, (encoder) => {
    encoding.writeVarUint(encoder, 2);
    encoding.writeVarUint8Array(encoder, Y.encodeStateAsUpdate(doc));
  });
}

/** Types of what came back for an address. */
function framesFor({ frames }: RawSocket, address: string): readonly number[] {
  return frames.flatMap((frame) => {
    const read = addressOf(frame);
    return read?.address === address ? [read.type] : [];
  });
}
