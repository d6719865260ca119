/**
 * Why an edit of a document was not made, as problem+json.
 * @module
 */
import { assertNever } from "../protocol/result.ts";
import type { RoomProblem } from "../rooms/room-api.ts";

export type EditError = Extract<
  RoomProblem,
  { readonly tag: "malformed-update" | "missing-dependencies" | "precondition-failed" | "bad-edit" }
>;

type Wire = {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly stateVector?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export function describeEdit(error: EditError): Wire {
  switch (error.tag) {
    case "malformed-update":
      return { status: 400, title: "Malformed update", detail: error.reason };
    case "missing-dependencies":
      return {
        status: 409,
        title: "Update depends on something this document lacks",
        detail: "Send the difference to this state vector.",
        stateVector: toBase64(error.stateVector),
      };
    case "precondition-failed":
      return { status: 412, title: "The document is another one by now", headers: { etag: `"${error.version}"` } };
    case "bad-edit":
      return { status: 422, title: "This edit cannot be made", detail: error.reason };
    default:
      return assertNever(error);
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}
