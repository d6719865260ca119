/**
 * Presence clients for tests, and ways to wait for what they do without sleeping.
 * @module
 */
import { WebSocket } from "ws";
import { PresenceClient, type PresenceClientEvents, type PresenceClientOptions } from "../../client/index.ts";

const clients = new Set<PresenceClient>();

export function openPresence(options: Partial<PresenceClientOptions> & { readonly url: string }): PresenceClient {
  const client = new PresenceClient({ room: "lobby", WebSocket, ...options });
  clients.add(client);
  return client;
}

/** Ends every client a test opened. */
export function destroyPresence(): void {
  for (const client of clients) client.destroy();
  clients.clear();
}

/** Resolves when an event of the client makes `isTrue` hold, or it holds already. */
export function whenClient(client: PresenceClient, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!isTrue()) return;
      for (const stop of stops) stop();
      resolve();
    };
    const names = ["self", "others", "cursor", "counts", "pace", "status", "closed", "event", "tally"] as const;
    const stops = names.map((name) => client.on(name, check));
    check();
  });
}

export async function synced(client: PresenceClient): Promise<void> {
  await whenClient(client, () => client.status === "synced");
}

/** Collects every event of these names from here on. */
export function eventsOf<Name extends keyof PresenceClientEvents>(
  client: PresenceClient,
  ...names: readonly Name[]
): (readonly [Name, PresenceClientEvents[Name]])[] {
  const events: (readonly [Name, PresenceClientEvents[Name]])[] = [];
  for (const name of names) client.on(name, (value) => events.push([name, value]));
  return events;
}
