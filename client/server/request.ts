/**
 * One request of a back end: its answer, or the server's problem as an error; asked again where the server says when.
 * @module
 */

export type RoostServerOptions = {
  /** Such as `https://roost.example.com`. */
  readonly url: string;
  /** The project's secret key (`sk_…`), or a token. Open mode needs none. */
  readonly key?: string;
  /** Times that 429 and 503 are asked again after what `Retry-After` says; 4 when absent. */
  readonly maxRetries?: number;
  readonly fetch?: typeof fetch;
};

/** What the server answered instead (RFC 9457). */
export class RoostProblem extends Error {
  override readonly name = "RoostProblem";
  readonly status: number;
  /** Such as `not-found`, `deleted`, `locked`, `precondition-failed`, `rate-limited`. */
  readonly kind: string;
  readonly detail: string | undefined;

  constructor(status: number, kind: string, title: string, detail: string | undefined) {
    super(detail === undefined ? title : `${title}: ${detail}`);
    this.status = status;
    this.kind = kind;
    this.detail = detail;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type Asked = {
  readonly query?: Query | undefined;
  readonly json?: unknown;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
};

const TYPE_PREFIX = "urn:roost:problem:";
const DEFAULT_RETRIES = 4;
/** Where the server does not say. */
const RETRY_AFTER_SECONDS = 1;
const MAX_RETRY_AFTER_SECONDS = 60;
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 503]);

export class Requests {
  readonly #options: RoostServerOptions;

  constructor(options: RoostServerOptions) {
    this.#options = options;
  }

  /** @throws RoostProblem */
  async send(method: string, path: string, { query = {}, json, body, headers = {} }: Asked = {}): Promise<Response> {
    const { url, key, maxRetries = DEFAULT_RETRIES, fetch: ask = fetch } = this.#options;
    const target = new URL(path, url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const sent: Record<string, string> = { ...headers };
    if (key !== undefined) sent["authorization"] = `Bearer ${key}`;
    if (json !== undefined) sent["content-type"] ??= "application/json";
    const content = json === undefined ? body : JSON.stringify(json);
    const init = { method, headers: sent, redirect: "error", ...(content !== undefined && { body: content }) } as const;
    for (let retries = 0; ; retries += 1) {
      // SAFETY: a typed array over whatever buffer is a body.
      const response = await ask(target, init as RequestInit);
      if (response.ok) return response;
      if (!TRY_AGAIN.has(response.status) || retries >= maxRetries) throw await problemOf(response);
      await response.body?.cancel();
      await rest(response);
    }
  }

  /** @throws RoostProblem */
  async json<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    const response = await this.send(method, path, asked);
    // SAFETY: the server's own schema says so.
    return (await response.json()) as T;
  }
}

async function rest(response: Response): Promise<void> {
  const said = Number(response.headers.get("retry-after") ?? RETRY_AFTER_SECONDS);
  const seconds = Number.isFinite(said) ? Math.min(Math.max(0, said), MAX_RETRY_AFTER_SECONDS) : RETRY_AFTER_SECONDS;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

async function problemOf(response: Response): Promise<RoostProblem> {
  const text = await response.text();
  try {
    // SAFETY: every refusal of Roost is problem+json; what is none throws below, or here.
    const { type, title, detail } = JSON.parse(text) as { type: string; title: string; detail?: string };
    return new RoostProblem(response.status, type.replace(TYPE_PREFIX, ""), title, detail);
  } catch {
    return new RoostProblem(response.status, "unknown", `Status ${response.status}`, undefined);
  }
}
