import { describe, expect, test } from "vitest";
import { parseRoomPath } from "../../../src/router/document-address.ts";
import { parseYSweetPath } from "../../../src/router/y-sweet-path.ts";

/** Ids that paths could make something else of. */
const IDS = [
  ...["notes", "team/notes", "a b", "文档", "100%25", "a+b&c=d", "ws", "a/ws/b", "ws/ws", "ws/ws/ws", "/", "notes/"],
  ...["as-update", "update", "auth", "team/update", "x/ws/x/as-update", "*", "x".repeat(256)],
];

/** As the published client makes it of the `url` in its token. */
function asClientsConnect(tokenUrl: string, id: string): string {
  const url = new URL(tokenUrl);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.pathname += id;
  return url.toString();
}

const roomOf = (url: string) => {
  const room = parseRoomPath(url);
  return room.ok ? room.value.id : room.error.tag;
};

describe("paths of Y-Sweet", () => {
  test.each(IDS)("[RT140] the socket of %s is found where its token sends the client", (id) => {
    const url = asClientsConnect(`ws://roost.test/d/${encodeURIComponent(id)}/ws`, id);
    expect(parseYSweetPath(new URL(url).pathname)).toMatchObject({ ok: true, value: { asks: "socket" } });
    expect(roomOf(url)).toBe(id);
  });

  test.each(["team/notes", "a/ws/b", "ws/ws/ws", "team/update", "a b"])(
    "[RT140] so is that of %s where an application wrote the token's address as it is",
    (id) => {
      const url = asClientsConnect(`ws://roost.test/d/${id}/ws`, id);
      expect(parseYSweetPath(new URL(url).pathname)).toMatchObject({ ok: true, value: { asks: "socket" } });
      expect(roomOf(url)).toBe(id);
    },
  );

  test.each(["/d/a/ws/b", "/d/a/ws/", "/d//ws/a", "/d/a/ws/a/b", "/d/a%2Fb/ws/a/c", "/d/a/ws/%zz", "/d/%zz/ws/%zz"])(
    "[RT140] %s names no document",
    (path) => {
      expect(roomOf(`http://roost.test${path}`)).toBe("bad-id");
    },
  );

  test.each(["team/notes", "notes", "ws/notes", "a/ws/b"])("[RT140] %s is the id in the other paths as it is", (id) => {
    const asks = (path: string) => {
      const parsed = parseYSweetPath(new URL(`http://roost.test${path}`).pathname);
      return parsed.ok ? parsed.value : parsed.error;
    };
    expect(asks(`/d/${id}/as-update`)).toEqual({ asks: "content", encodedId: id });
    expect(asks(`/d/${id}/update`)).toEqual({ asks: "update", encodedId: id });
    expect(asks(`/doc/${id}/auth`)).toEqual({ asks: "token", encodedId: id });
    expect(roomOf(`http://roost.test/doc/${encodeURIComponent(id)}/auth?z=1`)).toBe(id);
  });

  test.each(["/d/a", "/d/", "/doc/a", "/doc/a/update", "/d/a/auth", "/d/a/nothing"])(
    "[RT140] %s is nowhere",
    (path) => {
      expect(roomOf(`http://roost.test${path}`)).toBe("no-route");
    },
  );

  test("[RT140] a path without end is not looked through", () => {
    const startMs = performance.now();
    expect(roomOf(`http://roost.test/d${"/ws/a".repeat(6_000)}`)).toBe("bad-id");
    expect(performance.now() - startMs).toBeLessThan(200);
  });
});
