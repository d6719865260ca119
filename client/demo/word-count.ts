/**
 * Counting words in any script.
 * @module
 */

/** Words are counted this long after the last change: on a long text it takes some ms. */
const COUNT_AFTER_MS = 400;

/** Words of `text`, as the browser's own word rules find them (Chinese and Japanese have no spaces). */
export function countWords(text: string): number {
  let words = 0;
  for (const { isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    if (isWordLike === true) words += 1;
  }
  return words;
}

/** Returns what to call after each change: `element` shows the words of `readText()` once it is quiet. */
export function showWordCount(element: HTMLElement, readText: () => string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    const words = countWords(readText());
    element.textContent = `${words.toLocaleString()} ${words === 1 ? "word" : "words"}`;
    element.dataset.words = String(words);
  };
  show();
  return () => {
    clearTimeout(timer);
    timer = setTimeout(show, COUNT_AFTER_MS);
  };
}
