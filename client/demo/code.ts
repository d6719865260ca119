/**
 * The plain-text page: CodeMirror 6 on the `Y.Text` that session.ts names.
 * @module
 */
import { wakeCarets } from "./caret.ts";
import { mountCode } from "./code-view.ts";
import { elementById } from "./elements.ts";
import { PLAIN_TEXT, type Session, openSession } from "./session.ts";
import { showWordCount } from "./word-count.ts";

/** A title is looked for this far into the text, in UTF-16 units. */
const TITLE_WITHIN = 2_000;

const session = openSession("code");
if (session !== undefined) openCode(session);

function openCode({ doc, provider, onEditable, setTitle }: Session): void {
  const text = doc.getText(PLAIN_TEXT);
  const { view, setEditable } = mountCode(elementById("mount", HTMLElement), text, provider.awareness);
  wakeCarets(view.dom, provider);
  let isFocused = false;
  onEditable((isEditable) => {
    setEditable(isEditable);
    if (!isEditable || isFocused) return;
    isFocused = true;
    if (text.length === 0 && document.activeElement === document.body) view.focus();
  });
  const retitle = () => {
    const lines = view.state.sliceDoc(0, TITLE_WITHIN).split("\n");
    setTitle(lines.find((line) => line.trim() !== "") ?? "");
  };
  const recount = showWordCount(elementById("word-count", HTMLElement), () => view.state.doc.toString());
  text.observe(retitle);
  text.observe(recount);
  retitle();
}
