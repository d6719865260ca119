/**
 * The rich-text editor on a `Y.Doc`: which nodes and marks it knows, carets of others, undo through Yjs.
 * @module
 */
import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { StarterKit } from "@tiptap/starter-kit";
import { makeCaret, readCaretLook, wakeCarets } from "./caret.ts";
import { ImageNode } from "./image-node.ts";
import type { Session } from "./session.ts";
import { TitleBlock } from "./title-block.ts";

/** Rendered on the block, never stored: each reader's browser finds the direction of the text. */
const AUTO_DIRECTION = { HTMLAttributes: { dir: "auto" } };

/** A caret stays this far from the window's edges, clear of the tools on top and the count below. In px. */
const SCROLL_MARGIN = { top: 120, bottom: 80, left: 0, right: 0 };

/** Mounts an editor of `session`'s document in `element`, read-only until the session says otherwise. */
export function mountRichText(element: HTMLElement, session: Session): Editor {
  const editor = new Editor({
    element,
    editable: false,
    // The page's policy allows no style elements; prose.css has what ProseMirror needs.
    injectCSS: false,
    extensions: [
      StarterKit.configure({
        // Undo is Yjs's: it takes back one's own changes, not those of others.
        undoRedo: false,
        // It would write a last paragraph into every document that is only looked at, once per reader.
        trailingNode: false,
        heading: { levels: [1, 2, 3], ...AUTO_DIRECTION },
        paragraph: AUTO_DIRECTION,
        link: {
          openOnClick: "whenNotEditable",
          defaultProtocol: "https",
          HTMLAttributes: { rel: "noopener noreferrer nofollow" },
        },
      }),
      Collaboration.configure({ document: session.doc }),
      CollaborationCaret.configure({
        provider: session.provider,
        // It writes the whole of it: what is left out here is gone.
        user: { ...session.identity, account: session.account },
        render: (user: unknown) => makeCaret(readCaretLook(user)),
      }),
      TitleBlock,
      ImageNode,
    ],
    editorProps: {
      scrollMargin: SCROLL_MARGIN,
      scrollThreshold: SCROLL_MARGIN,
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": "Document text",
        "data-testid": "editor",
        spellcheck: "true",
      },
      handleClick: (_view, _position, event) => openLink(event),
    },
  });
  session.onEditable((isEditable) => {
    if (editor.isEditable !== isEditable) editor.setEditable(isEditable);
    editor.view.dom.setAttribute("aria-readonly", String(!isEditable));
  });
  wakeCarets(element, session.provider);
  return editor;
}

/** A click on a link places the caret; with Ctrl or ⌘ it opens. */
function openLink(event: MouseEvent): boolean {
  if (!event.ctrlKey && !event.metaKey) return false;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.href === "") return false;
  window.open(link.href, "_blank", "noopener,noreferrer");
  return true;
}
