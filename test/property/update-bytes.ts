/**
 * V1 updates written struct by struct, also such as no Yjs client ever makes.
 * @module
 */
import * as encoding from "lib0/encoding";

export type Id = { readonly client: number; readonly clock: number };

export type Content =
  | { readonly kind: "deleted" | "skip" | "gc"; readonly length: number }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "type"; readonly type: number; readonly name?: string }
  | { readonly kind: "format"; readonly key: string; readonly json: string }
  | { readonly kind: "embed"; readonly json: string }
  | { readonly kind: "json"; readonly texts: readonly string[] }
  | { readonly kind: "any"; readonly values: readonly unknown[] }
  | { readonly kind: "binary"; readonly bytes: Uint8Array }
  | { readonly kind: "subdocument"; readonly guid: string; readonly options: unknown }
  /** Bytes behind the struct's header, for a content ref of one's own. */
  | { readonly kind: "raw"; readonly ref: number; readonly bytes: Uint8Array };

export type Struct = {
  readonly content: Content;
  readonly origin?: Id | undefined;
  readonly rightOrigin?: Id | undefined;
  /** A root's name or a type's id; written only without origins, `t` when absent. */
  readonly parent?: string | Id | undefined;
  readonly key?: string | undefined;
};

export type Block = {
  readonly client: number;
  readonly clock: number;
  readonly structs: readonly Struct[];
  readonly count?: number;
};
export type Deletion = Id & { readonly length: number };

/** The update as Yjs would write it, except where the input says otherwise. */
export function updateBytes(blocks: readonly Block[], deletions: readonly Deletion[] = []): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, blocks.length);
  for (const { client, clock, structs, count } of blocks) {
    encoding.writeVarUint(encoder, count ?? structs.length);
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
    for (const struct of structs) writeStruct(encoder, struct);
  }
  encoding.writeVarUint(encoder, deletions.length);
  for (const { client, clock, length } of deletions) {
    for (const number of [client, 1, clock, length]) encoding.writeVarUint(encoder, number);
  }
  return encoding.toUint8Array(encoder);
}

/** One struct in root `t`. */
export function put(content: Content, rest: Omit<Struct, "content"> = {}): Struct {
  return { content, ...rest };
}

export function string(text: string, rest: Omit<Struct, "content"> = {}): Struct {
  return put({ kind: "string", text }, rest);
}

const REFS = {
  gc: 0,
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  subdocument: 9,
  skip: 10,
} as const;

function writeStruct(encoder: encoding.Encoder, struct: Struct): void {
  const { content, origin, rightOrigin, parent = "t", key } = struct;
  const ref = content.kind === "raw" ? content.ref : REFS[content.kind];
  if (ref === REFS.gc || ref === REFS.skip) encoding.writeUint8(encoder, ref);
  else {
    const flags =
      (origin === undefined ? 0 : 0x80) | (rightOrigin === undefined ? 0 : 0x40) | (key === undefined ? 0 : 0x20);
    encoding.writeUint8(encoder, ref | flags);
    for (const id of [origin, rightOrigin]) if (id !== undefined) writeId(encoder, id);
    if (origin === undefined && rightOrigin === undefined) {
      encoding.writeVarUint(encoder, typeof parent === "string" ? 1 : 0);
      if (typeof parent === "string") encoding.writeVarString(encoder, parent);
      else writeId(encoder, parent);
      if (key !== undefined) encoding.writeVarString(encoder, key);
    }
  }
  writeContent(encoder, content);
}

function writeId(encoder: encoding.Encoder, { client, clock }: Id): void {
  encoding.writeVarUint(encoder, client);
  encoding.writeVarUint(encoder, clock);
}

function writeAny(encoder: encoding.Encoder, value: unknown): void {
  // SAFETY: what lib0 has no encoding for it writes as undefined.
  encoding.writeAny(encoder, value as Parameters<typeof encoding.writeAny>[1]);
}

function writeContent(encoder: encoding.Encoder, content: Content): void {
  switch (content.kind) {
    case "string":
      return encoding.writeVarString(encoder, content.text);
    case "type":
      encoding.writeVarUint(encoder, content.type);
      if (content.name !== undefined) encoding.writeVarString(encoder, content.name);
      return;
    case "format":
      encoding.writeVarString(encoder, content.key);
      return encoding.writeVarString(encoder, content.json);
    case "embed":
      return encoding.writeVarString(encoder, content.json);
    case "json":
      encoding.writeVarUint(encoder, content.texts.length);
      for (const text of content.texts) encoding.writeVarString(encoder, text);
      return;
    case "any":
      encoding.writeVarUint(encoder, content.values.length);
      for (const value of content.values) writeAny(encoder, value);
      return;
    case "binary":
      return encoding.writeVarUint8Array(encoder, content.bytes);
    case "subdocument":
      encoding.writeVarString(encoder, content.guid);
      return writeAny(encoder, content.options);
    case "raw":
      return encoding.writeUint8Array(encoder, content.bytes);
    default:
      return encoding.writeVarUint(encoder, content.length);
  }
}

/** An update of one struct in root `t`, the first of client 1. */
export function one(content: Content): Uint8Array {
  return updateBytes([{ client: 1, clock: 0, structs: [put(content)] }]);
}

/** {@link one} of content ref `ref` and these bytes. */
export function raw(ref: number, bytes: readonly number[]): Uint8Array {
  return one({ kind: "raw", ref, bytes: Uint8Array.from(bytes) });
}

export function varUints(numbers: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const number of numbers) encoding.writeVarUint(encoder, number);
  return encoding.toUint8Array(encoder);
}
