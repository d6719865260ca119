/**
 * Others' cursors: an arrow and a name each, drawn between the places where they were heard of.
 * @module
 */
import { type ActorId, CursorPath, type CursorPoint } from "../presence/index.ts";
import { boxOfHash, moveTo, placeIn } from "./anchors.ts";
import { make } from "./dom.ts";
import { dress, nameOf } from "./faces.ts";
import type { People } from "./people.ts";

/** Before another element's fractions, so that a path over two elements is one. */
const STEP_MS = 50;

type Mark = { readonly element: HTMLElement; readonly label: HTMLElement; path: CursorPath; point: CursorPoint };

/** True while some are on their way. `isCalm`: they jump, as the reader wants no motion. */
export type DrawMarks = (people: Readonly<People>, isCalm: boolean) => boolean;

export function makeMarks(layer: HTMLElement): DrawMarks {
  const marks = new Map<ActorId, Mark>();

  const placeOf = ({ path, point }: Mark, nowMs: number) => placeIn(boxOfHash(point.anchor), path.at(nowMs));

  const add = (actor: ActorId, point: CursorPoint) => {
    const label = make("b", { dir: "auto" });
    const mark = { element: make("div", {}, make("i"), label), label, path: new CursorPath(), point };
    mark.path.push(point.x, point.y, performance.now());
    marks.set(actor, mark);
    layer.append(mark.element);
    return mark;
  };

  const move = (mark: Mark, point: CursorPoint) => {
    const nowMs = performance.now();
    if (point.anchor !== mark.point.anchor) {
      // From here on in fractions of another element: the way there begins where the cursor is drawn now.
      const from = placeOf(mark, nowMs);
      const box = boxOfHash(point.anchor);
      mark.path = new CursorPath();
      if (from && box)
        mark.path.push((from.x - box.left) / box.width, (from.y - box.top) / box.height, nowMs - STEP_MS);
    }
    mark.point = point;
    mark.path.push(point.x, point.y, nowMs);
  };

  return ({ cursors, others }, isCalm) => {
    for (const [actor, point] of cursors) {
      const mark = marks.get(actor) ?? add(actor, point);
      if (mark.point !== point) move(mark, point);
    }
    const nowMs = isCalm ? Infinity : performance.now();
    // All that is measured before all that is moved: the page is laid out once.
    const places = [...marks].map(([actor, mark]) => [actor, mark, placeOf(mark, nowMs)] as const);
    for (const [actor, { element, label }, place] of places) {
      const other = others.get(actor);
      moveTo(element, place);
      if (other && cursors.has(actor)) {
        dress(element, other);
        label.textContent = nameOf(other.user);
      } else {
        element.remove();
        marks.delete(actor);
      }
    }
    return places.some(([, { path }]) => !path.isAtRest(nowMs));
  };
}
