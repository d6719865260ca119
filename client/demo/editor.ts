/**
 * The rich-text page.
 * @module
 */
import type { Editor } from "@tiptap/core";
import { pageAddress } from "./addresses.ts";
import { elementById } from "./elements.ts";
import { wireBlame } from "./blame-view.ts";
import { wireHistory } from "./history-dialog.ts";
import { wireImages } from "./image-drop.ts";
import { wireLinkDialog } from "./link-dialog.ts";
import { mountRichText } from "./rich-text.ts";
import { PLAIN_TEXT, type Session, openSession } from "./session.ts";
import { titleOf } from "./title-block.ts";
import { wireToolbar } from "./toolbar.ts";
import { toolbarGroups } from "./toolbar-items.ts";
import { VersionsApi } from "./versions-api.ts";
import { showWordCount } from "./word-count.ts";

const session = openSession("editor");
if (session !== undefined) openEditor(session);

function openEditor({ onEditable, setTitle, ...rest }: Session): void {
  const surface = elementById("surface", HTMLElement);
  const editor = mountRichText(elementById("mount", HTMLElement), { onEditable, setTitle, ...rest });
  const api = new VersionsApi(rest.id, rest.account);
  const actions = {
    editLink: wireLinkDialog(editor),
    addImage: wireImageButton(wireImages(editor, api.assetsAddress)),
    showAuthors: wireBlame(editor, rest, api),
  };
  wireToolbar(elementById("toolbar", HTMLElement), editor, toolbarGroups(actions));
  wireHistory(rest, api);
  const readText = () => editor.state.doc.textBetween(0, editor.state.doc.content.size, "\n", " ");
  const recount = showWordCount(elementById("word-count", HTMLElement), readText);
  const retitle = () => setTitle(titleOf(editor.state.doc));
  editor.on("update", recount);
  editor.on("update", retitle);
  retitle();
  focusWhenEmpty(editor, onEditable);
  // Before it is all here, rich text may be what is missing.
  void rest.provider.whenSynced.then(
    () => leaveToPlainText(editor, rest),
    () => undefined,
  );
  // The whole sheet is paper: a click below the last line goes on writing there.
  surface.addEventListener("mousedown", (event) => {
    if (event.target !== surface || !editor.isEditable) return;
    event.preventDefault();
    editor.commands.focus("end");
  });
}

/** Returns what lets a person choose images. */
function wireImageButton(send: (files: Iterable<File>) => void): () => void {
  const field = elementById("image-files", HTMLInputElement);
  field.addEventListener("change", () => {
    send(field.files ?? []);
    field.value = "";
  });
  return () => field.click();
}

/** The list does not know on which page a document was written. Without this, plain text would look like lost text. */
function leaveToPlainText(editor: Editor, { id, doc }: Pick<Session, "id" | "doc">): void {
  if (editor.isEmpty && doc.getText(PLAIN_TEXT).length > 0) location.replace(pageAddress("code", id));
}

/** A new page waits for words; one with text waits for its reader. */
function focusWhenEmpty(editor: Editor, onEditable: Session["onEditable"]): void {
  let isDone = false;
  onEditable((isEditable) => {
    if (!isEditable || isDone) return;
    isDone = true;
    if (editor.isEmpty && document.activeElement === document.body) editor.commands.focus("start");
  });
}
