/**
 * The page for site owners: choices in, tag out.
 * @module
 */
import { elementById } from "./elements.ts";
import { ELEMENTS, type EmbedChoices, type PinnedWidget, markupOf, policyOf, tagOf } from "./embed-code.ts";

const COPIED_MS = 2_000;

const form = elementById("choices", HTMLFormElement);
const announcer = elementById("announcer", HTMLElement);

/** What the build says of itself. */
const known: { pinned?: PinnedWidget } = {};

function readChoices(): EmbedChoices {
  const data = new FormData(form);
  const chosen = new Set(data.getAll("element"));
  const text = (name: string) => String(data.get(name) ?? "").trim();
  return {
    origin: location.origin,
    elements: ELEMENTS.filter((name) => chosen.has(name)),
    key: text("key"),
    room: text("room"),
    asksConsent: data.has("consent"),
    pinned: data.has("pinned") ? known.pinned : undefined,
  };
}

function show(): void {
  const choices = readChoices();
  elementById("tag", HTMLElement).textContent = tagOf(choices);
  elementById("elements", HTMLElement).textContent = markupOf(choices);
  elementById("policy", HTMLElement).textContent = policyOf(choices.origin).join(";\n");
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const code = elementById(button.dataset["copy"] ?? "", HTMLElement);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    announcer.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
      announcer.textContent = "";
    }, COPIED_MS);
  } catch {
    // No clipboard here: what is to be copied is selected.
    getSelection()?.selectAllChildren(code);
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.addEventListener("click", () => void copy(button));
}
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();

const answer = await fetch("/widget.json");
// SAFETY: scripts/bundle-client.ts wrote it in the same build.
known.pinned = (await answer.json()) as PinnedWidget;
show();
document.documentElement.dataset["ready"] = "true";
