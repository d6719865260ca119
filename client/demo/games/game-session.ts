/**
 * One seat in one room, by the published SDK: taken, kept over a lost connection and a reload, given back. What the bar says of it.
 * @module
 */
import { Client, CloseCode } from "@colyseus/sdk";
import { announce, showToast } from "../announcer.ts";
import { elementById, makeElement } from "../elements.ts";
import { drawIcons, makeIcon } from "../icons.ts";
import { loadIdentity } from "../identity.ts";
import {
  type GameName,
  type GameRequest,
  endsSeat,
  gameAddress,
  isSeatOver,
  readGameRequest,
  readSeat,
  writeSeat,
} from "./game-addresses.ts";
import { NetPanel } from "./net-panel.ts";

const client = new Client(location.origin);

/** Where the type of a room comes from; its state is typed by who asks. */
async function joinById<State>(room: string, options: object) {
  return await client.joinById<State>(room, options);
}

export type GameRoom<State> = Awaited<ReturnType<typeof joinById<State>>>;

export type GameSession<State> = {
  readonly room: GameRoom<State>;
  readonly watches: boolean;
};

type Status = "connecting" | "synced" | "offline";
const STATUS_WORDS: Readonly<Record<Status, string>> = {
  connecting: "Connecting…",
  synced: "Connected",
  offline: "No connection",
};
/** A blip shorter than this gets no banner. */
const BANNER_AFTER_MS = 700;
/** Of the SDK's own, which gives up after about a minute: a seat of a slow game is kept for longer. */
const MAX_RETRIES = 10_000;

/** Takes the seat that the page's address asks for; undefined, with a banner that says why, where there is none. */
export async function openGame<State>(game: GameName, { keepsSeat }: { readonly keepsSeat: boolean }) {
  drawIcons();
  showStatus("connecting");
  const request = readGameRequest();
  try {
    const room = await findRoom<State>(game, request);
    // Its fields are empty until then, whatever their types say.
    await new Promise<unknown>((resolve) => room.onStateChange.once(resolve));
    const { watches } = request;
    history.replaceState(null, "", gameAddress(game, { room: room.roomId, watches }));
    followRoom(room, game);
    wireBar(room, game, keepsSeat);
    const session: GameSession<State> = { room, watches };
    return session;
  } catch (error) {
    showStatus("offline");
    showRefusal(game, request, error);
    return undefined;
  }
}

/** Back to the lobby; the seat is free at once. */
export async function leaveGame<State>({ room }: GameSession<State>, game: GameName): Promise<void> {
  writeSeat(room.roomId, undefined);
  // Without a connection the goodbye is not heard: the grace ends the seat.
  if (room.connection.isOpen) await Promise.race([room.leave(true), new Promise((done) => setTimeout(done, 1_000))]);
  location.assign(`./games?game=${game}`);
}

async function findRoom<State>(game: GameName, request: GameRequest): Promise<GameRoom<State>> {
  const { name, color } = loadIdentity();
  const options = { name, color, turnSeconds: request.turnSeconds, ...(request.watches && { spectate: true }) };
  const { room, isNew } = request;
  if (room === undefined) {
    return isNew ? await client.create<State>(game, options) : await client.joinOrCreate<State>(game, options);
  }
  const token = request.watches ? undefined : readSeat(room);
  if (token !== undefined) {
    try {
      return await client.reconnect<State>(token);
    } catch (error) {
      if (!isSeatOver(error)) throw error;
      // Its time is over, or the room is: a new seat, if there is one.
      writeSeat(room, undefined);
    }
  }
  return await joinById<State>(room, options);
}

function followRoom<State>(room: GameRoom<State>, game: GameName): void {
  let bannerTimer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  room.reconnection.minUptime = 0;
  room.reconnection.maxRetries = MAX_RETRIES;
  // The SDK has the token once it has told of the join.
  const keepSeat = () => {
    if (!isOver && new URLSearchParams(location.search).get("watch") === null) {
      writeSeat(room.roomId, room.reconnectionToken);
    }
  };
  setTimeout(keepSeat);
  addEventListener("pagehide", keepSeat);
  showStatus("synced");
  document.documentElement.dataset.ready = "true";
  room.onDrop(() => {
    showStatus("offline");
    bannerTimer ??= setTimeout(() => {
      showBanner("No connection. Your seat is kept; coming back…", "warn");
      announce("No connection. Your seat is kept.");
    }, BANNER_AFTER_MS);
  });
  room.onReconnect(() => {
    clearTimeout(bannerTimer);
    bannerTimer = undefined;
    if (!banner().hidden) showToast("Connected again");
    banner().hidden = true;
    showStatus("synced");
    setTimeout(keepSeat);
  });
  room.onLeave((code, reason) => {
    isOver = true;
    clearTimeout(bannerTimer);
    removeEventListener("pagehide", keepSeat);
    if (code === CloseCode.CONSENTED) return;
    showStatus("offline");
    if (endsSeat(code, reason)) writeSeat(room.roomId, undefined);
    endWith(reason === undefined || reason === "" ? `The room closed the connection (${code}).` : reason, game);
  });
  room.onError((_code, message) => {
    if (message !== undefined && message !== "") showToast(message);
  });
}

function wireBar<State>(room: GameRoom<State>, game: GameName, keepsSeat: boolean): void {
  elementById("share", HTMLButtonElement).addEventListener("click", () => {
    void (async () => {
      try {
        await navigator.clipboard.writeText(location.href);
        showToast("Link copied. Whoever opens it comes to this room.");
      } catch {
        // Without a secure context, or without leave, the address itself can be copied by hand.
        showToast(location.href);
      }
    })();
  });
  const leave = (event: Event) => {
    event.preventDefault();
    void leaveGame({ room, watches: false }, game);
  };
  elementById("leave", HTMLButtonElement).addEventListener("click", leave);
  if (!keepsSeat) elementById("back", HTMLAnchorElement).addEventListener("click", leave);
  const panel = new NetPanel(room);
  const toggle = elementById("net-toggle", HTMLButtonElement);
  toggle.addEventListener("click", () => {
    toggle.setAttribute("aria-expanded", String(panel.toggle()));
  });
  // Its socket is gone, and with it what this page knew.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}

function showRefusal(game: GameName, request: GameRequest, error: unknown): void {
  const words = error instanceof Error && error.message !== "" ? error.message : "The server did not answer.";
  endWith(words, game);
  const { room } = request;
  if (room === undefined || request.watches) return;
  const attributes = { href: gameAddress(game, { room, watches: true }), "data-testid": "watch-instead" };
  banner().append(makeElement("a", { text: "Watch instead", attributes }));
}

function endWith(words: string, game: GameName): void {
  showBanner(words, "bad");
  announce(words);
  const again = makeElement("button", { className: "button", text: "Try again", attributes: { type: "button" } });
  again.addEventListener("click", () => location.reload());
  const attributes = { href: `./games?game=${game}`, "data-testid": "banner-back" };
  banner().append(again, makeElement("a", { text: "All rooms", attributes }));
}

function banner(): HTMLElement {
  return elementById("banner", HTMLElement);
}

function showBanner(text: string, tone: "warn" | "bad"): void {
  banner().dataset.tone = tone;
  banner().replaceChildren(makeElement("span", { text }));
  banner().hidden = false;
}

function showStatus(status: Status): void {
  const chip = elementById("status", HTMLElement);
  const text = STATUS_WORDS[status];
  chip.dataset.state = status;
  chip.title = text;
  chip.replaceChildren(makeIcon(status), makeElement("span", { className: "chip-text", text }));
}
