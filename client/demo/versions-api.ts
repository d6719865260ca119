/**
 * A document's versions and its past, as the REST API gives them.
 * @module
 */
import type { Result } from "../../src/protocol/result.ts";
import { documentAddress } from "./addresses.ts";
import { type ApiError, ask, numberOf, textOf, textsOf } from "./api-request.ts";
import { fieldOf } from "./browser-storage.ts";

export type VersionEntry = {
  readonly version: string;
  readonly kind: "auto" | "named" | "restored";
  /** Empty where it has none. */
  readonly name: string;
  readonly editors: readonly string[];
  readonly createdMs: number;
  readonly isPinned: boolean;
};

export type VersionPage = { readonly versions: readonly VersionEntry[]; readonly cursor: string | null };

/** `before`: what was there, as a version. */
export type Restored = { readonly before: string; readonly isChanged: boolean };

/** `changes` are still to be read with care. */
export type VersionDiff = { readonly changes: readonly unknown[]; readonly text: string };

export type HistoryUpdate = { readonly user: string; readonly update: Uint8Array };
export type HistoryStep = { readonly atMs: number; readonly updates: readonly HistoryUpdate[] };
export type HistoryPage = {
  readonly start: Uint8Array | null;
  readonly steps: readonly HistoryStep[];
  readonly cursor: string | null;
};

/** A run of characters or items of one shared type, and whose it is; `at` is the key in maps and attributes. */
export type BlameRange = {
  readonly user: string;
  readonly atMs: number | null;
  readonly path: readonly (string | number)[];
  readonly at: number | string;
  readonly length: number;
  readonly excerpt: string;
};

/** Rows in one page of the list. */
const PAGE_SIZE = 30;

/** The past of one document, asked for in the name of `user`. */
export class VersionsApi {
  readonly #address: string;
  readonly #user: string;

  constructor(id: string, user: string) {
    this.#address = documentAddress(id);
    this.#user = user;
  }

  /** Newest first. */
  async list(cursor: string | null): Promise<Result<VersionPage, ApiError>> {
    const query = { limit: String(PAGE_SIZE), ...(cursor === null ? {} : { cursor }) };
    return await ask(this.#at("/versions", query), {}, readPage);
  }

  /** Keeps what is there now as a version of this name. */
  async keep(name: string): Promise<Result<VersionEntry, ApiError>> {
    return await ask(this.#at("/versions"), { method: "POST", body: JSON.stringify({ name }) }, readEntry);
  }

  async change(
    version: string,
    change: { readonly name?: string; readonly isPinned?: boolean },
  ): Promise<Result<VersionEntry, ApiError>> {
    const address = this.#at(`/versions/${version}`);
    return await ask(address, { method: "PATCH", body: JSON.stringify(change) }, readEntry);
  }

  async restore(version: string): Promise<Result<Restored, ApiError>> {
    return await ask(this.#at(`/versions/${version}/restore`), { method: "POST" }, (body) => {
      const before = textOf(fieldOf(body, "before"));
      return before === "" ? undefined : { before, isChanged: fieldOf(body, "changed") === true };
    });
  }

  /** A new document that begins with `version`; true when it is there. */
  async fork(id: string, version: string): Promise<Result<true, ApiError>> {
    const body = JSON.stringify({ id, version });
    return await ask(this.#at("/fork"), { method: "POST", body }, () => true);
  }

  /** Every root by its name. */
  async content(version: string): Promise<Result<object, ApiError>> {
    return await ask(this.#at(`/versions/${version}`, { format: "json" }), {}, (body) =>
      typeof body === "object" && body !== null ? body : undefined,
    );
  }

  /** What was changed between `from` and `to`, a version or `current`. */
  async diff(from: string, to: string): Promise<Result<VersionDiff, ApiError>> {
    return await ask(this.#at("/diff", { from, to }), {}, (body) => {
      const changes: unknown = fieldOf(body, "changes");
      return Array.isArray(changes) ? { changes, text: textOf(fieldOf(body, "text")) } : undefined;
    });
  }

  /** The same `fromMs` for every page. */
  async history(cursor: string | null, fromMs = 0): Promise<Result<HistoryPage, ApiError>> {
    const query = { from: String(fromMs), ...(cursor === null ? {} : { cursor }) };
    return await ask(this.#at("/history", query), {}, readHistory);
  }

  /** In reading order. */
  async blame(): Promise<Result<readonly BlameRange[], ApiError>> {
    return await ask(this.#at("/blame"), {}, (body) => {
      const ranges = fieldOf(body, "ranges");
      return Array.isArray(ranges) ? ranges.flatMap(readRange) : undefined;
    });
  }

  /** Where images are sent. */
  get assetsAddress(): string {
    return this.#at("/assets");
  }

  #at(path: string, query: Readonly<Record<string, string>> = {}): string {
    return `${this.#address}${path}?${new URLSearchParams({ ...query, user: this.#user })}`;
  }
}

function readPage(body: unknown): VersionPage | undefined {
  const versions = fieldOf(body, "versions");
  const cursor = fieldOf(body, "cursor");
  if (!Array.isArray(versions)) return undefined;
  const entries = versions.map(readEntry).filter((entry) => entry !== undefined);
  return { versions: entries, cursor: typeof cursor === "string" ? cursor : null };
}

function readEntry(value: unknown): VersionEntry | undefined {
  const version = textOf(fieldOf(value, "version"));
  if (version === "") return undefined;
  const kind = fieldOf(value, "kind");
  return {
    version,
    kind: kind === "named" || kind === "restored" ? kind : "auto",
    name: textOf(fieldOf(value, "name")),
    editors: textsOf(fieldOf(value, "editors")),
    createdMs: numberOf(fieldOf(value, "createdMs")),
    isPinned: fieldOf(value, "isPinned") === true,
  };
}

function readHistory(body: unknown): HistoryPage | undefined {
  const steps = fieldOf(body, "steps");
  const cursor = fieldOf(body, "cursor");
  const start = fieldOf(body, "start");
  if (!Array.isArray(steps)) return undefined;
  return {
    start: typeof start === "string" ? fromBase64(start) : null,
    steps: steps.map((step: unknown) => {
      const updates = fieldOf(step, "updates");
      const read = Array.isArray(updates) ? updates.map(readUpdate) : [];
      return { atMs: numberOf(fieldOf(step, "atMs")), updates: read };
    }),
    cursor: typeof cursor === "string" ? cursor : null,
  };
}

function readUpdate(value: unknown): HistoryUpdate {
  return { user: textOf(fieldOf(value, "user")), update: fromBase64(textOf(fieldOf(value, "update"))) };
}

function readRange(value: unknown): readonly BlameRange[] {
  const path = fieldOf(value, "path");
  const at = fieldOf(value, "at");
  const atMs = fieldOf(value, "atMs");
  if (!Array.isArray(path) || (typeof at !== "number" && typeof at !== "string")) return [];
  return [
    {
      user: textOf(fieldOf(value, "user")),
      atMs: typeof atMs === "number" ? atMs : null,
      path: path.filter((step) => typeof step === "string" || typeof step === "number"),
      at,
      length: numberOf(fieldOf(value, "length")),
      excerpt: textOf(fieldOf(value, "excerpt")),
    },
  ];
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
