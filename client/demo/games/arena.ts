/**
 * Tag: the page of one arena.
 * @module
 */
import type { ArenaState } from "../../../src/games/arena.ts";
import { announce } from "../announcer.ts";
import { elementById, makeElement } from "../elements.ts";
import { safeColor } from "../identity.ts";
import { ArenaControls } from "./arena-controls.ts";
import { ArenaView } from "./arena-view.ts";
import { ArenaWorld } from "./arena-world.ts";
import { type GameSession, openGame } from "./game-session.ts";

type State = InstanceType<typeof ArenaState>;

/** The table is read, not watched. */
const SCORES_MS = 500;

/** The SDK says nothing by itself. */
const HEARTBEAT_MS = 20_000;

const session = await openGame<State>("arena", { keepsSeat: false });
if (session !== undefined) showArena(session);

function showArena({ room, watches }: GameSession<State>): void {
  const floor = elementById("floor", HTMLCanvasElement);
  const view = new ArenaView(floor);
  const world = new ArenaWorld(room, watches);
  const own = () => world.drawn().find(({ isOwn }) => isOwn);
  const dash = elementById("dash", HTMLButtonElement);
  const controls = new ArenaControls(floor, dash, () => {
    const at = own();
    return at === undefined ? undefined : view.toPx(at);
  });
  if (watches) dash.hidden = true;
  const frame = (nowMs: number) => {
    // Inputs go before anything is read: what is drawn has them in it.
    world.advance(nowMs, controls.read());
    view.draw(world.drawn(), controls.stick);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  followState(room.sessionId, () => room.state);
  keepHeard(room);
  room.onMessage("tag", ({ by, caught }: { readonly by: string; readonly caught: string }) => {
    announce(`${by} caught ${caught}.`);
  });
}

/** While the floor is in motion its room hears that this page is there; one at rest is left to sleep. */
function keepHeard(room: GameSession<State>["room"]): void {
  let isMoving = false;
  room.onStateChange(() => (isMoving = true));
  setInterval(() => {
    if (isMoving && room.connection.isOpen) room.ping(() => undefined);
    isMoving = false;
  }, HEARTBEAT_MS);
}

function followState(ownId: string, read: () => State): void {
  const badge = elementById("badge", HTMLElement);
  let said = "";
  const show = () => {
    const state = read();
    showScores(state, ownId);
    const own = state.runners.get(ownId);
    const here = [...state.runners.values()].filter(({ isHere }) => isHere).length;
    const [text, tone] = wordsFor(own, here);
    badge.hidden = text === "";
    badge.textContent = text;
    badge.dataset.tone = tone;
    // For tests and for whoever looks: what a canvas does not say.
    badge.dataset.place = own === undefined ? "" : `${own.x},${own.y}`;
    if (text !== said && text !== "") announce(text);
    said = text;
  };
  setInterval(show, SCORES_MS);
  show();
}

type Own = { readonly isIt: boolean } | undefined;

function wordsFor(own: Own, here: number): readonly [text: string, tone: "calm" | "it"] {
  if (own === undefined) return ["You watch", "calm"];
  if (own.isIt) return ["You are it: catch somebody", "it"];
  return here < 2 ? ["Waiting for others to run with", "calm"] : ["", "calm"];
}

function showScores({ runners }: State, ownId: string): void {
  const ranked = [...runners.entries()].toSorted(([, one], [, other]) => other.score - one.score);
  const rows = ranked.map(([id, { name, color, score, isHere, isIt }]) => {
    const dot = makeElement("span", { className: "dot" });
    dot.style.background = safeColor(color);
    const notes = [id === ownId ? "you" : "", isIt ? "it" : "", isHere ? "" : "away"].filter((note) => note !== "");
    const [named, noted, scored] = [name, notes.join(", "), String(score)].map((text) => makeElement("span", { text }));
    const row = makeElement("li", {
      className: "score",
      children: [dot, named, noted, scored].filter((part) => part !== undefined),
      attributes: { "data-testid": "score" },
    });
    row.dataset.own = String(id === ownId);
    row.dataset.away = String(!isHere);
    return row;
  });
  elementById("scores", HTMLElement).replaceChildren(...rows);
}
