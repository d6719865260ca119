/**
 * Right-to-left lines in CodeMirror: the browser finds the direction of each line, the editor reads it there.
 * @module
 */
import { type Extension, type Range, RangeSet } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

const autoDirection = Decoration.line({ attributes: { dir: "auto" } });

/** Gives every visible line `dir="auto"`. */
export const lineDirection: Extension = [
  EditorView.perLineTextDirection.of(true),
  ViewPlugin.define(
    (view) => ({
      lines: visibleLines(view),
      update(update: ViewUpdate) {
        if (update.docChanged || update.viewportChanged) this.lines = visibleLines(update.view);
      },
    }),
    { decorations: (plugin: { readonly lines: DecorationSet }) => plugin.lines },
  ),
];

function visibleLines({ state, visibleRanges }: EditorView): DecorationSet {
  const lines: Range<Decoration>[] = [];
  let shown = -1;
  for (const { from, to } of visibleRanges) {
    for (let position = from; position <= to;) {
      const line = state.doc.lineAt(position);
      if (line.from > shown) lines.push(autoDirection.range(line.from));
      shown = line.from;
      position = line.to + 1;
    }
  }
  return RangeSet.of(lines);
}
