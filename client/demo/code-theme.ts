/**
 * How CodeMirror looks on these pages, in the tokens of base.css.
 * @module
 */
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const FRAME = {
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.95rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.65" },
  ".cm-content": { padding: "1rem 0 40vh", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 1.25rem 0 0.75rem" },
  ".cm-gutters": {
    color: "var(--muted)",
    backgroundColor: "var(--surface)",
    border: "0",
    paddingInlineStart: "max(0.25rem, env(safe-area-inset-left))",
  },
  ".cm-foldGutter": { display: "none" },
  ".cm-lineNumbers .cm-gutterElement": { paddingInline: "0.35rem 0.6rem" },
  ".cm-activeLineGutter": { color: "var(--ink)", backgroundColor: "var(--hover)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 45%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "light-dark(#f4cfb8, #6b4327)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--mark)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)" },
} as const;

const PANELS = {
  ".cm-panels": { color: "var(--ink)", backgroundColor: "var(--paper)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-textfield, .cm-button": {
    color: "var(--ink)",
    background: "var(--surface)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
  },
} as const;

const CARETS = {
  ".remote-caret": {
    position: "relative",
    marginInline: "-1px",
    borderInlineStart: "2px solid",
    pointerEvents: "none",
  },
  ".remote-caret-label": {
    position: "absolute",
    bottom: "100%",
    insetInlineStart: "-2px",
    zIndex: "3",
    maxWidth: "10rem",
    padding: "0 0.4rem",
    overflow: "hidden",
    borderRadius: "0.35rem 0.35rem 0.35rem 0",
    font: "600 0.72rem/1.45 var(--sans)",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    userSelect: "none",
    animation: "remote-caret-rest 0.6s 5s forwards",
  },
  ".remote-caret-label[data-flipped]": {
    insetInline: "auto 0",
    borderRadius: "0.35rem 0.35rem 0 0.35rem",
  },
  "@keyframes remote-caret-rest": { to: { opacity: "0" } },
} as const;

/** Colours follow the page's scheme by themselves, through `light-dark()`. */
export const codeTheme: Extension = EditorView.theme({ ...FRAME, ...PANELS, ...CARETS });
