/**
 * What the toolbar offers, in order; a gap stands between groups.
 * @module
 */
import type { ChainedCommands, Editor } from "@tiptap/core";
import type { HeadingIcon, IconName } from "./icons.ts";

export type ToolbarItem = {
  readonly name: string;
  readonly label: string;
  readonly icon: IconName | HeadingIcon;
  /** Keys as `aria-keyshortcuts` writes them, with `Mod` for Ctrl or ⌘. */
  readonly keys?: string;
  /** Given for what is on or off at the caret. */
  readonly isActive?: (editor: Editor) => boolean;
  readonly isEnabled?: (editor: Editor) => boolean;
  /** It changes nothing. */
  readonly isForReaders?: boolean;
  readonly run: (editor: Editor) => void;
};

function command(change: (chain: ChainedCommands) => ChainedCommands): (editor: Editor) => void {
  return (editor) => {
    change(editor.chain().focus()).run();
  };
}

function heading(level: 1 | 2 | 3): ToolbarItem {
  return {
    name: `heading-${level}`,
    label: `Heading ${level}`,
    icon: `heading${level}`,
    keys: `Mod+Alt+${level}`,
    isActive: (editor) => editor.isActive("heading", { level }),
    run: command((chain) => chain.toggleHeading({ level })),
  };
}

const HISTORY: readonly ToolbarItem[] = [
  {
    name: "undo",
    label: "Undo",
    icon: "undo",
    keys: "Mod+Z",
    isEnabled: (editor) => editor.can().undo(),
    run: command((chain) => chain.undo()),
  },
  {
    name: "redo",
    label: "Redo",
    icon: "redo",
    keys: "Mod+Shift+Z",
    isEnabled: (editor) => editor.can().redo(),
    run: command((chain) => chain.redo()),
  },
];

const MARKS: readonly ToolbarItem[] = [
  {
    name: "bold",
    label: "Bold",
    icon: "bold",
    keys: "Mod+B",
    isActive: (editor) => editor.isActive("bold"),
    run: command((chain) => chain.toggleBold()),
  },
  {
    name: "italic",
    label: "Italic",
    icon: "italic",
    keys: "Mod+I",
    isActive: (editor) => editor.isActive("italic"),
    run: command((chain) => chain.toggleItalic()),
  },
  {
    name: "strike",
    label: "Strike through",
    icon: "strike",
    keys: "Mod+Shift+S",
    isActive: (editor) => editor.isActive("strike"),
    run: command((chain) => chain.toggleStrike()),
  },
  {
    name: "code",
    label: "Code",
    icon: "code",
    keys: "Mod+E",
    isActive: (editor) => editor.isActive("code"),
    run: command((chain) => chain.toggleCode()),
  },
];

const BLOCKS: readonly ToolbarItem[] = [
  {
    name: "bullet-list",
    label: "Bulleted list",
    icon: "bulletList",
    keys: "Mod+Shift+8",
    isActive: (editor) => editor.isActive("bulletList"),
    run: command((chain) => chain.toggleBulletList()),
  },
  {
    name: "ordered-list",
    label: "Numbered list",
    icon: "orderedList",
    keys: "Mod+Shift+7",
    isActive: (editor) => editor.isActive("orderedList"),
    run: command((chain) => chain.toggleOrderedList()),
  },
  {
    name: "quote",
    label: "Quote",
    icon: "quote",
    keys: "Mod+Shift+B",
    isActive: (editor) => editor.isActive("blockquote"),
    run: command((chain) => chain.toggleBlockquote()),
  },
  {
    name: "code-block",
    label: "Code block",
    icon: "codeBlock",
    keys: "Mod+Alt+C",
    isActive: (editor) => editor.isActive("codeBlock"),
    run: command((chain) => chain.toggleCodeBlock()),
  },
];

/** What opens something that asks, or answers. */
export type ToolbarActions = {
  readonly editLink: () => void;
  readonly addImage: () => void;
  readonly showAuthors: () => void;
};

/** All groups. */
export function toolbarGroups(actions: ToolbarActions): readonly (readonly ToolbarItem[])[] {
  const { editLink, addImage, showAuthors } = actions;
  const who: ToolbarItem = { name: "who", label: "Who wrote this", icon: "who", isForReaders: true, run: showAuthors };
  const insert: readonly ToolbarItem[] = [
    {
      name: "link",
      label: "Link",
      icon: "link",
      keys: "Mod+K",
      isActive: (editor) => editor.isActive("link"),
      run: editLink,
    },
    { name: "image", label: "Image", icon: "image", run: addImage },
    { name: "rule", label: "Horizontal line", icon: "rule", run: command((chain) => chain.setHorizontalRule()) },
  ];
  return [[...HISTORY, who], [heading(1), heading(2), heading(3)], MARKS, BLOCKS, insert];
}
