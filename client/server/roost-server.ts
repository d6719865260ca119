/**
 * The REST interface, typed, for back ends and agents: Node, Workers, wherever there is `fetch`.
 * @module
 */
import type * as answers from "./answers.ts";
import { type Asked, Requests, type RoostServerOptions } from "./request.ts";

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

  /** Any other route of `/v1/openapi.json`, with the same patience and the same errors. */
  async request(method: string, path: string, asked: Asked = {}): Promise<Response> {
    return await this.#requests.send(method, path, asked);
  }

  /** Newest change first, or by id. */
  async list(query: answers.DocumentQuery = {}): Promise<answers.DocumentPage> {
    return await this.#requests.json("GET", "/v1/documents", { query });
  }

  async get(id: string): Promise<answers.DocumentDetails> {
    return await this.#requests.json("GET", pathOf(id));
  }

  /** Gone from its room when this resolves; {@link documentErasure} says when from storage and index too. */
  async erase(id: string): Promise<void> {
    await this.#requests.send("DELETE", pathOf(id));
  }

  async documentErasure(id: string): Promise<answers.DocumentErasure> {
    return await this.#requests.json("GET", pathOf(id, "/erasure"));
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

  async applyUpdate(
    id: string,
    update: Uint8Array,
    options: Pick<answers.WriteOptions, "ifEmpty"> = {},
  ): Promise<answers.Written> {
    const headers = { ...when(options), "content-type": "application/octet-stream" };
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
    const query = { root: options.root, showAs: options.showAs, schema: options.schema };
    if (typeof content !== "string") {
      return await this.#requests.json("PUT", pathOf(id, "/content"), { query, json: content, headers: when(options) });
    }
    const headers = { ...when(options), "content-type": "text/markdown" };
    return await this.#requests.json("PUT", pathOf(id, "/content"), { query, body: content, headers });
  }

  /** A place in a text, for `anchor` and `until` of operations: it stays where it is while others edit around it. */
  async makeAnchor(id: string, place: answers.Place): Promise<string> {
    return (await this.#requests.json<{ anchor: string }>("POST", pathOf(id, "/anchors"), { json: place })).anchor;
  }

  async versions(id: string, query: answers.VersionQuery = {}): Promise<answers.VersionPage> {
    return await this.#requests.json("GET", pathOf(id, "/versions"), { query });
  }

  async versionText(id: string, version: string, format: answers.TextFormat = "text"): Promise<string> {
    const path = pathOf(id, `/versions/${version}`);
    return await (await this.#requests.send("GET", path, { query: { format } })).text();
  }

  /** A Yjs update (V1). */
  async versionUpdate(id: string, version: string): Promise<Uint8Array> {
    const path = pathOf(id, `/versions/${version}`);
    const response = await this.#requests.send("GET", path, { query: { format: "update" } });
    return new Uint8Array(await response.arrayBuffer());
  }

  async changeVersion(
    id: string,
    version: string,
    change: { readonly name?: string; readonly isPinned?: boolean },
  ): Promise<answers.DocumentVersion> {
    return await this.#requests.json("PATCH", pathOf(id, `/versions/${version}`), { json: change });
  }

  async deleteVersion(id: string, version: string): Promise<void> {
    await this.#requests.send("DELETE", pathOf(id, `/versions/${version}`));
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

  async merge(id: string, from: string, options: answers.MergeOptions = {}): Promise<answers.Written> {
    return await this.#requests.json("POST", pathOf(id, "/merge"), { json: { from, ...options } });
  }

  async previewMerge(
    id: string,
    from: string,
    options: answers.MergeOptions = {},
  ): Promise<{ readonly diff: answers.Diff }> {
    return await this.#requests.json("POST", pathOf(id, "/merge"), { json: { from, ...options, preview: true } });
  }

  async blame(id: string): Promise<answers.Blame> {
    return await this.#requests.json("GET", pathOf(id, "/blame"));
  }

  /** Of a week where `from` is not said, by days where `every`, in seconds, is not. */
  async activity(id: string, query: answers.Range & { readonly every?: number } = {}): Promise<answers.Activity> {
    return await this.#requests.json("GET", pathOf(id, "/activity"), { query });
  }

  async history(id: string, query: answers.Range & { readonly cursor?: string } = {}): Promise<answers.HistoryPage> {
    return await this.#requests.json("GET", pathOf(id, "/history"), { query });
  }

  /** An image of 10 MB at most. */
  async putAsset(id: string, image: Uint8Array): Promise<answers.Asset> {
    const headers = { "content-type": "application/octet-stream" };
    return await this.#requests.json("POST", pathOf(id, "/assets"), { body: image, headers });
  }

  /** For good, also where versions show it. */
  async deleteAsset(id: string, asset: string): Promise<void> {
    await this.#requests.send("DELETE", pathOf(id, `/assets/${encodeURIComponent(asset)}`));
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

  /**
   * Another secret, in this answer alone; that of before signs as well for `overlapSeconds`, a day where it is not said. Two secrets sign at
   * most: while an overlap runs this is refused (409, with its end), unless `force` ends it.
   */
  async rotateWebhook(
    endpoint: string,
    rotation: { readonly overlapSeconds?: number; readonly force?: boolean } = {},
  ): Promise<answers.WebhookEndpoint & { readonly secret: string }> {
    const path = `/v1/webhooks/${encodeURIComponent(endpoint)}/rotate`;
    return await this.#requests.json("POST", path, { json: rotation });
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
