/**
 * A picture that everybody paints at once. Its room is a relay: the server knows nothing of tiles or colours.
 * @module
 */
import type { RelayState } from "../../../src/games/relay.ts";
import { showToast } from "../announcer.ts";
import { elementById, makeElement } from "../elements.ts";
import { safeColor } from "../identity.ts";
import { type GameSession, openGame } from "./game-session.ts";
import { SquareGrid } from "./square-grid.ts";

type State = InstanceType<typeof RelayState>;

const SIZE = 12;
/** The last is the bare tile. */
const PAINTS = [
  ["Red", "#c8452f"],
  ["Orange", "#e08a2c"],
  ["Yellow", "#ecc94b"],
  ["Green", "#3f9a5b"],
  ["Blue", "#2f76b8"],
  ["Violet", "#8a59c0"],
  ["Brown", "#7a5a43"],
  ["Black", "#26241f"],
] as const;
const BARE = PAINTS.length;

function showMosaic({ room, watches }: GameSession<State>): void {
  const palette = new Palette();
  const own = `@${room.sessionId}/tile`;
  const paint = (tile: number) => {
    if (watches) return;
    const isBare = palette.chosen === BARE;
    const value = JSON.stringify(palette.chosen);
    const key = keyOf(tile);
    if (room.state.values.get(key) === (isBare ? undefined : value)) return;
    if (isBare) room.send("delete", { key });
    else room.send("set", { key, value });
  };
  const pointAt = (tile: number) => {
    if (!watches) room.send("set", { key: own, value: JSON.stringify(tile) });
  };
  const root = elementById("mosaic", HTMLElement);
  const grid = new SquareGrid(root, {
    columns: SIZE,
    rows: SIZE,
    className: "tile",
    label: "Tiles",
    onChoose: paint,
    onFocus: pointAt,
  });
  paintByPointer(root, grid, paint);
  root.addEventListener("keydown", ({ key }) => {
    const paintIndex = Number(key) - 1;
    if (key !== " " && paintIndex >= 0 && paintIndex <= BARE) palette.choose(paintIndex);
  });
  const show = () => {
    showTiles(grid, room.state, own);
    showPeople(room.state, room.sessionId);
  };
  room.onStateChange(show);
  show();
  room.onMessage("event", ({ from, name }: { readonly from: string; readonly name: string }) => {
    if (name === "wave") showToast(`${room.state.people.get(from)?.name ?? "Somebody"} waves 👋`);
  });
  const wave = elementById("wave", HTMLButtonElement);
  wave.hidden = watches;
  wave.addEventListener("click", () => {
    room.send("event", { name: "wave", data: "null" });
    showToast("You wave 👋");
  });
}

/** A stroke paints all tiles it passes: also by finger, whose events stay with the tile it began on. */
function paintByPointer(root: HTMLElement, grid: SquareGrid, paint: (tile: number) => void): void {
  let isDown = false;
  let last: number | undefined;
  const paintAt = (event: PointerEvent) => {
    const tile = grid.indexOf(document.elementFromPoint(event.clientX, event.clientY));
    if (tile === undefined || tile === last) return;
    last = tile;
    paint(tile);
  };
  root.addEventListener("pointerdown", (event) => {
    isDown = event.button === 0;
    last = undefined;
    if (isDown) paintAt(event);
  });
  root.addEventListener("pointermove", (event) => {
    if (isDown) paintAt(event);
  });
  const end = () => {
    isDown = false;
  };
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

class Palette {
  readonly #swatches: readonly HTMLButtonElement[];
  chosen = 0;

  constructor() {
    const root = elementById("palette", HTMLElement);
    this.#swatches = [...PAINTS.map(([name]) => name), "No paint"].map((name, index) => {
      const attributes = { type: "button", role: "radio", "aria-label": name, title: name, "data-testid": "swatch" };
      const swatch = makeElement("button", { className: "swatch", attributes });
      swatch.style.background = PAINTS[index]?.[1] ?? "";
      swatch.addEventListener("click", () => this.choose(index));
      return swatch;
    });
    root.append(...this.#swatches);
    root.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.choose((this.chosen + by + this.#swatches.length) % this.#swatches.length);
      this.#swatches[this.chosen]?.focus();
    });
    this.choose(0);
  }

  choose(index: number): void {
    this.chosen = index;
    for (const [place, swatch] of this.#swatches.entries()) {
      swatch.setAttribute("aria-checked", String(place === index));
      swatch.tabIndex = place === index ? 0 : -1;
    }
  }
}

function keyOf(tile: number): string {
  return `tile/${tile}`;
}

function showTiles(grid: SquareGrid, { values, people }: State, own: string): void {
  const near = new Map<number, string>();
  for (const [key, value] of values.entries()) {
    if (!key.startsWith("@") || key === own) continue;
    const person = people.get(key.slice(1, key.indexOf("/")));
    if (person !== undefined) near.set(numberIn(value), safeColor(person.color));
  }
  for (const [index, tile] of grid.squares.entries()) {
    const paint = PAINTS[numberIn(values.get(keyOf(index)))];
    const color = paint?.[1] ?? "";
    if (tile.dataset.paint !== color) {
      tile.dataset.paint = color;
      tile.style.background = color;
      const place = `row ${Math.floor(index / SIZE) + 1}, column ${(index % SIZE) + 1}`;
      tile.setAttribute("aria-label", `${place}: ${paint?.[0] ?? "bare"}`);
    }
    const by = near.get(index);
    tile.dataset.near = String(by !== undefined);
    if (by !== undefined) tile.style.setProperty("--near", by);
  }
}

/** -1 for what is no JSON of a number: other clients may write anything. */
function numberIn(value: string | undefined): number {
  return value !== undefined && /^\d{1,4}$/.test(value) ? Number(value) : -1;
}

function showPeople({ people }: State, ownId: string): void {
  const cards = [...people.entries()].map(([id, { name, color, isHere }]) => {
    const dot = makeElement("span", { className: "dot" });
    dot.style.background = safeColor(color);
    const text = id === ownId ? `${name} (you)` : isHere ? name : `${name} (away)`;
    const card = makeElement("div", {
      className: "player",
      children: [dot, makeElement("span", { className: "player-name", text })],
      attributes: { "data-testid": "person" },
    });
    card.dataset.away = String(!isHere);
    return card;
  });
  elementById("people", HTMLElement).replaceChildren(...cards);
}

// Last: classes are not there before their line.
const session = await openGame<State>("relay", { keepsSeat: false });
if (session !== undefined) showMosaic(session);
