/**
 * CodeMirror on a `Y.Text`, in a shadow root: there it puts its styles into an adopted style sheet, and the page's policy
 * needs no exception for style elements.
 * @module
 */
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { codeTheme } from "./code-theme.ts";
import { lineDirection } from "./line-direction.ts";
import { remoteCarets } from "./remote-carets.ts";

export type CodeView = { readonly view: EditorView; readonly setEditable: (isEditable: boolean) => void };

/** Mounts a read-only editor of `text` in `host`; `setEditable` opens it. */
export function mountCode(host: HTMLElement, text: Y.Text, awareness: Awareness): CodeView {
  const editing = new Compartment();
  const root = host.attachShadow({ mode: "open" });
  const state = EditorState.create({
    doc: text.toString(),
    extensions: [
      // Before basicSetup, whose own history would take back what others wrote.
      keymap.of(yUndoManagerKeymap),
      // Without its awareness: remoteCarets draws.
      yCollab(text, null),
      basicSetup,
      // This is for text: nobody asked for a second quotation mark.
      EditorState.languageData.of(() => [{ closeBrackets: { brackets: [] } }]),
      EditorView.lineWrapping,
      lineDirection,
      codeTheme,
      EditorView.contentAttributes.of({ "aria-label": "Document text", "data-testid": "editor", spellcheck: "true" }),
      remoteCarets(text, awareness),
      editing.of(gate(false)),
    ],
  });
  const view = new EditorView({ state, parent: root, root });
  return { view, setEditable: (isEditable) => view.dispatch({ effects: editing.reconfigure(gate(isEditable)) }) };
}

function gate(isEditable: boolean): Extension {
  return [
    EditorState.readOnly.of(!isEditable),
    EditorView.editable.of(isEditable),
    EditorView.contentAttributes.of({ "aria-readonly": String(!isEditable) }),
  ];
}
