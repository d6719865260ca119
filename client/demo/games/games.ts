/**
 * The lobby: which games there are, and the rooms of one of them as they come and go.
 * @module
 */
import { Client } from "@colyseus/sdk";
import { fieldOf } from "../browser-storage.ts";
import { elementById, makeElement } from "../elements.ts";
import { drawIcons } from "../icons.ts";
import { type GameName, gameAddress, readSeat } from "./game-addresses.ts";

type Kind = { readonly title: string; readonly about: string };
const KINDS: Readonly<Record<GameName, Kind>> = {
  board: {
    title: "Reversi",
    about: "For two. The room sleeps between moves, for a minute or for a week; take your time or play by the clock.",
  },
  arena: {
    title: "Tag",
    about: "For up to a hundred, twenty steps a second. Your runner moves at once; the server has the last word.",
  },
  relay: {
    title: "Mosaic",
    about: "Everybody paints one picture. The server has no code for it: pages share keys, values and events.",
  },
};
const NAMES: readonly GameName[] = ["board", "arena", "relay"];
const CLOCK_SECONDS = 60;
/** A lobby that went away is asked for again. */
const RETRY_MS = 3_000;

type Listed = {
  readonly roomId: string;
  readonly clients: number;
  readonly maxClients: number;
  readonly metadata?: unknown;
};

drawIcons();
const game = NAMES.find((name) => name === new URLSearchParams(location.search).get("game")) ?? "board";
const rooms = new Map<string, Listed>();
showKinds();
showActions();
elementById("retry", HTMLButtonElement).addEventListener("click", () => void follow());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
await follow();

function showKinds(): void {
  const links = NAMES.map((name) => {
    const attributes = { href: `./games?game=${name}`, "data-testid": `kind-${name}` };
    const link = makeElement("a", { className: "button", text: KINDS[name].title, attributes });
    if (name === game) link.setAttribute("aria-current", "page");
    return link;
  });
  elementById("kinds", HTMLElement).append(...links);
  elementById("kind-heading", HTMLElement).textContent = KINDS[game].title;
  elementById("about", HTMLElement).textContent = KINDS[game].about;
  document.title = `${KINDS[game].title} · Games · Roost`;
}

function showActions(): void {
  const clock = elementById("clock", HTMLInputElement);
  elementById("clock-choice", HTMLElement).hidden = game !== "board";
  const aim = () => {
    const turnSeconds = game === "board" && clock.checked ? CLOCK_SECONDS : 0;
    elementById("new-room", HTMLAnchorElement).href = gameAddress(game, { isNew: true, turnSeconds });
    elementById("quick", HTMLAnchorElement).href = gameAddress(game, { turnSeconds });
  };
  clock.addEventListener("change", aim);
  aim();
}

/** The lobby is a room like any other: it tells all rooms first, then what changes. */
async function follow(): Promise<void> {
  showMessage("");
  try {
    const lobby = await new Client(location.origin).joinOrCreate("lobby", { filter: { name: game } });
    lobby.reconnection.enabled = false;
    lobby.onMessage("rooms", (listed: readonly Listed[]) => {
      rooms.clear();
      for (const room of listed) rooms.set(room.roomId, room);
      showRooms();
      document.documentElement.dataset.ready = "true";
    });
    lobby.onMessage("+", ([id, room]: readonly [string, Listed]) => {
      rooms.set(id, room);
      showRooms();
    });
    lobby.onMessage("-", (id: string) => {
      rooms.delete(id);
      showRooms();
    });
    lobby.onLeave(() => {
      showMessage("The list stands still: no connection.", true);
      setTimeout(() => void follow(), RETRY_MS);
    });
  } catch (error) {
    showMessage(error instanceof Error ? error.message : "The list cannot be read now.", true);
  }
}

function showRooms(): void {
  const list = elementById("rooms", HTMLElement);
  const focused = document.activeElement?.getAttribute("href");
  list.replaceChildren(...[...rooms.values()].map(rowOf));
  list.ariaBusy = "false";
  showMessage(rooms.size === 0 ? "No room is open. Make one, and share its link." : "");
  // A list that changes takes nobody's place in it.
  if (focused !== null && focused !== undefined) {
    [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}

function rowOf({ roomId, clients, maxClients, metadata }: Listed): HTMLElement {
  const host = textOf(fieldOf(metadata, "host"));
  const phase = textOf(fieldOf(metadata, "phase"));
  const turnSeconds = Number(fieldOf(metadata, "turnSeconds") ?? 0);
  const facts = [
    maxClients > 0 ? `${clients} of ${maxClients}` : String(clients),
    phase,
    turnSeconds > 0 ? `${turnSeconds} s a turn` : "",
    roomId,
  ].filter((fact) => fact !== "");
  const title = makeElement("p", { className: "room-title", text: host === "" ? "A room" : host });
  const meta = makeElement("p", { className: "document-meta", text: facts.join(" · ") });
  const isMine = readSeat(roomId) !== undefined;
  const actions = makeElement("div", { className: "room-actions" });
  if (isMine) actions.append(linkTo(roomId, "Return", false));
  else if (clients < maxClients) actions.append(linkTo(roomId, "Join", false));
  if (!isMine) actions.append(linkTo(roomId, "Watch", true));
  return makeElement("li", {
    className: "document",
    children: [title, meta, actions],
    attributes: { "data-testid": "room", "data-room": roomId },
  });
}

function linkTo(room: string, text: string, watches: boolean): HTMLElement {
  const attributes = { href: gameAddress(game, { room, watches }), "data-testid": text.toLowerCase() };
  const link = makeElement("a", { className: "button", text, attributes });
  link.setAttribute("aria-label", `${text} ${room}`);
  return link;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function showMessage(text: string, isBad = false): void {
  const message = elementById("message", HTMLElement);
  message.hidden = text === "";
  elementById("message-text", HTMLElement).textContent = text;
  elementById("retry", HTMLElement).hidden = !isBad;
}
