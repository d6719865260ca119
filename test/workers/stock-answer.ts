/**
 * What a stock provider hears when it has connected: a document, or why there is none for it.
 * @module
 */
import * as decoding from "lib0/decoding";
import { permissionDenied } from "../../src/protocol/hocuspocus-address.ts";
import { authFrame } from "../support/hocuspocus-frames.ts";

const STEP_1 = Uint8Array.of(0, 0, 1, 0);
const AUTH = 2;
const GAME_ERROR = 11;
const GAME_PING = 18;
/** Behind the first byte: a number and the length of a text. */
const GAME_ERROR_HEAD = 6;

/** How the reasons of refused sockets begin, and the problem that each stands for. */
const PROBLEMS: readonly (readonly [start: string, problem: string])[] = [
  ["Not authorized", "401 unauthorized"],
  ["Token expired", "401 token-expired"],
  ["Access revoked", "403 revoked"],
  ["Not allowed", "403 forbidden"],
  ["Origin not allowed", "403 origin-refused"],
  ["No more rooms", "403 no-more-rooms"],
  ["Locked", "423 locked"],
  ["No such document", "404 not-found"],
  ["Document deleted", "410 deleted"],
  ["There is no such room", "404 game-not-found"],
];

/** `101` where a room answers, the problem where the socket says that; it is closed then. */
export async function stockAnswer(socket: WebSocket): Promise<string> {
  return answerFor(denialOf(await firstFrame(socket, STEP_1)));
}

/** The same of a socket that is asked for the document at `address`, by a provider of Hocuspocus without a token of its own. */
export async function hocuspocusAnswer(socket: WebSocket, address: string): Promise<string> {
  const heard = await firstFrame(socket, authFrame(address, ""));
  const denial = permissionDenied(address, "");
  const isDenied = denial.subarray(0, -1).every((byte, index) => heard[index] === byte);
  return answerFor(
    isDenied ? decoding.readVarString(decoding.createDecoder(heard.subarray(denial.length - 1))) : undefined,
  );
}

/** The same of a socket of Colyseus' SDK: it is greeted, or told an error. */
export async function gameAnswer(socket: WebSocket): Promise<string> {
  const [code, ...rest] = await firstFrame(socket, Uint8Array.of(GAME_PING));
  return answerFor(
    code === GAME_ERROR ? new TextDecoder().decode(Uint8Array.from(rest.slice(GAME_ERROR_HEAD))) : undefined,
  );
}

async function firstFrame(socket: WebSocket, question: Uint8Array): Promise<Uint8Array> {
  socket.binaryType = "arraybuffer";
  const heard = new Promise<Uint8Array>((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) resolve(new Uint8Array(data));
    });
    socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code} before it heard anything`)));
  });
  socket.accept();
  socket.send(question);
  const frame = await heard;
  socket.close(1000);
  return frame;
}

function answerFor(reason: string | undefined): string {
  if (reason === undefined) return "101";
  return PROBLEMS.find(([start]) => reason.startsWith(start))?.[1] ?? reason;
}

/** The reason of a refusal; undefined for any other frame. */
export function denialOf(frame: Uint8Array): string | undefined {
  const decoder = decoding.createDecoder(frame);
  if (decoding.readVarUint(decoder) !== AUTH) return undefined;
  if (decoding.readVarUint(decoder) !== 0) throw new Error("an auth message that denies nothing");
  return decoding.readVarString(decoder);
}
