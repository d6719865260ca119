/**
 * A receiver of webhooks in a process of its own, which may be killed. It verifies each request by the public library and writes what it
 * took into a file before it answers, as a receiver does that forgets nothing.
 * @module
 */
import { appendFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { Webhook } from "standardwebhooks";

/** What it does from now on. `hang` never answers; `redirect` points at a path that notes the visit; `late` takes each, and answers again only. */
export type Manners = "take" | "fail" | "hang" | "gone" | "redirect" | "once" | "late";

export type ToReceiver =
  | { readonly listen: { readonly port: number; readonly file: string } }
  | { readonly secret: string }
  | { readonly manners: Manners };

/** One line of the file. */
export type Received = {
  readonly id: string;
  readonly isVerified: boolean;
  readonly manners: Manners;
  readonly path: string;
  readonly body: string;
};

let secret = "";
let manners: Manners = "take";
let file = "";
const seen = new Set<string>();

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const id = String(request.headers["webhook-id"]);
  const isAgain = seen.has(id);
  seen.add(id);
  const isLate = manners === "late" && !isAgain;
  const does = manners === "late" || (manners === "once" && isAgain) ? "take" : manners;
  const line: Received = { id, isVerified: isVerified(request, body), manners: does, path: request.url ?? "", body };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
  if (does === "hang" || isLate) return;
  if (does === "redirect") response.setHeader("location", "/elsewhere");
  const statuses = { take: 204, fail: 500, once: 503, gone: 410, redirect: 307 } as const;
  response.writeHead(statuses[does]).end(does === "fail" ? "not today ".repeat(1_000) : undefined);
}

function isVerified(request: IncomingMessage, body: string): boolean {
  const header = (name: string) => String(request.headers[name]);
  try {
    new Webhook(secret).verify(body, {
      "webhook-id": header("webhook-id"),
      "webhook-timestamp": header("webhook-timestamp"),
      "webhook-signature": header("webhook-signature"),
    });
    return true;
  } catch {
    return false;
  }
}

process.on("message", (message: ToReceiver) => {
  if ("secret" in message) secret = message.secret;
  else if ("manners" in message) manners = message.manners;
  else {
    file = message.listen.file;
    server.listen(message.listen.port, "127.0.0.1", () => process.send?.({ port: addressPort() }));
    return;
  }
  process.send?.({ done: true });
});
process.on("disconnect", () => process.exit(0));

function addressPort(): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
