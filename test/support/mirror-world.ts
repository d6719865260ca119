/**
 * Clients of mirror games: what each has decoded is compared with what its room says, after every frame that changes it.
 * @module
 */
import type { Room } from "@colyseus/sdk";
import { expect } from "vitest";
import { type Truth, pictureText } from "./mirror-picture.ts";
import { type Health, type SdkWorld, WAIT } from "./sdk-world.ts";

export type Shown = { readonly turn: number; readonly pushed: number };

export class Mirrored {
  readonly room: Room<unknown, Shown>;
  /** Turns whose state was the room's. */
  same = 0;
  /** Words of the room that its state is ahead of. */
  late = 0;
  readonly wrong: string[] = [];
  /** What its room says of its own goodbye is told to it without the state. */
  isLeaving = false;
  left: number | undefined;
  drops = 0;

  constructor(room: Room<unknown, Shown>) {
    this.room = room;
    room.reconnection.minUptime = 0;
    room.reconnection.maxDelay = 400;
    room.onDrop(() => (this.drops += 1));
    room.onLeave((code) => (this.left = code));
    room.onMessage("truth", (truth: Truth) => this.#compare(truth));
  }

  get turn(): number {
    return this.room.state?.turn ?? -1;
  }

  play(seed: number, steps = 4): void {
    this.room.send("play", { seed, steps });
  }

  #compare({ turn, picture }: Truth): void {
    if (this.isLeaving) return;
    if (this.turn > turn) {
      this.late += 1;
      return;
    }
    const own = pictureText(this.room.state);
    if (own === picture && turn === this.turn) this.same += 1;
    else this.wrong.push(`${this.room.sessionId} at ${this.turn}, told ${turn}:\n${own}\n${picture}`);
  }
}

/** As `world.join`, for a room of a mirror game. */
export async function joinMirror(
  world: SdkWorld,
  { user = "alice", game = "mirror", roomId }: { user?: string; game?: string; roomId?: string } = {},
): Promise<Mirrored> {
  const client = world.clientOf(user);
  const joined = roomId === undefined ? await client.create<Shown>(game) : await client.joinById<Shown>(roomId);
  return new Mirrored(world.kept(joined));
}

/** Three in one room. */
export async function crowd(world: SdkWorld, game = "mirror"): Promise<Mirrored[]> {
  const first = await joinMirror(world, { game });
  const { roomId } = first.room;
  return [
    first,
    await joinMirror(world, { game, roomId, user: "bob" }),
    await joinMirror(world, { game, roomId, user: "carol" }),
  ];
}

/** All have seen what the room is at. */
export async function meet(all: readonly Mirrored[]): Promise<number> {
  const [first] = all;
  if (first === undefined) throw new Error("nobody is there");
  const turn = await requestTurn(first);
  await expect.poll(() => all.map((one) => Math.min(one.turn, turn)), WAIT).toEqual(all.map(() => turn));
  return turn;
}

/** Asked again where the line was lost on the way. */
async function requestTurn({ room }: Mirrored): Promise<number> {
  let turn: unknown;
  const ask = async () => (turn = await room.request("turn", null, { timeout: 3_000 }).catch(() => undefined));
  await expect.poll(ask, WAIT).toBeTypeOf("number");
  return Number(turn);
}

export async function putToSleep({ server }: SdkWorld, roomId: string): Promise<void> {
  await server.evict({ className: "GameRoom", name: `default/game/${roomId}`, webSockets: "hibernate" });
}

/** As a deploy does: the object starts anew, and all its sockets are gone. */
export async function restartRoom({ server }: SdkWorld, roomId: string): Promise<void> {
  await server.evict({ className: "GameRoom", name: `default/game/${roomId}`, webSockets: "close" });
}

/** In the middle of whatever it does. */
export async function endRoom({ server }: SdkWorld, roomId: string): Promise<void> {
  await (await fetch(`${server.url}/end?room=${roomId}`)).text();
}

export function wrongOf(all: readonly Mirrored[]): readonly string[] {
  return all.flatMap(({ wrong }) => wrong.slice(0, 1));
}

export type FullHealth = Health & { readonly exceptions: number; readonly counts: Readonly<Record<string, number>> };

export async function fullHealth(world: SdkWorld, roomId: string): Promise<FullHealth> {
  const response = await fetch(`${world.server.url}/v1/games/rooms/${roomId}`);
  // SAFETY: the schema of the route.
  return ((await response.json()) as { readonly health: FullHealth }).health;
}
