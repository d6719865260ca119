/**
 * The editors and bindings that README's modules import, beside providers and what the demo is made of. knip reads no README: without
 * these calls it would call them unused.
 * @module
 */

/** Where each is. */
export const EDITORS: Readonly<Record<string, string>> = {
  "@blocknote/core": import.meta.resolve("@blocknote/core"),
  "@lexical/react": import.meta.resolve("@lexical/react/LexicalComposer"),
  "@slate-yjs/core": import.meta.resolve("@slate-yjs/core"),
  "monaco-editor": import.meta.resolve("monaco-editor"),
  "prosemirror-example-setup": import.meta.resolve("prosemirror-example-setup"),
  "prosemirror-schema-basic": import.meta.resolve("prosemirror-schema-basic"),
  "prosemirror-state": import.meta.resolve("prosemirror-state"),
  "prosemirror-view": import.meta.resolve("prosemirror-view"),
  quill: import.meta.resolve("quill"),
  "quill-cursors": import.meta.resolve("quill-cursors"),
  slate: import.meta.resolve("slate"),
  "slate-react": import.meta.resolve("slate-react"),
  "y-monaco": import.meta.resolve("y-monaco"),
  "y-prosemirror": import.meta.resolve("y-prosemirror"),
  "y-quill": import.meta.resolve("y-quill"),
};
