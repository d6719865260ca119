/**
 * What lies beside a version's bytes in R2, enough to list it again when D1 is lost. Nobody's name: those are erased in D1 alone.
 * @module
 */

export type VersionLabel = {
  readonly kind: string;
  readonly name: string;
  readonly isPinned: boolean;
  readonly createdMs: number;
};

/** Text travels as a header: ASCII. */
export function encodeLabel({ kind, name, isPinned, createdMs }: VersionLabel): Record<string, string> {
  const fields = { kind, name: encodeURIComponent(name.toWellFormed()), created_ms: String(createdMs) };
  return isPinned ? { ...fields, pinned: "1" } : fields;
}

/** Of an object put at `uploadedMs`. One that says nothing is from before there were labels: never thinned out, it might have a name. */
export function decodeLabel(fields: Readonly<Record<string, string>>, uploadedMs: number): VersionLabel {
  const { kind = "restored", name = "", created_ms: createdMs } = fields;
  return { kind, name: decoded(name), isPinned: fields["pinned"] === "1", createdMs: Number(createdMs ?? uploadedMs) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
