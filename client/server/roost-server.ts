/**
 * The REST interface, typed, for back ends and agents: Node, Workers, wherever there is `fetch`.
 * @module
 */
import type * as answers from "./answers.ts";
import { Requests, type RoostServerOptions } from "./request.ts";

/**
 * One project of a server. Every method throws `RoostProblem` where the server refuses.
 *
 * @example
 * const roost = new RoostServer({ url: "https://roost.example.com", key: secretKey });
 * await roost.put("team/notes", "# Minutes", { ifEmpty: true });
 */
export class RoostServer {
  readonly #requests: Requests;

  constructor(options: RoostServerOptions) {
    this.#requests = new Requests(options);
  }

  /** Newest change first, or by id. */
  async list(query: answers.DocumentQuery = {}): Promise<answers.DocumentPage> {
    return await this.#requests.json("GET", "/v1/documents", { query });
  }

  async get(id: string): Promise<Readonly<Record<string, unknown>>> {
    return await this.#requests.json("GET", pathOf(id));
  }

  async erase(id: string): Promise<void> {
    await this.#requests.send("DELETE", pathOf(id));
  }

  async text(id: string, format: answers.TextFormat = "text", root?: string): Promise<string> {
    return await (await this.#requests.send("GET", pathOf(id, "/content"), { query: { format, root } })).text();
  }

  /** `json`: every root by name; `prosemirror`: the root's document. */
  async json(id: string, format: "json" | "prosemirror" = "json", root?: string): Promise<unknown> {
    return await this.#requests.json("GET", pathOf(id, "/content"), { query: { format, root } });
  }

  /** The whole document as a Yjs update (V1). */
  async update(id: string): Promise<Uint8Array> {
    const response = await this.#requests.send("GET", pathOf(id, "/content"));
    return new Uint8Array(await response.arrayBuffer());
  }

  async applyUpdate(id: string, update: Uint8Array): Promise<answers.Written> {
    const headers = { "content-type": "application/octet-stream" };
    return await this.#requests.json("POST", pathOf(id, "/updates"), { body: update, headers });
  }

  /** Operations, all or none. */
  async patch(
    id: string,
    operations: readonly unknown[],
    options: answers.WriteOptions = {},
  ): Promise<answers.Written> {
    const query = { showAs: options.showAs };
    return await this.#requests.json("PATCH", pathOf(id, "/content"), {
      query,
      json: operations,
      headers: when(options),
    });
  }

  /** Markdown as text, or ProseMirror's JSON: the least that has to change. */
  async put(id: string, content: string | object, options: answers.WriteOptions = {}): Promise<answers.Written> {
    const query = { root: options.root, showAs: options.showAs };
    if (typeof content !== "string") {
      return await this.#requests.json("PUT", pathOf(id, "/content"), { query, json: content, headers: when(options) });
    }
    const headers = { ...when(options), "content-type": "text/markdown" };
    return await this.#requests.json("PUT", pathOf(id, "/content"), { query, body: content, headers });
  }

  async versions(
    id: string,
    query: { readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<answers.VersionPage> {
    return await this.#requests.json("GET", pathOf(id, "/versions"), { query });
  }

  async createVersion(id: string, name: string): Promise<answers.DocumentVersion> {
    return await this.#requests.json("POST", pathOf(id, "/versions"), { json: { name } });
  }

  async restore(id: string, version: string): Promise<answers.Restored> {
    return await this.#requests.json("POST", pathOf(id, `/versions/${version}/restore`));
  }

  /** Each a version, or `current`. */
  async diff(id: string, from: string, to = "current"): Promise<answers.Diff> {
    return await this.#requests.json("GET", pathOf(id, "/diff"), { query: { from, to } });
  }

  async fork(id: string, to: string, version?: string): Promise<{ readonly id: string; readonly version: string }> {
    return await this.#requests.json("POST", pathOf(id, "/fork"), { json: { id: to, version } });
  }

  async merge(id: string, from: string): Promise<answers.Written> {
    return await this.#requests.json("POST", pathOf(id, "/merge"), { json: { from } });
  }

  async previewMerge(id: string, from: string): Promise<{ readonly diff: answers.Diff }> {
    return await this.#requests.json("POST", pathOf(id, "/merge"), { json: { from, preview: true } });
  }

  async blame(id: string): Promise<Readonly<Record<string, unknown>>> {
    return await this.#requests.json("GET", pathOf(id, "/blame"));
  }

  async history(
    id: string,
    query: { readonly from?: string; readonly to?: string; readonly cursor?: string } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    return await this.#requests.json("GET", pathOf(id, "/history"), { query });
  }

  /** An image of 10 MB at most. */
  async putAsset(id: string, image: Uint8Array): Promise<answers.Asset> {
    const headers = { "content-type": "application/octet-stream" };
    return await this.#requests.json("POST", pathOf(id, "/assets"), { body: image, headers });
  }

  async asset(id: string, asset: string): Promise<Uint8Array> {
    const response = await this.#requests.send("GET", pathOf(id, `/assets/${encodeURIComponent(asset)}`));
    return new Uint8Array(await response.arrayBuffer());
  }

  /** A token from the server; `createToken` makes one without asking. */
  async mintToken(claims: {
    readonly user: string;
    readonly rooms: Readonly<Record<string, readonly string[]>>;
    readonly name?: string;
    readonly expiresInSeconds?: number;
  }): Promise<string> {
    const { token } = await this.#requests.json<{ token: string }>("POST", "/v1/tokens", { json: claims });
    return token;
  }

  async webhooks(): Promise<{ readonly webhooks: readonly answers.WebhookEndpoint[]; readonly cursor: string | null }> {
    return await this.#requests.json("GET", "/v1/webhooks");
  }

  /** The secret is in this answer alone. */
  async createWebhook(endpoint: {
    readonly url: string;
    readonly events: readonly string[];
    readonly description?: string;
  }): Promise<answers.WebhookEndpoint & { readonly secret: string }> {
    return await this.#requests.json("POST", "/v1/webhooks", { json: endpoint });
  }

  async deleteWebhook(endpoint: string): Promise<void> {
    await this.#requests.send("DELETE", `/v1/webhooks/${encodeURIComponent(endpoint)}`);
  }

  /** Forgets a user; what they wrote stays, and is nobody's. */
  async eraseUser(user: string, everywhere = false): Promise<answers.ErasureReceipt> {
    return await this.#requests.json("POST", `/v1/users/${encodeURIComponent(user)}/erase`, { json: { everywhere } });
  }

  async erasure(id: string): Promise<answers.ErasureReceipt> {
    return await this.#requests.json("GET", `/v1/erasures/${encodeURIComponent(id)}`);
  }
}

function pathOf(id: string, rest = ""): string {
  return `/v1/documents/${encodeURIComponent(id)}${rest}`;
}

function when({ ifMatch, ifEmpty = false }: answers.WriteOptions): Readonly<Record<string, string>> {
  return { ...(ifMatch !== undefined && { "if-match": `"${ifMatch}"` }), ...(ifEmpty && { "if-none-match": "*" }) };
}
