/**
 * An image in the rich text: the address of an asset beside the document, never its bytes.
 * @module
 */
import { Node } from "@tiptap/core";
import { documentAddress, shownDocument } from "./addresses.ts";
import { textOf } from "./api-request.ts";
import { makeElement } from "./elements.ts";

/** Of this server. Whatever else somebody writes into the document is not loaded: it would tell strangers who reads. */
const ASSET = /^\/v1\/documents\/[^/?#]+(\/assets\/[\w-]+)$/;

export function isAssetAddress(address: string): boolean {
  return ASSET.test(address);
}

/**
 * Shows the asset that `address` names as this document's own, for a fork names the document where it was stored first, which others may
 * not read and which may be gone; and as that document's where it was copied from there by hand. `onMissing` where it is no asset of
 * this server, or nowhere.
 */
export function showImage(image: HTMLImageElement, address: string, onMissing: () => void): void {
  const [, asset] = ASSET.exec(address) ?? [];
  if (asset === undefined) return onMissing();
  const own = documentAddress(shownDocument()) + asset;
  const retry = () => {
    image.addEventListener("error", onMissing, { once: true });
    image.src = address;
  };
  image.addEventListener("error", own === address ? onMissing : retry, { once: true });
  image.src = own;
}

export const ImageNode = Node.create({
  name: "image",
  group: "block",
  draggable: true,
  addAttributes() {
    return { src: { default: "" }, alt: { default: "" }, width: { default: null }, height: { default: null } };
  },
  parseHTML() {
    return [
      {
        tag: "img[src]",
        // From another page it would be an image that its owner can take away, or look out by.
        getAttrs: (image) => (isAssetAddress(image.getAttribute("src") ?? "") ? null : false),
      },
    ];
  },
  renderHTML({ HTMLAttributes: { src, alt } }) {
    // What is copied elsewhere names no foreign image either.
    const address = textOf(src);
    return ["img", { src: isAssetAddress(address) ? address : "", alt: textOf(alt) }];
  },
  addNodeView() {
    return ({ node }) => {
      const { src, alt, width, height }: Record<string, unknown> = node.attrs;
      const image = makeElement("img", { attributes: { alt: textOf(alt), "data-testid": "picture" } });
      const dom = makeElement("figure", { className: "picture", children: [image] });
      // The place that it will take is there before it is.
      if (isLength(width) && isLength(height)) {
        image.width = width;
        image.height = height;
      }
      showImage(image, textOf(src), () => (dom.dataset["state"] = "missing"));
      return { dom };
    };
  },
});

function isLength(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < 100_000;
}
