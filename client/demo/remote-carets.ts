/**
 * Carets and selections of others in CodeMirror, in the awareness format of y-codemirror.next (`cursor: {anchor, head}`, both
 * relative positions). Its own drawing puts a style attribute into the page, which the content security policy refuses, and
 * shows names only under the mouse.
 * @module
 */
import { Annotation, type Range, RangeSet } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  type PluginValue,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { fieldOf } from "./browser-storage.ts";
import type { AwarenessChange } from "./activity.ts";
import { type CaretLook, makeCaret, readCaretLook } from "./caret.ts";

type Place = { readonly anchor: number; readonly head: number };

/** Marks the transaction that redraws after somebody else moved. */
const othersMoved = Annotation.define<boolean>();

/** Shows others on `text` and tells them our selection while this editor has the focus. Stands behind `yCollab` in the list. */
export function remoteCarets(text: Y.Text, awareness: Awareness): ViewPlugin<RemoteCarets> {
  return ViewPlugin.define((view) => new RemoteCarets(view, text, awareness), {
    decorations: (plugin) => plugin.decorations,
  });
}

class RemoteCarets implements PluginValue {
  decorations: DecorationSet = RangeSet.empty;
  readonly #text: Y.Text;
  readonly #awareness: Awareness;
  readonly #stop: () => void;

  constructor(view: EditorView, text: Y.Text, awareness: Awareness) {
    this.#text = text;
    this.#awareness = awareness;
    const onChange = (changes: AwarenessChange) => {
      const changed = [...changes.added, ...changes.updated, ...changes.removed];
      if (changed.some((client) => client !== awareness.clientID)) {
        view.dispatch({ annotations: othersMoved.of(true) });
      }
    };
    awareness.on("change", onChange);
    this.#stop = () => awareness.off("change", onChange);
    this.decorations = this.#draw(view);
  }

  update(update: ViewUpdate): void {
    if (update.selectionSet || update.docChanged || update.focusChanged) this.#publish(update.view);
    const isMoved = update.transactions.some((transaction) => transaction.annotation(othersMoved) === true);
    if (isMoved || update.docChanged) this.decorations = this.#draw(update.view);
  }

  destroy(): void {
    this.#stop();
  }

  #publish(view: EditorView): void {
    if (!view.hasFocus) return;
    const { anchor, head } = view.state.selection.main;
    const cursor = {
      anchor: Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.#text, anchor)),
      head: Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.#text, head)),
    };
    const shown = fieldOf(this.#awareness.getLocalState(), "cursor");
    if (JSON.stringify(shown) !== JSON.stringify(cursor)) this.#awareness.setLocalStateField("cursor", cursor);
  }

  #draw(view: EditorView): DecorationSet {
    const ranges: Range<Decoration>[] = [];
    for (const [client, state] of this.#awareness.getStates()) {
      if (client === this.#awareness.clientID) continue;
      const place = this.#placeOf(fieldOf(state, "cursor"), view.state.doc.length);
      if (place === undefined) continue;
      ranges.push(...decorate(place, readCaretLook(fieldOf(state, "user"), client)));
    }
    return Decoration.set(ranges, true);
  }

  /** Where another's selection is in this text; undefined when it is elsewhere, or no position at all. */
  #placeOf(cursor: unknown, length: number): Place | undefined {
    const anchor = this.#indexOf(fieldOf(cursor, "anchor"));
    const head = this.#indexOf(fieldOf(cursor, "head"));
    if (anchor === undefined || head === undefined) return undefined;
    return { anchor: Math.min(anchor, length), head: Math.min(head, length) };
  }

  #indexOf(json: unknown): number | undefined {
    const { doc } = this.#text;
    if (doc === null || typeof json !== "object" || json === null) return undefined;
    try {
      const position = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), doc);
      return position?.type === this.#text ? position.index : undefined;
    } catch {
      // What others send is only JSON; Yjs throws on what is no position.
      return undefined;
    }
  }
}

function decorate({ anchor, head }: Place, look: CaretLook): readonly Range<Decoration>[] {
  const caret = Decoration.widget({ widget: new CaretWidget(look), side: head > anchor ? -1 : 1 }).range(head);
  if (anchor === head) return [caret];
  // CodeMirror sets it through the style object, which the page's policy allows.
  const mark = Decoration.mark({ attributes: { style: `background-color: ${look.color}44` } });
  return [mark.range(Math.min(anchor, head), Math.max(anchor, head)), caret];
}

class CaretWidget extends WidgetType {
  readonly #look: CaretLook;

  constructor(look: CaretLook) {
    super();
    this.#look = look;
  }

  override eq(other: CaretWidget): boolean {
    // A new name is put on the same element (wakeCarets).
    return other.#look.person === this.#look.person && other.#look.color === this.#look.color;
  }

  toDOM(): HTMLElement {
    return makeCaret(this.#look);
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
