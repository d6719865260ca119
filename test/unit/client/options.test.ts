import { describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { DocumentProvider } from "../../../client/index.ts";
import { type DocumentProviderOptions, resolveOptions } from "../../../client/options.ts";

function resolve(options: Partial<DocumentProviderOptions>) {
  return resolveOptions({ url: "https://roost.example.com", id: "team/notes", doc: new Y.Doc(), ...options });
}

describe("resolveOptions", () => {
  test.each([
    ["https://roost.example.com", "wss://roost.example.com/v1/documents/team%2Fnotes/connect"],
    ["http://localhost:8080/", "ws://localhost:8080/v1/documents/team%2Fnotes/connect"],
    ["ws://localhost:8080", "ws://localhost:8080/v1/documents/team%2Fnotes/connect"],
    ["wss://example.com/api/roost/", "wss://example.com/api/roost/v1/documents/team%2Fnotes/connect"],
    ["https://example.com/a?b=c#d", "wss://example.com/a/v1/documents/team%2Fnotes/connect"],
  ])("[CL40] %s is reached at %s", (url, socketUrl) => {
    expect(resolve({ url }).socketUrl).toBe(socketUrl);
  });

  test("[CL40] an id of any script is one percent-encoded segment, and the user of open mode a parameter", () => {
    const { socketUrl } = resolve({ id: "文档/a b?#%", user: "Ann & Bob" });
    const url = new URL(socketUrl);
    expect(url.pathname.split("/")).toHaveLength(5);
    expect(decodeURIComponent(url.pathname.split("/")[3] ?? "")).toBe("文档/a b?#%");
    expect(url.searchParams.get("user")).toBe("Ann & Bob");
    expect(url.hash).toBe("");
  });

  test("[CL42] the reason of a refusal is asked for beside the socket", () => {
    const { httpUrl } = resolve({ id: "a/connect", user: "Ann" });
    expect(httpUrl).toBe("https://roost.example.com/v1/documents/a%2Fconnect?user=Ann");
  });

  test.each([
    { id: "" },
    { id: "a\u0000b" },
    { id: "x".repeat(257) },
    { id: ".." },
    { url: "ftp://example.com" },
    { url: "not an address" },
    { token: "with space" },
    { token: "comma,separated" },
  ])("[CL40] %o throws TypeError", (options) => {
    expect(() => resolve(options)).toThrow(TypeError);
  });

  test.each([
    { key: "sk_demo.a.1.mac" },
    { key: "pk demo" },
    { key: "pk_demo.a.1.mac", token: "eyJ.a.b" },
    { key: "pk_demo.a.1.mac", token: () => "eyJ.a.b" },
  ])("[CL49] %o throws TypeError, without the key in its words", (options) => {
    expect(() => resolve(options)).toThrow(TypeError);
    expect(() => resolve(options)).not.toThrow(/demo/);
  });

  test("[CL40] without an address and without a page it throws", () => {
    expect(() => resolveOptions({ id: "a", doc: new Y.Doc() })).toThrow(TypeError);
  });

  test("[CL50] local names tell servers and documents apart", () => {
    expect(resolve({}).localName).toBe("roost:https://roost.example.com/v1/documents/team%2Fnotes");
    const names = [
      resolve({}),
      resolve({ url: "http://roost.example.com" }),
      resolve({ url: "https://roost.example.com/team", id: "notes" }),
      resolve({ url: "https://roost.example.com/a" }),
      resolve({ url: "https://roost.example.com/b" }),
    ].map(({ localName }) => localName);
    expect(new Set(names).size).toBe(names.length);
  });

  test("[CL50] one document has one local name, however it is addressed and whoever opens it", () => {
    const { localName } = resolve({});
    expect(resolve({ url: "wss://roost.example.com:443/?x#y", user: "Ann" }).localName).toBe(localName);
  });

  test("[CL40] an option that does not exist is named, with those that do", () => {
    // @ts-expect-error -- a slip of the pen in a page without types.
    expect(() => resolve({ ofline: false })).toThrow(/no option `ofline`, only url, id, doc, .*offline/);
  });

  test.each([
    [{ id: undefined }, "`id` has to be a text."],
    [{ doc: undefined }, "`doc` has to be a Y.Doc."],
    [{ doc: {} }, "`doc` has to be a Y.Doc."],
    [{ url: "roost.example.com" }, '"roost.example.com" is no address of a server: it starts with https:// or wss://.'],
    [{ url: "localhost:8080" }, "A server address starts with https:// or wss://, not localhost:"],
  ])("[CL40] %o says what is wrong with it", (options, message) => {
    // @ts-expect-error -- as a page without types may write it.
    expect(() => resolve(options)).toThrow(new TypeError(message));
  });

  test("[CL52] outside a page there are no tabs unless asked for", () => {
    expect(resolve({}).useTabs).toBe(false);
    expect(resolve({ broadcast: true }).useTabs).toBe(true);
  });
});

test("[CL56] where there is no WebSocket the constructor names the option", () => {
  vi.stubGlobal("WebSocket", undefined);
  try {
    expect(() => resolveOptions({ id: "a", doc: new Y.Doc(), url: "http://x.test" })).toThrow(/pass .* as `WebSocket`/);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("[CL57] the SDK is made, and ended, without what Node 20 lacks", () => {
  const withResolvers = Object.getOwnPropertyDescriptor(Promise, "withResolvers");
  Reflect.deleteProperty(Promise, "withResolvers");
  try {
    const provider = new DocumentProvider({ id: "a", doc: new Y.Doc(), url: "http://x.test", connect: false });
    provider.destroy();
  } finally {
    if (withResolvers !== undefined) Object.defineProperty(Promise, "withResolvers", withResolvers);
  }
});
