/**
 * The wire between browsers and a server, for a test to cut or to hold: a killed server is back before anyone could look.
 * @module
 */
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import { type Socket, connect } from "node:net";
import type { Duplex } from "node:stream";

export type Wire = {
  /** Where browsers find the server: an address of its own, that stays over {@link Wire.cut}. */
  readonly url: string;
  /** Breaks every socket; until `mend` only pages load, as from a cache in front of the server: no room, no API. */
  readonly cut: () => void;
  /** Keeps what browsers say to rooms on the way, until `mend`; rooms are heard. */
  readonly hold: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
};

type Pair = { readonly browser: Duplex; readonly server: Socket };

/** Resolves when the wire to the server at `serverUrl` is up. */
export async function openWire(serverUrl: string): Promise<Wire> {
  const port = Number(new URL(serverUrl).port);
  const pairs = new Set<Pair>();
  let state: "whole" | "cut" | "held" = "whole";

  const proxy = createServer((asked, answer) => {
    if (state === "cut" && asked.url?.startsWith("/v1/") === true) asked.socket.destroy();
    else pass(asked, answer, port);
  });
  proxy.on("upgrade", (asked, browser, head) => {
    // The other end may be gone already; what comes of it is the browser's to find out.
    browser.on("error", () => browser.destroy());
    if (state === "cut") return void browser.destroy();
    const server = connect(port, "127.0.0.1");
    const pair: Pair = { browser, server };
    pairs.add(pair);
    server.on("error", () => browser.destroy());
    server.on("close", () => browser.destroy());
    browser.on("close", () => {
      pairs.delete(pair);
      server.destroy();
    });
    server.write(`${headOf(asked)}\r\n\r\n`);
    server.write(head);
    server.pipe(browser);
    if (state !== "held") browser.pipe(server);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("the wire has no port");

  const cut = () => {
    state = "cut";
    for (const { browser } of pairs) browser.destroy();
  };
  const hold = () => {
    state = "held";
    for (const { browser, server } of pairs) browser.unpipe(server).pause();
  };
  const mend = () => {
    if (state === "held") for (const { browser, server } of pairs) browser.pipe(server);
    state = "whole";
  };
  const close = async () => {
    cut();
    proxy.closeAllConnections();
    proxy.close();
    await once(proxy, "close");
  };
  return { url: `http://127.0.0.1:${address.port}`, cut, hold, mend, close };
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
  return [`${method} ${url} HTTP/1.1`, ...lines].join("\r\n");
}

function pass(asked: IncomingMessage, answer: ServerResponse, port: number): void {
  const onward = request({ host: "127.0.0.1", port, method: asked.method, path: asked.url, headers: asked.headers });
  onward.on("response", (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  asked.pipe(onward);
}
