/**
 * What the tabs of one browser say to each other. A tab may run another release of this code, so shapes are checked.
 * @module
 */

/** `from` and `to` name tabs. `seq` counts the changes made in the sending tab. */
export type TabMessage =
  | { readonly kind: "query"; readonly from: string; readonly stateVector: Uint8Array }
  | {
      readonly kind: "answer";
      readonly from: string;
      readonly to: string;
      readonly stateVector: Uint8Array;
      readonly seq: number;
      readonly isSaved: boolean;
      readonly update: Uint8Array;
    }
  | {
      readonly kind: "update";
      readonly from: string;
      /** Absent: for all. */
      readonly to?: string;
      readonly seq: number;
      readonly isSaved: boolean;
      readonly update: Uint8Array;
    }
  | { readonly kind: "saved"; readonly from: string; readonly seq: number }
  | { readonly kind: "presence"; readonly from: string; readonly update: Uint8Array };

const FIELDS: Readonly<
  Record<TabMessage["kind"], Readonly<Record<string, "string" | "number" | "boolean" | "bytes">>>
> = {
  query: { from: "string", stateVector: "bytes" },
  answer: { from: "string", to: "string", stateVector: "bytes", seq: "number", isSaved: "boolean", update: "bytes" },
  update: { from: "string", seq: "number", isSaved: "boolean", update: "bytes" },
  saved: { from: "string", seq: "number" },
  presence: { from: "string", update: "bytes" },
};

/** True for a message of this release's shape. */
export function isTabMessage(data: unknown): data is TabMessage {
  if (typeof data !== "object" || data === null || !("kind" in data) || typeof data.kind !== "string") return false;
  if (!Object.hasOwn(FIELDS, data.kind)) return false;
  // SAFETY: an own key of FIELDS, just checked.
  const fields = Object.entries(FIELDS[data.kind as TabMessage["kind"]]);
  const values = new Map<string, unknown>(Object.entries(data));
  return fields.every(([name, type]) => {
    const value = values.get(name);
    return type === "bytes" ? value instanceof Uint8Array : typeof value === type;
  });
}
