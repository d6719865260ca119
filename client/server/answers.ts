/**
 * What the server answers to back ends: as in `/v1/openapi.json`.
 * @module
 */

export type DocumentSummary = {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  readonly characters: number;
  readonly bytes: number;
  readonly editors: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
};

export type DocumentPage = { readonly documents: readonly DocumentSummary[]; readonly cursor: string | null };

export type DocumentQuery = {
  readonly query?: string;
  readonly title?: string;
  readonly text?: string;
  readonly editor?: string;
  /** `changed`, newest first, unless it is said. Pages by `id` miss none that changes between them. */
  readonly order?: "changed" | "id";
  readonly limit?: number;
  readonly cursor?: string;
};

/** `null` is what nobody knows yet. */
export type DocumentDetails = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly title: string;
  readonly createdMs: number | null;
  readonly updatedMs: number | null;
  readonly versions: { readonly current: string; readonly indexed: string | null };
  readonly connected: readonly { readonly session: string; readonly user: string; readonly dialect: string }[];
  readonly lock: "open" | "read" | "closed";
};

/** `index` in UTF-16 code units. `assoc`: -1 stays with the character before it, 0 with the one behind. */
export type Place = {
  readonly path: string | readonly (string | number)[];
  readonly index: number;
  readonly assoc?: -1 | 0;
};

/** ISO 8601, or ms since 1970. */
export type Range = { readonly from?: string | number; readonly to?: string | number };

/** Every character, item and key once; `user` is empty and `atMs` null where nobody knows any more. */
export type Blame = {
  readonly ranges: readonly {
    readonly user: string;
    readonly atMs: number | null;
    readonly path: readonly (string | number)[];
    readonly at: number | string;
    readonly length: number;
    readonly excerpt: string;
  }[];
};

export type Activity = {
  readonly activity: readonly {
    readonly fromMs: number;
    readonly user: string;
    readonly updates: number;
    readonly inserted: number;
  }[];
};

/** Updates are Yjs V1 in base64; `start` is the document before the first step, null on later pages. */
export type HistoryPage = {
  readonly start: string | null;
  readonly steps: readonly {
    readonly firstSeq: number;
    readonly seq: number;
    readonly atMs: number;
    readonly updates: readonly { readonly user: string; readonly update: string }[];
  }[];
  readonly cursor: string | null;
};

export type TextFormat = "text" | "markdown" | "html";

/** `unrelated`: also of documents that share no history: all of the one beside all of the other. */
export type MergeOptions = { readonly unrelated?: boolean };

export type Written = { readonly version: string; readonly changed: boolean };

/** `before`: what was there, as a version; restoring it takes the restore back. */
export type Restored = Written & { readonly before: string };

/** `ifMatch`: only at this version. `ifEmpty`: only into a document that never had content. */
export type WriteOptions = {
  readonly root?: string;
  /** Whose names new blocks of Markdown have where the document does not say. */
  readonly schema?: "tiptap" | "basic";
  readonly ifMatch?: string;
  readonly ifEmpty?: boolean;
  /** People in the document see the editor for a moment, by this name. */
  readonly showAs?: string;
};

export type DocumentVersion = {
  readonly version: string;
  readonly kind: "auto" | "named" | "restored";
  readonly name: string;
  readonly user: string;
  readonly editors: readonly string[];
  readonly bytes: number;
  readonly isPinned: boolean;
  readonly createdMs: number;
};

export type VersionQuery = {
  readonly kind?: DocumentVersion["kind"];
  readonly cursor?: string;
  readonly limit?: number;
};

export type VersionPage = { readonly versions: readonly DocumentVersion[]; readonly cursor: string | null };

export type Diff = { readonly changes: readonly Readonly<Record<string, unknown>>[]; readonly text: string };

export type Asset = { readonly id: string; readonly type: string; readonly bytes: number; readonly path: string };

export type ErasureReceipt = {
  readonly id: string;
  readonly kind: "user" | "project";
  readonly phase: string;
  readonly isDone: boolean;
  readonly counts: Readonly<Record<"rooms" | "documents" | "objects" | "rows", number>>;
  readonly askedMs: number;
  readonly workedMs: number;
  readonly doneMs: number | null;
};

/** `remaining`: what is still at work, `storage` on its objects, `index` on what lists and searches know of it. */
export type DocumentErasure = {
  readonly id: string;
  readonly version: string;
  readonly deletedMs: number;
  readonly isErased: boolean;
  readonly remaining: readonly ("storage" | "index")[];
};

export type WebhookEndpoint = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly secretVersion: number;
  /** Until when the secret of before signs as well; null where there never was another. */
  readonly previousUntilMs: number | null;
  readonly disabledMs: number | null;
};
