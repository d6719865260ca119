/**
 * The time slider: a document as it was after each step that was written into it.
 * @module
 */
import { errorWords } from "./api-request.ts";
import type { AuthorOf } from "./authors.ts";
import { RICH_TEXT } from "./compare-view.ts";
import { elementById } from "./elements.ts";
import { makeIcon } from "./icons.ts";
import { paperOfYjs } from "./paper.ts";
import { PaperView } from "./paper-view.ts";
import { type Playback, loadPlayback } from "./playback.ts";
import type { VersionsApi } from "./versions-api.ts";

/** Playing shows so many moments, and all of it takes this many times that long. */
const FRAMES = 120;
const FRAME_MS = 100;

const stepTime = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export class PlaybackView {
  readonly #slider = elementById("time-slider", HTMLInputElement);
  readonly #play = elementById("time-play", HTMLButtonElement);
  readonly #label = elementById("time-label", HTMLElement);
  readonly #paper = elementById("time-paper", HTMLElement);
  readonly #note = elementById("time-note", HTMLElement);
  readonly #retry = elementById("time-retry", HTMLButtonElement);
  readonly #api: VersionsApi;
  readonly #authors: () => AuthorOf;
  #playback: Playback | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #loads = 0;

  constructor(api: VersionsApi, authors: () => AuthorOf) {
    this.#api = api;
    this.#authors = authors;
    this.#slider.addEventListener("input", () => {
      this.#stop();
      this.#show();
    });
    this.#play.addEventListener("click", () => (this.#timer === undefined ? this.#start() : this.#stop()));
    this.#retry.addEventListener("click", () => void this.open());
    this.#stop();
  }

  /** Asks for the past anew and shows its end. */
  async open(): Promise<void> {
    this.close();
    const load = ++this.#loads;
    this.#say("Loading the history…");
    const loaded = await loadPlayback(this.#api, (steps) => {
      if (load === this.#loads) this.#say(`Loading the history… ${steps} steps`);
    });
    if (load !== this.#loads) return;
    if (!loaded.ok) {
      this.#say(errorWords(loaded.error), true);
      return;
    }
    const { steps, shows } = loaded.value;
    if (steps.length === 0) {
      this.#say("Nothing was written yet.");
      return;
    }
    this.#playback = loaded.value;
    this.#say(shows === "all" ? "" : `Only the ${shows} ${steps.length} steps are shown.`);
    this.#slider.max = String(steps.length);
    this.#slider.value = String(steps.length);
    this.#slider.disabled = this.#play.disabled = false;
    this.#show();
  }

  /** Forgets it. */
  close(): void {
    this.#loads += 1;
    this.#stop();
    this.#playback = undefined;
    this.#slider.disabled = this.#play.disabled = true;
    this.#label.textContent = "";
    this.#paper.replaceChildren();
  }

  #say(text: string, isError = false): void {
    this.#note.textContent = text;
    this.#note.dataset["tone"] = isError ? "bad" : "plain";
    this.#retry.hidden = !isError;
  }

  #show(): void {
    if (this.#playback === undefined) return;
    const at = this.#slider.valueAsNumber;
    const authorOf = this.#authors();
    const doc = this.#playback.docAfter(at);
    const blocks = paperOfYjs(doc.getXmlFragment(RICH_TEXT));
    this.#paper.replaceChildren(...new PaperView("later", authorOf).blocks(blocks));
    const words = this.#wordsOf(at, authorOf);
    this.#label.textContent = words;
    this.#slider.setAttribute("aria-valuetext", words);
  }

  #wordsOf(at: number, authorOf: AuthorOf): string {
    const step = this.#playback?.steps[at - 1];
    if (step === undefined) return "Before the first step";
    const names = [...new Set(step.updates.map(({ user }) => authorOf(user).name))];
    return `${stepTime.format(step.atMs)} · ${names.join(", ")} · step ${at} of ${this.#slider.max}`;
  }

  #start(): void {
    const length = Number(this.#slider.max);
    if (this.#slider.valueAsNumber >= length) this.#slider.value = "0";
    this.#timer = setInterval(() => {
      this.#slider.value = String(this.#slider.valueAsNumber + Math.ceil(length / FRAMES));
      this.#show();
      if (this.#slider.valueAsNumber >= length) this.#stop();
    }, FRAME_MS);
    this.#showButton();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#showButton();
  }

  #showButton(): void {
    const isPlaying = this.#timer !== undefined;
    this.#play.replaceChildren(makeIcon(isPlaying ? "pause" : "play"));
    this.#play.title = isPlaying ? "Pause" : "Play";
    this.#play.setAttribute("aria-label", this.#play.title);
  }
}
