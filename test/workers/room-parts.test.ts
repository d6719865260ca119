/**
 * What parts take in the file.
 * @module
 */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { openDocumentStorage } from "../../src/storage/room/document-storage.ts";
import { patternBytes } from "../contract/storage-under-test.ts";

test("[ST22] a delete set that ends the last part is stored once", async () => {
  const room = env.DOCUMENT_ROOM.getByName("default/document/parts");
  const bytes = await runInDurableObject(room, (_instance, { storage }) => {
    const deleteSet = patternBytes(9_000);
    const part = Uint8Array.of(1, ...deleteSet);
    openDocumentStorage(storage).parts.replace([part], { seq: 1, stateVector: Uint8Array.of(0), deleteSet });
    return storage.sql.exec<{ bytes: number }>("SELECT sum(length(bytes)) AS bytes FROM parts").one().bytes;
  });
  expect(bytes).toBeLessThan(9_050);
});
