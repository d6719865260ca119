/**
 * What versions are called on the page.
 * @module
 */
import { shortTime } from "./paper-view.ts";
import type { VersionEntry } from "./versions-api.ts";

/** Its name; without one, when it was made. */
export function versionTitle({ kind, name, createdMs }: VersionEntry): string {
  if (name !== "") return name;
  return kind === "restored" ? "Before a restore" : shortTime(createdMs);
}

/** How it came to be; says when, where the title does not. */
export function versionNote({ kind, name, createdMs }: VersionEntry): string {
  return name === "" && kind !== "restored" ? "Kept automatically" : shortTime(createdMs);
}
