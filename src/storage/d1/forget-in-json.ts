/**
 * Takes a user's name out of JSON of whatever depth in D1: messages that could not be worked off, and what is told of administrative acts.
 * @module
 */

/** Of a message about an administrative act: what it was done to is a user. */
export const USER_ACTIONS = ["revoke-user", "mint-token", "erase-user"] as const;

type Column = { readonly table: "audit" | "dead_letters"; readonly key: string; readonly column: string };

const COLUMNS: readonly Column[] = [
  { table: "audit", key: "number", column: "detail" },
  { table: "dead_letters", key: "id", column: "body" },
];

/** A body has 128 KB at most. */
const PAGE_ROWS = 20;
/** Fields that name one user, and lists of users. What is called like a user, a title or a document, stays. */
const NAMES: ReadonlySet<string> = new Set(["user", "actor"]);
const LISTS: ReadonlySet<string> = new Set(["editors", "users"]);

/** Whoever has changed so many leaves the rest for another time. */
const MAX_CHANGED = 200;

/** How many rows it changed; none is the end. Each is changed by itself: whoever is cut off begins anew. */
export async function forgetInJson(db: D1Database, project: string, user: string): Promise<number> {
  let changed = 0;
  for (const column of COLUMNS) changed += await forgetIn(db, column, { project, user });
  return changed;
}

async function forgetIn(
  db: D1Database,
  { table, key, column }: Column,
  { project, user }: { readonly project: string; readonly user: string },
): Promise<number> {
  const read = db.prepare(
    `SELECT ${key} AS key, ${column} AS json FROM ${table}
     WHERE project = ?1 AND ${key} > ?2 AND instr(${column}, ?3) > 0 ORDER BY ${key} LIMIT ${PAGE_ROWS}`,
  );
  const write = db.prepare(`UPDATE ${table} SET ${column} = ?2 WHERE ${key} = ?1 AND ${column} = ?3`);
  // As JSON holds it, within quotes.
  const quoted = JSON.stringify(user).slice(1, -1);
  let [changed, after] = [0, -1];
  for (;;) {
    const { results } = await read.bind(project, after, quoted).all<{ readonly key: number; readonly json: string }>();
    const edits = results.flatMap((row) => {
      const rest = jsonWithout(row.json, user);
      return rest === row.json ? [] : [write.bind(row.key, rest, row.json)];
    });
    if (edits.length > 0) await db.batch(edits);
    changed += edits.length;
    after = results.at(-1)?.key ?? after;
    if (results.length < PAGE_ROWS || changed >= MAX_CHANGED) return changed;
  }
}

/** The same text where it does not name the user, or is no JSON. */
export function jsonWithout(json: string, user: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json;
  }
  const rest = JSON.stringify(without(value, "", user));
  return rest === JSON.stringify(value) ? json : rest;
}

function without(value: unknown, key: string, user: string): unknown {
  if (typeof value === "string") return NAMES.has(key) ? nameWithout(value, user) : value;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const kept = LISTS.has(key) ? items.filter((item) => item !== user) : items;
    return kept.map((item) => without(item, "", user));
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, without(field, name, user)] as const);
  return { ...Object.fromEntries(fields), ...targetWithout(value, user) };
}

/** Of a minted token the rooms go too: they may be named after who may enter them. */
function targetWithout(value: object, user: string): object {
  if (!("action" in value) || !("target" in value) || value.target !== user) return {};
  const isAboutUsers = USER_ACTIONS.some((action) => action === value.action);
  return isAboutUsers ? { target: "", detail: {} } : {};
}

/** As actors are written, too. */
function nameWithout(name: string, user: string): string {
  if (name === user) return "";
  return name === `user:${user}` ? "user:" : name;
}
