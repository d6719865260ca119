/**
 * Somebody's application: pages with an editor, and the back end that hands tokens to them.
 * @module
 */
import { once } from "node:events";
import { type IncomingMessage, createServer } from "node:http";
import { extname } from "node:path";
import { json } from "node:stream/consumers";
import { type Assets, htmlOf } from "./bundle.ts";

export type Site = { readonly url: string; readonly stop: () => Promise<void> };

export type SiteOptions = {
  readonly assets: Assets;
  /** Of whoever asks. */
  readonly token: () => Promise<string>;
  /** What Y-Sweet's provider gets for a document. */
  readonly ySweetToken: (docId: string) => Promise<unknown>;
};

type Reply = readonly [status: number, type: string, body: string | Uint8Array];

const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css" };

/** `/<name>` is the page of a module. Resolves when it serves, on a free port. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const server = createServer((request, response) => {
    answer(request, options)
      .catch((error: unknown): Reply => [500, "text/plain", String(error)])
      .then(([status, type, body]) => response.writeHead(status, { "content-type": type }).end(body))
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("a site listens on a port");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${bound.port}`, stop };
}

async function answer(request: IncomingMessage, { assets, token, ySweetToken }: SiteOptions): Promise<Reply> {
  const path = request.url ?? "/";
  if (path === "/token") return [200, "text/plain", await token()];
  if (path === "/api/auth") {
    const { docId } = (await json(request)) as { docId: string };
    return [200, "application/json", JSON.stringify(await ySweetToken(docId))];
  }
  const asset = assets.get(path);
  if (asset !== undefined) return [200, TYPES[extname(path)] ?? "application/octet-stream", asset];
  if (assets.has(`${path}.js`)) return [200, "text/html; charset=utf-8", htmlOf(path.slice(1), assets)];
  return [404, "text/plain", "There is nothing here."];
}
