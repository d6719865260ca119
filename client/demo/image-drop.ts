/**
 * The place of an image in the text while it is on its way: how far it is, what went wrong, and a way to give up.
 * @module
 */
import type { Editor } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import { announce } from "./announcer.ts";
import { errorWords } from "./api-request.ts";
import { makeElement } from "./elements.ts";
import { MAX_IMAGE_BYTES, type Upload, imageSize, uploadImage } from "./image-upload.ts";

type Change = { readonly add: HTMLElement; readonly at: number } | { readonly remove: HTMLElement };

const pendingImages = new PluginKey<DecorationSet>("pendingImages");

/** Adds pasting and dropping to `editor`; returns what sends files to the caret's place. Images go to `address`. */
export function wireImages(editor: Editor, address: string): (files: Iterable<File>) => void {
  const send = (view: EditorView, files: Iterable<File>, at: number) => {
    for (const file of files) void placeImage(view, { file, at, address });
  };
  editor.registerPlugin(
    new Plugin({
      key: pendingImages,
      state: {
        init: () => DecorationSet.empty,
        apply: (transaction, before) => {
          const set = before.map(transaction.mapping, transaction.doc);
          const change: Change | undefined = transaction.getMeta(pendingImages);
          if (change === undefined) return set;
          if ("remove" in change)
            return set.remove(set.find(undefined, undefined, ({ image }) => image === change.remove));
          const widget = Decoration.widget(change.at, change.add, {
            image: change.add,
            side: -1,
            ignoreSelection: true,
          });
          return set.add(transaction.doc, [widget]);
        },
      },
      props: {
        decorations: (state) => pendingImages.getState(state),
        handlePaste: (view, event) => {
          const files = imagesIn(event.clipboardData);
          if (files.length === 0 || !view.editable || hasWords(event.clipboardData)) return false;
          send(view, files, view.state.selection.to);
          return true;
        },
        handleDrop: (view, event, _slice, isMoved) => {
          const files = imagesIn(event.dataTransfer);
          if (isMoved || files.length === 0 || !view.editable) return false;
          const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? view.state.selection.to;
          event.preventDefault();
          send(view, files, at);
          return true;
        },
      },
    }),
  );
  return (files) => {
    if (editor.isEditable) send(editor.view, files, editor.state.selection.to);
  };
}

function imagesIn(data: DataTransfer | null): readonly File[] {
  return [...(data?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
}

/** A word processor's clipboard has a picture of its text, too. */
function hasWords(data: DataTransfer | null): boolean {
  const { body } = new DOMParser().parseFromString(data?.getData("text/html") ?? "", "text/html");
  return body.textContent.trim() !== "";
}

type Arrival = { readonly file: File; readonly at: number; readonly address: string };

async function placeImage(view: EditorView, { file, at, address }: Arrival): Promise<void> {
  const notice = new UploadNotice(file.name);
  const leave = () => {
    if (!view.isDestroyed) view.dispatch(view.state.tr.setMeta(pendingImages, { remove: notice.element }));
    view.focus();
  };
  view.dispatch(view.state.tr.setMeta(pendingImages, { add: notice.element, at: blockEnd(view, at) }));
  notice.element.scrollIntoView({ block: "nearest" });
  if (file.size > MAX_IMAGE_BYTES) return notice.fail("It is larger than 10 MB.", leave);
  for (;;) {
    const upload = uploadImage(address, file, notice.showProgress);
    const [answer, size] = await Promise.all([notice.wait(upload), imageSize(file)]);
    if (answer === "cancelled") return leave();
    if (answer.ok) {
      insert(view, notice.element, { src: answer.value, alt: altOf(file.name), ...size });
      announce("The image is in the document.");
      return;
    }
    const { error } = answer;
    if (!(await notice.askAgain(errorWords(error)))) return leave();
  }
}

/** Where it stood when it came, wherever that is by now. */
function insert(view: EditorView, element: HTMLElement, attributes: Readonly<Record<string, unknown>>): void {
  if (view.isDestroyed) return;
  const [place] =
    pendingImages.getState(view.state)?.find(undefined, undefined, ({ image }) => image === element) ?? [];
  const { tr, schema, doc } = view.state;
  const image = schema.nodes["image"]?.create(attributes);
  if (image === undefined) return;
  const at = place?.from ?? doc.content.size;
  view.dispatch(tr.setMeta(pendingImages, { remove: element }).insert(at, image).scrollIntoView());
}

/** Behind the block at `position`: an image is a block of its own. */
function blockEnd(view: EditorView, position: number): number {
  const $position = view.state.doc.resolve(position);
  return $position.depth === 0 ? position : $position.after(1);
}

/** A name that somebody gave says more than none; a camera's does not. */
function altOf(name: string): string {
  const words = name.replace(/\.\w+$/, "");
  return /^(?:image|img|dsc|screenshot)?[\W\d_]*$/i.test(words) ? "" : words;
}

class UploadNotice {
  readonly element: HTMLElement;
  readonly #text = makeElement("span", { className: "upload-text" });
  readonly #bar = makeElement("progress", { attributes: { max: "1", value: "0", "aria-label": "Upload" } });
  readonly #buttons = makeElement("span", { className: "upload-buttons" });

  constructor(name: string) {
    this.#text.textContent = `Sending ${name === "" ? "the image" : name}…`;
    const children = [this.#text, this.#bar, this.#buttons];
    this.element = makeElement("div", { className: "upload", attributes: { "data-testid": "upload" }, children });
    this.element.contentEditable = "false";
  }

  readonly showProgress = (share: number): void => {
    this.#bar.value = share;
  };

  async wait(upload: Upload): Promise<Awaited<Upload["done"]> | "cancelled"> {
    this.#bar.hidden = false;
    const { promise, resolve } = Promise.withResolvers<"cancelled">();
    this.#offer({ Cancel: () => resolve("cancelled") });
    const answer = await Promise.race([upload.done, promise]);
    if (answer === "cancelled") upload.cancel();
    return answer;
  }

  /** True for another try. */
  async askAgain(words: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#complain(words);
    this.#offer({ "Try again": () => resolve(true), Remove: () => resolve(false) });
    return await promise;
  }

  fail(words: string, onRemove: () => void): void {
    this.#complain(words);
    this.#offer({ Remove: onRemove });
  }

  #complain(words: string): void {
    this.element.dataset["tone"] = "bad";
    this.#text.textContent = `The image was not taken. ${words}`;
    this.#bar.hidden = true;
    announce(this.#text.textContent);
  }

  #offer(choices: Readonly<Record<string, () => void>>): void {
    const buttons = Object.entries(choices).map(([text, run]) => {
      const button = makeElement("button", { className: "text-button", text, attributes: { type: "button" } });
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", run);
      return button;
    });
    this.#buttons.replaceChildren(...buttons);
  }
}
