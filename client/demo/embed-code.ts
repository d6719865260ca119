/**
 * What a site owner pastes: the tag, the elements and the policy lines. The lines that the demo's own site lives under are made here too.
 * @module
 */

export const ELEMENTS = ["avatars", "count", "cursors", "reactions", "typing"] as const;
export type ElementName = (typeof ELEMENTS)[number];

/** The file of this build whose bytes never change, and their hash. */
export type PinnedWidget = { readonly file: string; readonly integrity: string };

export type EmbedChoices = {
  /** Of the server, without a slash at the end. */
  readonly origin: string;
  readonly elements: readonly ElementName[];
  /** Empty: none. */
  readonly key: string;
  readonly room: string;
  readonly asksConsent: boolean;
  readonly pinned: PinnedWidget | undefined;
};

const MARKUP: Readonly<Record<ElementName, string>> = {
  avatars: '<roost-avatars max="5"></roost-avatars>',
  count: '<roost-count label="{n} here"></roost-count>',
  cursors: "<roost-cursors></roost-cursors>",
  reactions: '<roost-reactions names="like=👍 love=❤️ cheer=🎉"></roost-reactions>',
  typing: '<roost-typing for="id-of-your-field"></roost-typing>',
};

export function tagOf({ origin, key, room, asksConsent, pinned }: EmbedChoices): string {
  const attributes = [
    `src="${origin}${pinned?.file ?? "/widget.js"}"`,
    // Without the second one a browser does not check the first on another origin.
    ...(pinned === undefined ? [] : [`integrity="${pinned.integrity}"`, 'crossorigin="anonymous"']),
    ...(key === "" ? [] : [`data-key="${quoted(key)}"`]),
    ...(room === "" ? [] : [`data-room="${quoted(room)}"`]),
    ...(asksConsent ? ['data-consent="required"'] : []),
  ];
  return `<script type="module" ${attributes.join("\n  ")}></script>`;
}

export function markupOf({ elements }: EmbedChoices): string {
  return elements.map((name) => MARKUP[name]).join("\n");
}

/** What the widgets need of a page's policy, and no more. */
export function policyOf(origin: string): readonly string[] {
  return [`script-src ${origin}`, `connect-src ${origin} ${origin.replace(/^http/, "ws")}`, "img-src data:"];
}

function quoted(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
