/**
 * What is said of a document's content and its past, as plain data.
 * @module
 */
import type { Json } from "../document/content-json.ts";

/** From the root's name down: keys of maps and attributes, indexes of lists. */
export type ContentPath = readonly (string | number)[];

/** Who wrote something and when; `user` is empty and `atMs` null where nobody knows any more. */
export type Credit = { readonly user: string; readonly atMs: number | null };

/** As in a Quill delta: lengths count UTF-16 code units, an embed or nested type counts one. */
export type TextOp =
  | { readonly retain: number; readonly attributes?: { readonly [key: string]: Json } }
  | {
      readonly insert: Json;
      readonly attributes?: { readonly [key: string]: Json };
      /** Of whom the inserted is. */
      readonly by?: Credit;
    }
  | { readonly delete: number; readonly deleted: Json };

/** Indexes are of items. */
export type ListOp =
  | { readonly retain: number }
  | { readonly insert: readonly Json[]; readonly by?: Credit }
  | { readonly delete: number; readonly deleted: readonly Json[] };

/** What a root shows (CO18); a root that is not there at all is absent. */
export type RootKind = "text" | "xml" | "array" | "map" | "empty";

/** One shared type that differs. Applied in order, each path is where it is once those before it were applied. */
export type TypeChange =
  /** A root shows another kind of thing from here on, with the same items: one of a list is one of a delta without attributes. */
  | { readonly kind: "root"; readonly path: ContentPath; readonly from?: RootKind; readonly to?: RootKind }
  | { readonly kind: "text"; readonly path: ContentPath; readonly ops: readonly TextOp[] }
  | { readonly kind: "list"; readonly path: ContentPath; readonly ops: readonly ListOp[] }
  /** A key of a map, or an attribute. Absent `to`: it is gone; absent `from`: it is new. */
  | {
      readonly kind: "key";
      readonly path: ContentPath;
      readonly key: string;
      readonly from?: Json;
      readonly to?: Json;
      readonly by?: Credit;
    };

export type DocumentDiff = {
  readonly changes: readonly TypeChange[];
  /** For people: lines with `+` and `-`, and whose they are. */
  readonly text: string;
};

/** A run of one root, in reading order. */
export type BlameRange = Credit & {
  /** Of the shared type that holds it. */
  readonly path: ContentPath;
  /** Index in that type, in UTF-16 code units or items; the key for maps and attributes. */
  readonly at: number | string;
  readonly length: number;
  /** Of the text, where it is text; at most 80 characters. */
  readonly excerpt: string;
};

export type DocumentBlame = { readonly ranges: readonly BlameRange[] };

/** Who wrote the structs `clock … clock + length - 1` of a client. */
export type Stamp = {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
  readonly user: string;
  /** Unix ms; 0 where nobody knows. */
  readonly atMs: number;
};

/** Who wrote a struct, as far as anybody knows. */
export interface Credits {
  of(client: number, clock: number): Credit;
}
