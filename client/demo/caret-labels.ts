/**
 * Names on carets that stand near the edge of the window open to the other side: on a phone half of a name would be cut off.
 * @module
 */

/** Looks again, once a frame at most, whenever something in `root` may have moved. */
export function keepLabelsInside(root: Element): void {
  let frame: number | undefined;
  const place = () => {
    frame = undefined;
    const labels = [...root.querySelectorAll<HTMLElement>(".remote-caret-label")];
    for (const label of labels) delete label.dataset["flipped"];
    // All are read before any is written: one layout, however many there are.
    for (const label of labels.filter(isCut)) label.dataset["flipped"] = "true";
  };
  const soon = () => {
    frame ??= requestAnimationFrame(place);
  };
  // Not of the awareness: an editor draws it later than it changes. Attributes are not watched, so that this does not call itself.
  new MutationObserver(soon).observe(root, { childList: true, characterData: true, subtree: true });
  addEventListener("resize", soon);
}

function isCut(label: HTMLElement): boolean {
  const { left, right } = label.getBoundingClientRect();
  return left < 0 || right > document.documentElement.clientWidth;
}
