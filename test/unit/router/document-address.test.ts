import { expect, test } from "vitest";
import { parseRawPath, parseRestPath, parseRoomPath } from "../../../src/router/document-address.ts";

const rest = (path: string) => parseRestPath(`http://roost.test/v1/documents/${path}`);
const yjs = (path: string) => parseRawPath(`http://roost.test/yjs/${path}`, "/yjs/");

test.each([
  ["notes", "notes"],
  ["team%2Fnotes/content?format=text", "team/notes"],
  ["100%2525", "100%25"],
  ["%E6%96%87%E6%A1%A3", "文档"],
  ["a%20b", "a b"],
])("[RT1] %s is the id %s", (path, id) => {
  expect(rest(path)).toEqual({ ok: true, value: id });
});

test.each(["", "%00", "%zz", "%E6%96", encodeURIComponent("x".repeat(257))])("[RT1] %s is no id", (path) => {
  expect(rest(path)).toMatchObject({ ok: false, error: { tag: "bad-id" } });
});

test.each([
  ["team/notes", "team/notes"],
  ["team%2Fnotes", "team/notes"],
  ["notes?user=alice", "notes"],
  ["notes/", "notes/"],
])("[RT22] %s is the id %s", (path, id) => {
  expect(yjs(path)).toEqual({ ok: true, value: id });
});

test.each([
  ["parties/document/team/notes?_pk=abc", "team/notes"],
  ["parties/document/a%20b", "a b"],
  ["yjs/team/notes", "team/notes"],
])("[RT150] /%s is the document %s", (path, id) => {
  expect(parseRoomPath(`http://roost.test/${path}`)).toEqual({ ok: true, value: { kind: "document", id } });
});
