/**
 * The demo's site: plain files from an origin of their own, under the policy that README gives to site owners and not a word more.
 * @module
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { policyOf } from "../client/demo/embed-code.ts";

const SITE = resolve(import.meta.dirname, "../client/demo/site");
const HOST = "127.0.0.1";

const TYPES: Readonly<Record<string, string>> = { html: "text/html; charset=utf-8", css: "text/css; charset=utf-8" };
/** Only what is there: a path of the address never becomes one of the disk. */
const FILES = ["index.html", "about.html", "site.css"] as const;

/** What may stand in an attribute as it is. */
const NAME = /^[A-Za-z][A-Za-z ]{0,39}$/;
/** From a page of the site to another one. */
const LINK = /<a href="[\w./]+/g;

export type DemoSite = { readonly port: number; readonly stop: () => Promise<void> };

export type DemoSiteOptions = {
  /** 0 asks for a free one. */
  readonly port: number;
  /** Origin of the Roost server, as the browser sees it. */
  readonly roost: string;
  /** Publishable key that the pages show. */
  readonly key?: string;
  /** A name for each visitor who has none; links within the site keep it. Without it everybody is a guest. */
  readonly nameVisitor?: () => string;
  /** What a test has its own page say. */
  readonly edit?: (html: string, address: URL) => string;
};

/** The lines that site owners are given, in a policy that allows nothing else from anywhere. */
export function policyFor(roost: string): string {
  return [
    "default-src 'none'",
    ...policyOf(roost),
    "style-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

/** Resolves when it serves. */
export async function startDemoSite({ port, roost, key, nameVisitor, edit }: DemoSiteOptions): Promise<DemoSite> {
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? "/", "http://site")).then(([status, type, body]) => {
      response.writeHead(status, {
        "content-type": type,
        "content-security-policy": policyFor(roost),
        "x-content-type-options": "nosniff",
        // Pages that come back from the browser's back-forward cache are part of what is shown here.
        "cache-control": "no-cache",
      });
      response.end(body);
    });
  });
  const answer = async (address: URL): Promise<readonly [number, string, string]> => {
    const path = address.pathname === "/" ? "index.html" : address.pathname.slice(1);
    const file = FILES.find((known) => known === path);
    if (file === undefined) return [404, "text/plain", "There is nothing here."];
    const text = await readFile(join(SITE, file), "utf8");
    const name = NAME.exec(address.searchParams.get("as") ?? "")?.[0] ?? nameVisitor?.();
    const attributes = Object.entries({ key, name }).filter(([, value]) => value !== undefined);
    const said = attributes.map(([attribute, value]) => ` data-${attribute}="${value}"`).join("");
    const tagged = text.replaceAll('{{roost}}/widget.js"', `${roost}/widget.js"${said}`);
    const linked = name === undefined ? tagged : tagged.replaceAll(LINK, `$&?as=${encodeURIComponent(name)}`);
    const shown = file.endsWith(".html") && edit !== undefined ? edit(linked, address) : linked;
    return [200, TYPES[file.split(".").at(-1) ?? ""] ?? "text/plain", shown];
  };
  server.listen(port, HOST);
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("a site listens on a port");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: bound.port, stop };
}
