import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { rootOf, typedUpdate } from "../../bench/load/typed-updates.ts";

describe("keystrokes of the load generator", () => {
  it("[BN1] are byte for byte what Yjs sends for a character typed at the end of a text", () => {
    const doc = new Y.Doc();
    doc.clientID = 1_234;
    const made: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => made.push(update));
    const text = doc.getText(rootOf(1_234));
    for (let index = 0; index < 300; index += 1) text.insert(text.length, "x");
    expect(made.map((update) => [...update])).toEqual(made.map((_, clock) => [...typedUpdate(1_234, clock)]));
  });
});
