/**
 * The sources of the house, for tests that read them.
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Of others; the bench installs its peers below `test`. */
const PACKAGES = /[\\/]node_modules[\\/]/;

/** Absolute paths of the files below `folder` whose path matches, sorted; none when there is no such folder. */
export function filesBelow(folder: string, pattern: RegExp): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return paths.filter((path) => pattern.test(path) && !PACKAGES.test(path)).toSorted();
  } catch {
    return [];
  }
}
