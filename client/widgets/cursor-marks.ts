/**
 * Others' cursors: an arrow and a name each, drawn between the places where they were heard of.
 * @module
 */
import { type ActorId, CursorPath, type CursorPoint, type PresenceClient } from "../presence/index.ts";
import { boxOfHash, moveTo, placeIn } from "./anchors.ts";
import { make } from "./dom.ts";
import { dress, nameOf } from "./faces.ts";

/** Before another element's fractions, so that a path over two elements is one. */
const STEP_MS = 50;

type Mark = { readonly element: HTMLElement; readonly label: HTMLElement; path: CursorPath; anchor: number };

export type Marks = {
  /** Null: it points nowhere any more. */
  readonly move: (actor: ActorId, position: CursorPoint | null) => void;
  /** True while some are on their way. `isCalm`: they jump, as the reader wants no motion. */
  readonly draw: (client: PresenceClient, isCalm: boolean) => boolean;
};

export function makeMarks(layer: HTMLElement): Marks {
  const marks = new Map<ActorId, Mark>();

  const placeOf = ({ path, anchor }: Mark, nowMs: number) => placeIn(boxOfHash(anchor), path.at(nowMs));

  const add = (actor: ActorId, anchor: number) => {
    const label = make("b", { dir: "auto" });
    const mark = { element: make("div", {}, make("i"), label), label, path: new CursorPath(), anchor };
    marks.set(actor, mark);
    layer.append(mark.element);
    return mark;
  };

  const move: Marks["move"] = (actor, position) => {
    if (!position) {
      marks.get(actor)?.element.remove();
      marks.delete(actor);
      return;
    }
    const { anchor, x, y } = position;
    const nowMs = performance.now();
    const mark = marks.get(actor) ?? add(actor, anchor);
    if (anchor !== mark.anchor) {
      // From here on in fractions of another element: the way there begins where the cursor is drawn now.
      const from = placeOf(mark, nowMs);
      const box = boxOfHash(anchor);
      mark.anchor = anchor;
      mark.path = new CursorPath();
      if (from && box)
        mark.path.push((from.x - box.left) / box.width, (from.y - box.top) / box.height, nowMs - STEP_MS);
    }
    mark.path.push(x, y, nowMs);
  };

  const draw: Marks["draw"] = ({ cursors, others }, isCalm) => {
    for (const [actor, position] of cursors) if (!marks.has(actor)) move(actor, position);
    const nowMs = isCalm ? Infinity : performance.now();
    // All that is measured before all that is moved: the page is laid out once.
    const places = [...marks].map(([actor, mark]) => [actor, mark, placeOf(mark, nowMs)] as const);
    for (const [actor, { element, label }, place] of places) {
      const other = others.get(actor);
      moveTo(element, other ? place : null);
      if (!other) continue;
      dress(element, other);
      label.textContent = nameOf(other.user);
    }
    return places.some(([, { path }]) => !path.isAtRest(nowMs));
  };

  return { move, draw };
}
