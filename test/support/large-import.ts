/**
 * A document that is imported in pieces, and the line that it comes over.
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import * as Y from "yjs";

export const MIB = 1024 * 1024;

/** A document of so many MiB that two people wrote by turns, as updates of one each. */
export function largeUpdates(mib: number): readonly Uint8Array[] {
  const people = [1, 2].map((client) => Object.assign(new Y.Doc(), { clientID: client }));
  return Array.from({ length: mib }, (_, at) => {
    const [typing, other] = at % 2 === 0 ? people : people.toReversed();
    if (typing === undefined || other === undefined) throw new Error("two people");
    const before = Y.encodeStateVector(typing);
    typing.getText("t").insert(at === 0 ? 0 : 7, `${at} `.padEnd(MIB, "lorem ipsum "));
    typing.getText("t").delete(3, 1);
    const update = Y.encodeStateAsUpdate(typing, before);
    Y.applyUpdate(other, update);
    return update;
  });
}

/** The server, behind a line that breaks with the `at`-th update that is sent over it. */
export async function breakingLine(url: string, at: number) {
  let updates = 0;
  const line = createServer((request, response) => {
    void (async () => {
      const body = new Uint8Array(await buffer(request));
      updates += request.method === "POST" ? 1 : 0;
      if (updates === at) return request.socket.destroy();
      const { method = "GET", headers } = request;
      const sent = Object.entries(headers).filter(([name]) => name === "content-type" || name === "if-none-match");
      const init = { method, headers: sent.map(([name, value]) => [name, String(value)] as [string, string]) };
      const answer = await fetch(`${url}${request.url ?? "/"}`, method === "GET" ? init : { ...init, body });
      const type = answer.headers.get("content-type") ?? "";
      response.writeHead(answer.status, { "content-type": type }).end(await answer.bytes());
    })();
  }).listen(0, "127.0.0.1");
  await once(line, "listening");
  return { url: `http://127.0.0.1:${(line.address() as AddressInfo).port}`, close: () => line.close() };
}
