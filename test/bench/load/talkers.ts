/**
 * People who say short things to all others in the room, whatever carries them: a bare object's frames, or messages of a game.
 * @module
 */
import type { WireName } from "../target.ts";
import { GameClient, inputsIn, messageFrame, readMessage } from "./game-client.ts";
import { type LoadAddress, LoadClient } from "./load-client.ts";

/** `said` is a text that was given to {@link Talker.say}. */
export type Talker = {
  readonly say: (said: string) => void;
  /** Texts that a frame of this server brings, in order. The own ones may be among them. */
  readonly read: (frame: Uint8Array) => readonly string[];
  readonly traffic: () => { readonly frames: number; readonly bytes: number };
  readonly closeReason: () => string | undefined;
  readonly stop: () => void;
};

export type OnFrame = (frame: Uint8Array) => void;

const GAME = "relay";

/** All in one room; each has its `onFrame`. */
export async function seatTalkers(address: LoadAddress, onFrames: readonly OnFrame[]): Promise<readonly Talker[]> {
  if (!isGame(address.wire)) return await Promise.all(onFrames.map((onFrame) => bareTalker(address, onFrame)));
  const talkers: Talker[] = [];
  let roomId: string | undefined;
  for (const onFrame of onFrames) {
    const client = await GameClient.join(
      { url: address.url, game: GAME, ...(roomId !== undefined && { roomId }) },
      { onFrame },
    );
    ({ roomId } = client);
    talkers.push(gameTalker(client));
  }
  return talkers;
}

function isGame(wire: WireName): boolean {
  return wire === "game";
}

async function bareTalker(address: LoadAddress, onFrame: OnFrame): Promise<Talker> {
  const client = await LoadClient.join(address, { onFrame });
  return {
    say: (said) => client.sendUpdate(Buffer.from(said)),
    read: (frame) =>
      client.wire
        .read(frame)
        .flatMap((heard) => (heard.type === "update" ? [Buffer.from(heard.update).toString()] : [])),
    traffic: () => ({ frames: client.framesReceived, bytes: client.bytesReceived }),
    closeReason: () => client.closeReason,
    stop: () => client.socket.terminate(),
  };
}

function gameTalker(client: GameClient): Talker {
  return {
    say: (said) => client.send(messageFrame("input", said)),
    read: (frame) => inputsIn(readMessage(frame)),
    traffic: () => ({ frames: client.framesReceived, bytes: client.bytesReceived }),
    closeReason: () => client.closeReason,
    stop: () => client.socket.terminate(),
  };
}
