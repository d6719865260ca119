/**
 * Line icons on a 24-unit grid, drawn here so that pages load no image for them.
 * @module
 */

const SVG = "http://www.w3.org/2000/svg";

/** Path data per icon; strokes, no fills. */
const PATHS = {
  back: "M15 5l-7 7 7 7",
  bold: "M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z",
  italic: "M10 5h8M6 19h8M14.5 5l-5 14",
  strike:
    "M4 12h16M17 7.5C16.5 5.8 14.6 5 12 5c-2.8 0-5 1.3-5 3.5 0 1.5 1 2.7 3 3.5M7 16c.6 1.9 2.5 3 5 3 3 0 5-1.4 5-3.6 0-.8-.2-1.5-.7-2.1",
  code: "M8.5 7L4 12l4.5 5M15.5 7L20 12l-4.5 5",
  bulletList: "M10 6h10M10 12h10M10 18h10M5 6h.01M5 12h.01M5 18h.01",
  orderedList: "M11 6h9M11 12h9M11 18h9M4.5 4.5L6 4v5M4.5 14.5c.3-.7 2.5-.8 2.5.6 0 1.2-2.5 2-2.5 3.4H7",
  quote: "M5 7h6v6c0 2.5-1.5 4-4 4.5M14 7h6v6c0 2.5-1.5 4-4 4.5",
  codeBlock: "M4 5h16v14H4zM9.5 9.5L7 12l2.5 2.5M14.5 9.5L17 12l-2.5 2.5",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  rule: "M4 12h16M8 6h8M8 18h8",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16 16l4 4",
  plus: "M12 5v14M5 12h14",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4M11 14.5l3-3 6 6M15.5 8.5h.01",
  who: "M10 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM4 19.5c.6-3.3 3-5 6-5 1 0 1.9.2 2.7.5M18.5 11.5l2 2-5.5 5.5-2.5.5.5-2.5z",
  history: "M4.5 5v4.5H9M5 9.5a8 8 0 1 1-1 4.5M12 8v4.5l3 2",
  close: "M6 6l12 12M18 6L6 18",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  pin: "M9 4h6l-.7 6.5 3.2 3.5h-11l3.2-3.5zM12 14v6",
  pencil: "M16 5l3 3L9 18l-4 1 1-4zM13.5 7.5l3 3",
  copy: "M9 9h10.5v11H9zM15 9V4H4.5v11H9",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5",
  file: "M6 3.5h8l4 4v13H6zM14 3.5v4h4M9 12h6M9 16h6",
  share: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  light:
    "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  dark: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  saved: "M5 12.5l4.5 4.5L19 7.5",
  saving: "M12 4a8 8 0 1 1-8 8",
  unsaved: "M12 8v5M12 16.5h.01M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z",
  refused: "M7 11h10v8.5H7zM9 11V8a3 3 0 0 1 6 0v3",
  synced: "M5 12.5a10 10 0 0 1 14 0M8 15.5a6 6 0 0 1 8 0M12 19h.01",
  connecting: "M8 15.5a6 6 0 0 1 8 0M12 19h.01",
  offline: "M4 4l16 16M5 12.5a10 10 0 0 1 4-2.5M14 10.2a10 10 0 0 1 5 2.3M8 15.5a6 6 0 0 1 6-1.2M12 19h.01",
} as const;

export type IconName = keyof typeof PATHS;

const HEADINGS = { heading1: "1", heading2: "2", heading3: "3" } as const;
export type HeadingIcon = keyof typeof HEADINGS;

/** A decorative icon: the control around it carries the name. */
export function makeIcon(name: IconName | HeadingIcon): SVGSVGElement {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", isHeading(name) ? "M4 6v12M12 6v12M4 12h8" : PATHS[name]);
  icon.append(path);
  if (isHeading(name)) icon.append(makeDigit(HEADINGS[name]));
  return icon;
}

/** Puts its icon before the content of every element with `data-icon`. */
export function drawIcons(root: ParentNode = document): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-icon]")) {
    const name = element.dataset.icon ?? "";
    if (isIcon(name)) element.prepend(makeIcon(name));
  }
}

function isHeading(name: string): name is HeadingIcon {
  return Object.hasOwn(HEADINGS, name);
}

function isIcon(name: string): name is IconName {
  return Object.hasOwn(PATHS, name);
}

function makeDigit(digit: string): SVGTextElement {
  const text = document.createElementNS(SVG, "text");
  for (const [attribute, value] of Object.entries({ x: "15", y: "18", "font-size": "11", fill: "currentColor" })) {
    text.setAttribute(attribute, value);
  }
  text.setAttribute("stroke", "none");
  text.textContent = digit;
  return text;
}
