/**
 * People of one project on a closed server, with Roost's client and the unmodified one of y-websocket.
 * @module
 */
import { vi } from "vitest";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { CloseInfo, DocumentProvider, RightsInfo } from "../../client/index.ts";
import type { Scope } from "../../src/auth/grants.ts";
import { destroyProviders, openProvider } from "./client-providers.ts";
import {
  type ClosedServer,
  type Project,
  ask,
  askJson,
  createProject,
  startClosedServer,
  tokenFor,
} from "./closed-server.ts";
import type { ServerOptions } from "./server.ts";

export const PROMPT = { timeout: 20_000, interval: 25 };
export const WRITES: readonly Scope[] = ["read", "write", "presence"];
export const READS: readonly Scope[] = ["read", "presence"];

type Claims = Omit<NonNullable<Parameters<typeof tokenFor>[2]>, "rooms">;

export class Strangers {
  readonly server: ClosedServer;
  readonly project: Project;
  readonly #stock = new Set<WebsocketProvider>();

  private constructor(server: ClosedServer, project: Project) {
    this.server = server;
    this.project = project;
  }

  /** A server and a project of their own; `end` takes all of it away. */
  static async start(vars: ServerOptions["vars"] = {}): Promise<Strangers> {
    const server = await startClosedServer({ vars });
    return new Strangers(server, await createProject(server, "strangers"));
  }

  async end(): Promise<void> {
    destroyProviders();
    for (const provider of this.#stock) {
      provider.destroy();
      provider.doc.destroy();
    }
    await this.server.stop();
  }

  /** A token with these scopes in every document. */
  async token(user: string, scopes: readonly Scope[], claims: Claims = {}): Promise<string> {
    return await tokenFor(this.project, user, { ...claims, rooms: { "document:*": scopes } });
  }

  open(id: string, token: string | (() => string)): DocumentProvider {
    return openProvider({ url: this.server.url, id, token });
  }

  /** The provider of y-websocket as it is, and a document of its own. */
  openStock(id: string, token: string): WebsocketProvider {
    const options = { disableBc: true, params: { token } };
    const provider = new WebsocketProvider(`${this.server.wsUrl}/yjs`, id, new Y.Doc(), options);
    this.#stock.add(provider);
    return provider;
  }

  /** What the server has, read by the project's back end. */
  async stored(id: string): Promise<string> {
    const path = `/v1/documents/${encodeURIComponent(id)}/content?format=text`;
    return (await ask(this.server, this.project.secretKey, path)).text;
  }

  async administer(id: string, what: "kick" | "lock", body: unknown): Promise<unknown> {
    const path = `/v1/rooms/document/${encodeURIComponent(id)}/${what}`;
    return await askJson(this.server, this.project.secretKey, path, { body });
  }
}

export async function whenStockSynced(provider: WebsocketProvider): Promise<void> {
  await vi.waitUntil(() => provider.synced, PROMPT);
}

/** The close that a stock client takes as final. */
export function closedForGood(
  provider: WebsocketProvider,
): Promise<{ readonly code: number; readonly reason: string }> {
  return new Promise((resolve) => {
    provider.once("closed", ({ code, reason }) => resolve({ code, reason }));
  });
}

export function finalClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.on("closed", (info) => {
      if (info.final) resolve(info);
    });
  });
}

/** Every change of its rights from here on. */
export function rightsOf(provider: DocumentProvider): readonly RightsInfo[] {
  const rights: RightsInfo[] = [];
  provider.on("rights", (info) => rights.push(info));
  return rights;
}

/** The names that this client sees, its own among them. */
export function namesSeenBy({ awareness }: DocumentProvider): readonly string[] {
  const states = [...awareness.getStates().values()];
  const names = states.flatMap(({ user }) => (user === undefined ? [] : [String(user.name)]));
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}
