/**
 * The published Hocuspocus providers on sockets that they share.
 * @module
 */
import * as v3 from "hocuspocus-provider-3";
import * as v4 from "hocuspocus-provider-4";
import { WebSocket } from "ws";
import * as Y from "yjs";

export type Version = "3.4" | "4.8";
export const VERSIONS: readonly Version[] = ["3.4", "4.8"];

type Provider = v3.HocuspocusProvider | v4.HocuspocusProvider;
/** What an application gives a provider, asked at each connect. */
type Token = string | (() => string);

export type SharedDocument = {
  readonly doc: Y.Doc;
  readonly provider: Provider;
  readonly text: () => string;
  readonly type: (text: string) => void;
  /** In sync, and everything it sent is a row. */
  readonly isSaved: () => boolean;
  /** What it was told when it was refused, in order. */
  readonly denials: readonly string[];
};

/** One socket that carries documents. */
export class SharedClient {
  readonly version: Version;
  /** Sockets opened so far, the newest last. */
  readonly sockets: WebSocket[] = [];
  /** With which they were closed. */
  readonly closes: number[] = [];
  readonly #shared: v3.HocuspocusProviderWebsocket | v4.HocuspocusProviderWebsocket;
  readonly #documents: SharedDocument[] = [];

  constructor(version: Version, url: string, origin?: string) {
    this.version = version;
    const { sockets, closes } = this;
    class Watched extends WebSocket {
      constructor(address: string) {
        super(address, origin === undefined ? {} : { origin });
        sockets.push(this);
        this.on("close", (code) => closes.push(code));
        // Refused or cut: the provider hears of it by its own listener, if it still has one.
        this.on("error", () => undefined);
      }
    }
    const options = { url, WebSocketPolyfill: Watched, delay: 100, minDelay: 100 };
    this.#shared =
      version === "3.4" ? new v3.HocuspocusProviderWebsocket(options) : new v4.HocuspocusProviderWebsocket(options);
  }

  /** One more document; `sessionAwareness` is known to 4.8 alone. */
  open(
    name: string,
    { token, sessionAwareness }: { readonly token?: Token; readonly sessionAwareness?: true } = {},
  ): SharedDocument {
    const doc = new Y.Doc();
    const denials: string[] = [];
    const common = {
      ...{ name, document: doc, onAuthenticationFailed: ({ reason }: { reason: string }) => void denials.push(reason) },
      ...(token !== undefined && { token }),
    };
    const provider = this.#provider({ ...common, ...(sessionAwareness !== undefined && { sessionAwareness }) });
    provider.attach();
    const text = () => doc.getText("text").toString();
    const opened: SharedDocument = {
      ...{ doc, provider, denials, text },
      type: (typed) => doc.getText("text").insert(text().length, typed),
      isSaved: () => provider.synced && provider.unsyncedChanges === 0,
    };
    this.#documents.push(opened);
    return opened;
  }

  /** The wire drops; the provider finds out by itself. */
  drop(): void {
    this.sockets.at(-1)?.terminate();
  }

  end(): void {
    for (const { provider } of this.#documents) provider.destroy();
    this.#shared.destroy();
  }

  #provider(configuration: object): Provider {
    // SAFETY: a socket of the same version, made above; the two have one shape.
    if (this.version === "3.4") {
      const websocketProvider = this.#shared as v3.HocuspocusProviderWebsocket;
      return new v3.HocuspocusProvider({ ...configuration, websocketProvider } as v3.HocuspocusProviderConfiguration);
    }
    const websocketProvider = this.#shared as v4.HocuspocusProviderWebsocket;
    return new v4.HocuspocusProvider({ ...configuration, websocketProvider } as v4.HocuspocusProviderConfiguration);
  }
}
