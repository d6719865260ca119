/**
 * The widget's connection and the one that it stands in for, at the same server: a test runs with both.
 * @module
 */
import { afterEach, beforeEach, vi } from "vitest";
import { WebSocket } from "ws";
import type { CloseInfo } from "../../client/connection.ts";
import { openRoomConnection as openLight } from "../../client/light-connection.ts";
import { type RoomConnection, openRoomConnection } from "../../client/presence/room-connection.ts";
import { encodeFrame } from "../../client/presence/wire.ts";
import { ProviderError } from "../../client/provider-error.ts";
import { CLIENT_TIMERS, advanceUntil } from "./client-providers.ts";
import { PresenceTestServer } from "./presence-test-server.ts";

export const BOTH = [
  ["the whole one", openRoomConnection],
  ["the widget's", openLight],
] as const;

type Heard = { opens: number; frames: number; readonly closes: CloseInfo[]; readonly summaries: object[] };

/** As browsers have it: a failure is no exception. */
class BrowserSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    this.on("error", () => undefined);
  }
}

/** A server for each test of the file, with a clock that stands. */
export function useConnections() {
  let server: PresenceTestServer | undefined;
  const opened: RoomConnection[] = [];
  const current = () => {
    if (server === undefined) throw new Error("inside tests only");
    return server;
  };

  beforeEach(async () => {
    server = await PresenceTestServer.start();
    vi.stubGlobal("WebSocket", BrowserSocket);
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
  });
  afterEach(async () => {
    for (const connection of opened.splice(0)) connection.close();
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    await server?.stop();
  });

  function connect(open: (typeof BOTH)[number][1], source = "", socketUrl?: string) {
    const { url } = current();
    const heard: Heard = { opens: 0, frames: 0, closes: [], summaries: [] };
    const connection = open({
      socketUrl: socketUrl ?? `${url.replace("http", "ws")}/v1/presence/lobby/connect`,
      httpUrl: `${url}/v1/presence/lobby/count`,
      source,
      sendToken: () => undefined,
      WebSocket: undefined,
      onOpen: () => {
        heard.opens += 1;
        connection.send(encodeFrame([[0, 1, "{}"]]));
      },
      onFrame: () => {
        heard.frames += 1;
        connection.synced();
      },
      onClose: (info) => heard.closes.push(info),
      onError: () => undefined,
      // As PresenceClient has it.
      readSummary: (summary) => {
        heard.summaries.push(summary);
        return summary.size === "count" ? new ProviderError("unavailable", "the room is full") : undefined;
      },
    });
    opened.push(connection);
    return { connection, heard };
  }

  return { server: current, connect };
}

/** Time goes by until it holds. */
export async function until(isTrue: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => isTrue() && resolve(), 1);
  await advanceUntil(promise);
  clearInterval(timer);
}
