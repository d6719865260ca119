/**
 * The presence that a tree of components shares.
 * @module
 */
import {
  type ReactElement,
  type ReactNode,
  createContext,
  createElement,
  useContext,
  useEffect,
  useState,
} from "react";
import { PresenceClient, type PresenceClientOptions, type PresenceSource } from "../presence/index.ts";

const Context = createContext<PresenceSource | null>(null);

export type RoostProviderProps = { readonly children?: ReactNode } & (
  | {
      /** A client, or a document's presence, that the application makes, connects and ends. */
      readonly client: PresenceSource;
    }
  | {
      /** The provider's own client is made from these, once: another room needs another `key`. */
      readonly options: PresenceClientOptions;
    }
);

/**
 * Gives everything below it one presence. With `options` it joins when it is mounted and leaves when it is not.
 *
 * @example
 * ```tsx
 * <RoostProvider key={room} options={{ url: "https://roost.example.com", room }}>
 *   <Avatars />
 * </RoostProvider>
 * ```
 */
export function RoostProvider(props: RoostProviderProps): ReactElement {
  const { children } = props;
  const given = "client" in props ? props.client : undefined;
  const [own] = useState(() => ("options" in props ? new OwnClient(props.options) : undefined));
  useEffect(() => own?.use(), [own]);
  const source = given ?? own?.client;
  if (source === undefined) throw new TypeError("RoostProvider takes `client` or `options`, and stays with it.");
  return createElement(Context.Provider, { value: source }, children);
}

/** Throws outside of a {@link RoostProvider}. */
export function useSource(): PresenceSource {
  const source = useContext(Context);
  if (source === null) throw new Error("This hook needs a <RoostProvider> above it.");
  return source;
}

/** Strict mode, and trees that are hidden for a while, unmount and mount again at once: that is one visit, on one socket. */
class OwnClient {
  readonly client: PresenceClient;
  readonly #mustConnect: boolean;
  #ending: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PresenceClientOptions) {
    // Nothing outside this object knows of it before it is mounted: a render may be thrown away.
    this.client = new PresenceClient({ ...options, connect: false });
    this.#mustConnect = options.connect !== false;
  }

  use(): () => void {
    clearTimeout(this.#ending);
    if (this.#mustConnect) this.client.connect();
    return () => {
      this.#ending = setTimeout(() => this.client.disconnect(), 0);
    };
  }
}
