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

export type TextFormat = "text" | "markdown" | "html";

export type Written = { readonly version: string; readonly changed: boolean };

/** `before`: what was there, as a version; restoring it takes the restore back. */
export type Restored = Written & { readonly before: string };

/** `ifMatch`: only at this version. `ifEmpty`: only into a document that never had content. */
export type WriteOptions = {
  readonly root?: string;
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

export type WebhookEndpoint = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly disabledMs: number | null;
};
