import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { DocumentBytes } from "../../../src/core/document/compaction.ts";
import { diffDocuments } from "../../../src/core/versions/diff.ts";
import { restoreContent } from "../../../src/core/versions/restore.ts";
import type { Credits } from "../../../src/core/versions/shapes.ts";
import { element } from "../../property/loaded-document.ts";
import { applyTransaction, readTrace } from "../../support/trace.ts";

const ALICE = 11;
const BOB = 12;
const CAROL = 13;
/** Transactions made one: Yjs joins what was typed at the end of each. */
const CHUNK = 200;
const NAMES = new Map([
  [ALICE, "alice"],
  [BOB, "bob"],
  [CAROL, "carol"],
]);

/** Clients are people; the clock is the time. */
const CREDITS: Credits = {
  of: (client, clock) => ({ user: NAMES.get(client) ?? "", atMs: 1_000 + clock }),
};

function bytesOf(doc: Y.Doc): DocumentBytes {
  return { parts: [Y.encodeStateAsUpdate(doc)], rows: [] };
}

function editAs(doc: Y.Doc, client: number, edit: (doc: Y.Doc) => void): void {
  doc.clientID = client;
  doc.transact(() => edit(doc));
}

function restore(doc: Y.Doc, version: DocumentBytes): ReturnType<typeof restoreContent> {
  let client = 100;
  const restoration = restoreContent(bytesOf(doc), version, CREDITS, () => (client += 1));
  if (restoration.update !== undefined) Y.applyUpdate(doc, restoration.update);
  return restoration;
}

function insertedText({ update }: ReturnType<typeof restoreContent>): readonly string[] {
  const structs = update === undefined ? [] : Y.decodeUpdate(update).structs;
  return structs
    .flatMap((item) => (item instanceof Y.Item && item.content instanceof Y.ContentString ? [item.content.str] : []))
    .sort();
}

describe("restoring", () => {
  test("[HV7] what is equal stays, with the cursors in it; changed text changes by characters", () => {
    const doc = new Y.Doc();
    const xml = doc.getXmlFragment("xml");
    editAs(doc, ALICE, () =>
      xml.insert(
        0,
        ["first one", "second paragraph", "third one"].map((text) => element("paragraph", text)),
      ),
    );
    const version = bytesOf(doc);
    const second = xml.get(1);
    const text = second instanceof Y.XmlElement ? second.get(0) : undefined;
    if (!(text instanceof Y.XmlText)) throw new Error("no text");
    const cursor = Y.createRelativePositionFromTypeIndex(text, 12);
    editAs(doc, BOB, () => {
      text.delete(0, 6);
      text.insert(0, "2nd");
      xml.delete(2, 1);
      xml.insert(0, [element("paragraph", "Bob's")]);
    });
    const restoration = restore(doc, version);
    expect(xml.toJSON()).toBe(
      "<paragraph>first one</paragraph><paragraph>second paragraph</paragraph><paragraph>third one</paragraph>",
    );
    expect(insertedText(restoration)).toEqual(["seco", "third one"]);
    expect(xml.get(1)).toBe(second);
    expect(Y.createAbsolutePositionFromRelativePosition(cursor, doc)).toMatchObject({ index: 12 });
  });

  test("[HV7] what came back as a copy and was edited since is edited back, not replaced", () => {
    const doc = new Y.Doc();
    const xml = doc.getXmlFragment("xml");
    editAs(doc, ALICE, () => xml.insert(0, [element("paragraph", "a paragraph of some length")]));
    const version = bytesOf(doc);
    editAs(doc, BOB, () => xml.delete(0, 1));
    restore(doc, version);
    const copy = xml.get(0);
    const text = copy instanceof Y.XmlElement ? copy.get(0) : undefined;
    editAs(doc, BOB, () => text instanceof Y.XmlText && text.insert(2, "short "));
    expect(xml.toJSON()).toContain("a short paragraph");
    const restoration = restore(doc, version);
    expect(xml.toJSON()).toBe("<paragraph>a paragraph of some length</paragraph>");
    expect(xml.get(0)).toBe(copy);
    expect(restoration.stamps).toEqual([]);
  });

  test("[HV4] each copy is its author's, at its time", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    editAs(doc, ALICE, () => text.insert(0, "Alice wrote"));
    editAs(doc, BOB, () => text.insert(5, " and Bob"));
    const version = bytesOf(doc);
    editAs(doc, CAROL, () => text.delete(0, text.length));
    const { update, stamps } = restore(doc, version);
    expect(text.toString()).toBe("Alice and Bob wrote");
    const users = new Map(stamps.map(({ client, user }) => [client, user]));
    const authors = Y.decodeUpdate(update ?? new Uint8Array()).structs.map((item) => [
      users.get(item.id.client),
      item instanceof Y.Item && item.content instanceof Y.ContentString ? item.content.str : "",
    ]);
    expect(new Set(authors.map(([user]) => user))).toEqual(new Set(["alice", "bob"]));
    expect(authors.filter(([user]) => user === "bob")).toEqual([["bob", " and Bob"]]);
    expect(stamps.filter(({ user }) => user === "alice").map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 11 }, (_, clock) => 1_000 + clock),
    );
  });

  test("[HV8] a root is for its users what it was, whatever it seems to be while it is empty", () => {
    const doc = new Y.Doc();
    editAs(doc, ALICE, () => {
      doc.getMap("map").set("k", new Y.Text("in a map"));
      doc.getText("text").insertEmbed(0, new Y.XmlText("a text of texts"));
      doc.getArray("array").insert(0, [new Y.XmlElement("p")]);
    });
    const version = bytesOf(doc);
    editAs(doc, BOB, () => {
      doc.getMap("map").delete("k");
      doc.getText("text").delete(0, 1);
      doc.getText("text").insert(0, "plain", { bold: true });
      doc.getArray("array").delete(0, 1);
      doc.getText("late").insert(0, "new since");
      doc.getMap("late map").set("new", 1);
    });
    restore(doc, version);
    expect(doc.getMap("map").toJSON()).toEqual({ k: "in a map" });
    expect(doc.getText("text").toDelta()).toEqual([{ insert: expect.any(Y.XmlText) }]);
    expect(doc.getArray("array").toArray()).toEqual([expect.any(Y.XmlElement)]);
    expect(doc.getText("late").toString()).toBe("");
    expect(doc.getMap("late map").size).toBe(0);
  });

  test("[HV9] a long document goes back to its middle, by what was typed and deleted since", () => {
    const { txns } = readTrace("automerge-paper");
    const doc = new Y.Doc();
    const text = doc.getText("paper");
    const type = (client: number, from: number, to: number): void => {
      for (let at = from; at < to; at += CHUNK) {
        const chunk = txns.slice(at, Math.min(to, at + CHUNK));
        editAs(doc, client, () => chunk.forEach(({ patches }) => applyTransaction(text, patches)));
      }
    };
    type(ALICE, 0, txns.length / 2);
    const version = bytesOf(doc);
    const middle = text.toString();
    type(BOB, txns.length / 2, txns.length);
    const { update } = restore(doc, version);
    expect(text.toString()).toBe(middle);
    expect(update?.length).toBeLessThan(100_000);
  });
});

describe("a diff as text", () => {
  test("[HV10] shows changed lines amid a little context, and whose the new ones are", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    editAs(doc, ALICE, () => {
      text.insert(0, ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"].join("\n"));
      doc.getXmlFragment("xml").insert(0, [element("heading", "Title"), element("paragraph", "Body")]);
      doc.getMap("map").set("size", 1);
    });
    const version = bytesOf(doc);
    editAs(doc, BOB, () => {
      text.insert(text.toString().indexOf("five"), "almost ");
      doc.getXmlFragment("xml").insert(1, [element("paragraph", "Between")]);
    });
    editAs(doc, CAROL, () => {
      text.delete(0, 4);
      doc.getMap("map").set("size", 2);
    });
    expect(diffDocuments(version, bytesOf(doc), CREDITS).text).toBe(
      [
        "@@ map",
        "- size: 1",
        "+ size: 2  (carol)",
        "@@ text",
        "- one",
        "  two",
        "  three",
        "  four",
        "- five",
        "+ almost five  (bob)",
        "  six",
        "  seven",
        "  …",
        "@@ xml",
        "  <heading> Title",
        "+ Between  (bob)",
        "  Body",
      ].join("\n"),
    );
  });

  test("[HV10] says so where formats alone changed", () => {
    const doc = new Y.Doc();
    editAs(doc, ALICE, () => doc.getText("text").insert(0, "some words"));
    const version = bytesOf(doc);
    editAs(doc, BOB, () => doc.getText("text").format(0, 4, { bold: true }));
    expect(diffDocuments(version, bytesOf(doc), CREDITS)).toEqual({
      changes: [{ kind: "text", path: ["text"], ops: [{ retain: 4, attributes: { bold: true } }] }],
      text: "@@ text\n~ formats or attributes only",
    });
  });
});
