/**
 * A client of a mirror game in a page: bundled, and driven by games-chromium.test.ts.
 * @module
 */
import { Client, type Room } from "@colyseus/sdk";
import { type Truth, pictureText } from "./mirror-picture.ts";

export type MirrorReport = {
  readonly turn: number;
  readonly same: number;
  readonly wrong: number;
  readonly drops: number;
};

type Shown = { readonly turn: number };

let room: Room<unknown, Shown> | undefined;
const seen = { same: 0, wrong: 0, drops: 0 };

const page = {
  async join(url: string, roomId: string): Promise<void> {
    const joined = await new Client(url).joinById<Shown>(roomId);
    joined.reconnection.minUptime = 0;
    joined.reconnection.maxDelay = 400;
    joined.onDrop(() => void (seen.drops += 1));
    joined.onMessage("truth", ({ turn, picture }: Truth) => {
      if (joined.state.turn > turn) return;
      if (joined.state.turn === turn && pictureText(joined.state) === picture) seen.same += 1;
      else seen.wrong += 1;
    });
    room = joined;
  },
  play(seed: number): void {
    room?.send("play", { seed, steps: 4 });
  },
  report(): MirrorReport {
    return { turn: room?.state?.turn ?? -1, ...seen };
  },
};

export type MirrorPage = typeof page;

Reflect.set(globalThis, "mirror", page);
