/**
 * Colyseus' SDK as it is published, in Node, against a real server with the games of the tests.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { Client, type Room } from "@colyseus/sdk";
import { vi } from "vitest";
import { type TestServer, startServer } from "./server.ts";

export const WAIT = { timeout: 20_000, interval: 20 } as const;
/** How the SDK closes when its page goes offline. */
export const OFFLINE = 4010;

export type Scores = {
  readonly total: number;
  readonly scores: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
};
export type Play = Room<unknown, Scores>;
export type Listed = {
  readonly roomId: string;
  readonly clients: number;
  readonly metadata: { readonly mode: string };
};
export type Health = { readonly players: object; readonly isTicking: boolean; readonly ticks: number };

const WORKER = new URL("games-worker.ts", import.meta.url).pathname;

/** A server, and everybody who plays there. */
export class SdkWorld {
  readonly server: TestServer;
  readonly #rooms: Room[] = [];

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async start(): Promise<SdkWorld> {
    // The SDK tells everybody how it reconnects.
    for (const level of ["info", "warn", "log"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
    return new SdkWorld(await startServer({ entry: WORKER }));
  }

  /** `user`: who plays, as open mode takes anybody at their word. */
  clientOf(user = "alice"): Client {
    return new Client(`${this.server.url}?user=${user}`);
  }

  /** Left behind the test. */
  kept<R extends Room>(room: R): R {
    room.reconnection.minUptime = 0;
    this.#rooms.push(room);
    return room;
  }

  async join(options: object = {}, user = "alice"): Promise<Play> {
    return this.kept(await this.clientOf(user).joinOrCreate<Scores>("counter", options));
  }

  async leaveAll(): Promise<void> {
    await Promise.all(this.#rooms.splice(0).map(async (room) => await Promise.race([room.leave(), delay(1_000)])));
  }

  /** `code message` of what it rejects with. */
  async refusal(joining: Promise<Room>): Promise<string> {
    try {
      this.kept(await joining);
      return "let in";
    } catch (error) {
      return error instanceof Error && "code" in error ? `${String(error.code)} ${error.message}` : String(error);
    }
  }

  async listed(mode: string): Promise<readonly Listed[]> {
    const response = await fetch(`${this.server.url}/v1/games/counter/rooms?limit=1000`);
    // SAFETY: the schema of the route.
    const { rooms } = (await response.json()) as { readonly rooms: readonly Listed[] };
    return rooms.filter(({ metadata }) => metadata.mode === mode);
  }

  async health(roomId: string): Promise<Health> {
    const response = await fetch(`${this.server.url}/v1/games/rooms/${roomId}`);
    // SAFETY: the schema of the route.
    return ((await response.json()) as { readonly health: Health }).health;
  }
}

export const totalOf = (room: Play): number | undefined => room.state?.total;
export const scoresOf = (room: Play): number[] => [...room.state.scores.values()];
