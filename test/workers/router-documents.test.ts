/**
 * Documents over HTTP, against real rooms.
 * @module
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { PROMPT } from "./room-peer.ts";
import {
  failureOf,
  openSocket,
  postUpdate,
  readJson,
  readProblem,
  send,
  sendWith,
  writeText,
} from "./router-requests.ts";

type Details = {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly isIndexReachable: boolean;
  readonly versions: { readonly current: string; readonly indexed: string | null; readonly snapshots: unknown[] };
  readonly connected: readonly { readonly user: string; readonly dialect: string }[];
  readonly health: { readonly lastVersion: string };
};

const ROOST = { "sec-websocket-protocol": "roost.v1" };

const content = async (id: string, format: string, headers: Record<string, string> = {}) =>
  await send(`/v1/documents/${encodeURIComponent(id)}/content?format=${format}`, { headers });

test("[RT12] no answer lets a browser guess what it is", async () => {
  const page = "<script>alert(1)</script>";
  await postUpdate("sniffed", writeText(page));
  const described = await content("sniffed", "text");
  const etag = described.headers.get("etag") ?? "";
  const answers = [
    described,
    ...(await Promise.all(["json", "update"].map((format) => content("sniffed", format)))),
    await content("sniffed", "json", { "if-none-match": etag }),
    await send("/healthz"),
    await send("/v1/documents/sniffed", { method: "OPTIONS", headers: { origin: "http://localhost" } }),
    await send("/v1/documents?query=sniffed"),
    await content("never-sniffed", "text"),
    await send("/v1/nothing"),
    await openSocket("/v1/documents/sniffed/connect"),
    await send("/v1/documents/sniffed", { method: "DELETE" }),
    await openSocket("/v1/documents/sniffed/connect", ROOST),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 304, 200, 204, 200, 404, 404, 400, 204, 410]);
  for (const { url, status, headers } of answers) {
    expect([url, status, headers.get("x-content-type-options")]).toEqual([url, status, "nosniff"]);
  }
});

describe("updates", () => {
  test("[RT30] an update is in the document when it is answered, and changes nothing the second time", async () => {
    const update = writeText("hello from a server");
    const first = await readJson<{ version: string; changed: boolean }>(await postUpdate("up/one", update));
    const second = await readJson<{ version: string; changed: boolean }>(await postUpdate("up/one", update));
    expect([first.changed, second.changed]).toEqual([true, false]);
    expect(second.version).toBe(first.version);
    expect(await (await content("up/one", "text")).text()).toContain("hello from a server");
  });

  test("[RT31] the state vector of a 409 gives the update that completes it", async () => {
    const doc = new Y.Doc();
    const text = doc.getText("notes");
    text.insert(0, "base");
    const before = Y.encodeStateVector(doc);
    text.insert(4, ", and more");
    const refused = await postUpdate("up/gap", Y.encodeStateAsUpdate(doc, before));
    const problem = await readProblem(refused);
    expect(problem).toMatchObject({ status: 409, type: "urn:roost:problem:missing-dependencies" });
    const known = Uint8Array.from(atob(problem.stateVector ?? ""), (char) => char.charCodeAt(0));
    expect((await postUpdate("up/gap", Y.encodeStateAsUpdate(doc, known))).status).toBe(200);
    expect(await (await content("up/gap", "text")).text()).toContain("base, and more");
  });

  test("[RT32] an update that is none is refused with its own status", async () => {
    const update = writeText("x");
    expect(await failureOf(await postUpdate("up/bad", update, "application/json"))).toBe("415 unsupported-media-type");
    expect(await failureOf(await postUpdate("up/bad", new Uint8Array()))).toBe("400 bad-request");
    expect(await failureOf(await postUpdate("up/bad", new Uint8Array([9, 9, 9])))).toBe("400 malformed-update");
    const large = new Uint8Array(16 * 1024 * 1024 + 1);
    expect(await failureOf(await postUpdate("up/bad", large))).toBe("413 too-large");
    const unsized = new ReadableStream({
      start(controller) {
        for (let mebibyte = 0; mebibyte < 17; mebibyte += 1) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    });
    const headers = { "content-type": "application/octet-stream" };
    const streamed = await send("/v1/documents/up%2Fbad/updates", { method: "POST", body: unsized, headers });
    expect(await failureOf(streamed)).toBe("413 too-large");
  });
});

describe("content", () => {
  test("[RT33] the content comes in three formats with its version", async () => {
    await postUpdate("content", writeText("three formats"));
    const update = await content("content", "update");
    const doc = new Y.Doc();
    Y.applyUpdate(doc, new Uint8Array(await update.arrayBuffer()));
    expect(doc.getText("notes").toString()).toBe("three formats");
    const json = await content("content", "json");
    expect(JSON.stringify(await json.json())).toContain("three formats");
    const text = await content("content", "text");
    expect(await text.text()).toContain("three formats");
    const types = [update, json, text].map((response) => response.headers.get("content-type"));
    expect(types).toEqual(["application/octet-stream", "application/json", "text/plain; charset=utf-8"]);
    const tags = [update, json, text].map((response) => response.headers.get("etag"));
    expect(tags[0]).toMatch(/^"\d{8}-\d{12}"$/);
    expect(new Set(tags).size).toBe(1);
    expect(await failureOf(await content("content", "docx"))).toBe("400 bad-request");
  });

  test("[RT33] a caller that knows this version gets 304, one that knows another the content", async () => {
    await postUpdate("etag", writeText("first"));
    const etag = (await content("etag", "text")).headers.get("etag") ?? "";
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await content("etag", "text", { "if-none-match": known });
      expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
    }
    await postUpdate("etag", writeText("second"));
    const changed = await content("etag", "text", { "if-none-match": etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  test("[RT33] HEAD is GET without the body", async () => {
    await postUpdate("head", writeText("head"));
    const response = await send("/v1/documents/head/content?format=text", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("etag")).toMatch(/^"\d/);
  });
});

describe("details", () => {
  test("[RT34] a document that D1 has not seen is described from its room", async () => {
    const { version } = await readJson<{ version: string }>(await postUpdate("new/文档", writeText("young")));
    const details = await readJson<Details>(await send(`/v1/documents/${encodeURIComponent("new/文档")}`));
    expect(details).toMatchObject({ id: "new/文档", title: "", createdMs: null, connected: [] });
    expect(details.versions).toEqual({ current: version, indexed: null, snapshots: [] });
    expect(details.health.lastVersion).toMatch(/^\d{8}-\d{12}$/);
    expect(details.bytes).toBeGreaterThan(0);
  });

  test("[RT34] while D1 is away the room still answers, and says so", async () => {
    await postUpdate("alone", writeText("x"));
    const away = {
      DB: {
        prepare: () => {
          throw new Error("no D1");
        },
      },
    };
    const details = await readJson<Details>(await sendWith(away, "/v1/documents/alone"));
    expect(details).toMatchObject({ id: "alone", isIndexReachable: false, createdMs: null });
    expect((await readJson<Details>(await send("/v1/documents/alone"))).isIndexReachable).toBe(true);
  });

  test("[RT34] who is connected is in it", async () => {
    const socket = await openSocket("/yjs/busy?user=bob");
    const details = await readJson<Details>(await send("/v1/documents/busy"));
    expect(details.connected).toMatchObject([{ user: "bob", dialect: "y-websocket" }]);
    socket.webSocket?.close();
  });
});

describe("deleting", () => {
  test("[RT35] a deleted document is gone for everybody, and deleting it again is no failure", async () => {
    await postUpdate("doomed", writeText("gone soon"));
    for (const _ of [1, 2]) {
      const deleted = await send("/v1/documents/doomed", { method: "DELETE" });
      expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
    }
    expect(await failureOf(await send("/v1/documents/doomed"))).toBe("410 deleted");
    expect(await failureOf(await content("doomed", "text"))).toBe("410 deleted");
    expect(await failureOf(await postUpdate("doomed", writeText("late")))).toBe("410 deleted");
  });

  test("[RT56] a deleted document is in no list once its deletion is answered", async () => {
    await postUpdate("listed", writeText("mammoth in the list"));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 120_000 });
    await runDurableObjectAlarm(env.DOCUMENT_ROOM.getByName("default/document/listed"));
    vi.useRealTimers();
    const find = async (): Promise<string> => await (await send("/v1/documents?query=mammoth")).text();
    await expect.poll(find, { ...PROMPT, interval: 50 }).toContain('"listed"');
    await send("/v1/documents/listed", { method: "DELETE" });
    expect(await find()).not.toContain('"listed"');
  });

  test("[RT35] a document that never was is 404", async () => {
    expect(await failureOf(await send("/v1/documents/never"))).toBe("404 not-found");
    expect(await failureOf(await content("never", "json"))).toBe("404 not-found");
    expect(await failureOf(await send("/v1/documents/never", { method: "DELETE" }))).toBe("404 not-found");
  });

  test("[RT23] a socket to a deleted document is refused before it opens", async () => {
    await postUpdate("shut", writeText("x"));
    await send("/v1/documents/shut", { method: "DELETE" });
    const refused = await openSocket("/v1/documents/shut/connect", ROOST);
    expect(refused.webSocket).toBeNull();
    expect(await failureOf(refused)).toBe("410 deleted");
  });
});
