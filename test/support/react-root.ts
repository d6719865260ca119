/**
 * React without a page: components that draw nothing, in a root whose DOM does no more than react-dom looks at. The real one is in the
 * browser's tests.
 * @module
 */
import { type ReactNode, StrictMode, act, createElement } from "react";
import type { Root } from "react-dom/client";
import { vi } from "vitest";

/** What react-dom asks of a container that gets no children. */
function emptyContainer(): unknown {
  const ownerDocument = Object.assign(new EventTarget(), { nodeType: 9, nodeName: "#document" });
  const fields = { nodeType: 1, nodeName: "DIV", tagName: "DIV", ownerDocument, textContent: "" };
  return Object.assign(new EventTarget(), fields, { namespaceURI: "http://www.w3.org/1999/xhtml" });
}

export class ReactRoot {
  readonly #root: Root;

  private constructor(root: Root) {
    this.#root = root;
  }

  /** Call `vi.unstubAllGlobals` afterwards. */
  static async open(): Promise<ReactRoot> {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    vi.stubGlobal("window", Object.assign(new EventTarget(), { HTMLIFrameElement: class {} }));
    const { createRoot } = await import("react-dom/client");
    // SAFETY: as much of it as is used.
    return new ReactRoot(createRoot(emptyContainer() as Element));
  }

  /** In strict mode: everything is mounted twice, and rendered twice. */
  async render(node: ReactNode): Promise<void> {
    await act(async () => {
      this.#root.render(createElement(StrictMode, null, node));
      await Promise.resolve();
    });
  }

  async unmount(): Promise<void> {
    await act(async () => {
      this.#root.unmount();
      await Promise.resolve();
    });
  }
}

/** Runs what changes the world of the components, and their renders. */
export async function change(what: () => void | Promise<void>): Promise<void> {
  await act(async () => {
    await what();
  });
}
