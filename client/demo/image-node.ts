/**
 * An image in the rich text: the address of an asset beside the document, never its bytes.
 * @module
 */
import { Node } from "@tiptap/core";
import { textOf } from "./api-request.ts";
import { makeElement } from "./elements.ts";

/** Of this server. Whatever else somebody writes into the document is not loaded: it would tell strangers who reads. */
const ASSET = /^\/v1\/documents\/[^/?#]+\/assets\/[\w-]+$/;

export function isAssetAddress(address: string): boolean {
  return ASSET.test(address);
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
      if (isAssetAddress(textOf(src))) {
        image.addEventListener("error", () => (dom.dataset["state"] = "missing"));
        image.src = textOf(src);
      } else dom.dataset["state"] = "missing";
      return { dom };
    };
  },
});

function isLength(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < 100_000;
}
