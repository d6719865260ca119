/**
 * Rows of versions that D1 has lost, from what R2 says of them.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { Version } from "../../protocol/version.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type DocumentKey, VersionIndex } from "./versions.ts";

export type FoundVersion = {
  readonly version: Version;
  readonly bytes: number;
  readonly kind: string;
  readonly name: string;
  readonly isPinned: boolean;
  readonly createdMs: number;
};

/** What is there is left alone, and so is what is on its way out. Named when they were made: what a room says later counts. */
const REPAIR = `
INSERT INTO versions (project, id, version, kind, name, user, editors, size_bytes, is_pinned, created_ms, named_ms)
SELECT ?1, ?2, value ->> 'version', value ->> 'kind', value ->> 'name', '', '[]', value ->> 'bytes', value ->> 'isPinned',
  value ->> 'createdMs', value ->> 'createdMs'
FROM json_each(?3)
WHERE NOT EXISTS (SELECT 1 FROM documents WHERE project = ?1 AND id = ?2 AND deleted_ms IS NOT NULL)
ON CONFLICT (project, id, version) DO NOTHING`;

/** Returns how many were missing. The document is due for thinning then, as nobody knows when it was. */
export async function repairVersions(
  db: D1Database,
  document: DocumentKey,
  versions: readonly FoundVersion[],
): Promise<Result<number, D1Failed>> {
  const repaired = await attempt(async () => {
    const statement = db.prepare(REPAIR).bind(document.project, document.id, JSON.stringify(versions));
    return (await statement.run()).meta.changes;
  });
  if (!repaired.ok || repaired.value === 0) return repaired;
  const marked = await new VersionIndex(db).mark(document, 0);
  return marked.ok ? repaired : marked;
}
