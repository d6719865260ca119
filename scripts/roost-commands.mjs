/**
 * What `npx roost` can be told to do.
 * @module
 */
import { exportDocuments, importDocuments } from "./roost-bulk.mjs";
import { Misuse, parsePairs, parseRooms, parseSeconds, parseTimeMs } from "./roost-arguments.mjs";
import { accessLines, keyLines, limitLines, projectLines } from "./roost-lines.mjs";
import { Refused } from "./roost-request.mjs";

/** @typedef {import("./roost-request.mjs").Ask} Ask */
/** @typedef {{ readonly [name in "name" | "jwks-url" | "overlap" | "project" | "user" | "color" | "avatar" | "expires" | "issuer" | "for" | "until"
 *   | "key" | "prefix"]?: string }} Texts */
/** @typedef {{ readonly [name in "origin" | "room" | "limit"]?: readonly string[] }} Lists */
/** @typedef {{ readonly [name in "keys" | "force" | "clear" | "undo"]?: boolean }} Switches */
/** @typedef {Texts & Lists & Switches} Flags */
/** @typedef {(answer: any, lines: (answer: any) => readonly string[]) => void} Show */
/** @typedef {{ readonly flags: Flags, readonly words: readonly string[], readonly ask: Ask, readonly show: Show,
 *   readonly url: string }} Command */

/** @type {Readonly<Record<string, (command: Command) => Promise<void>>>} */
export const COMMANDS = {
  "project create": createProject,
  "project list": listProjects,
  "project show": showProject,
  "project rotate": rotateProject,
  "project limits": setLimits,
  "project origins": setOrigins,
  "project access": setAccess,
  "project jwks": setJwks,
  token: mintToken,
  revoke: revokeUser,
  export: async (command) => await moveDocuments(command, exportDocuments, "written"),
  import: async (command) => await moveDocuments(command, importDocuments, "seeded"),
};

/** @param {Command} command */
async function createProject({ words, flags, ask, show }) {
  const settings = { name: flags.name, origins: flags.origin, jwksUrl: flags["jwks-url"] };
  show(await ask("POST", "/v1/projects", { id: only(words, "the id of the project"), ...settings }), projectLines);
}

/** @param {Command} command */
async function listProjects({ words, ask, show }) {
  none(words);
  const projects = [];
  let query = "?limit=100";
  for (;;) {
    const page = await ask("GET", `/v1/projects${query}`);
    projects.push(...page.projects);
    if (page.cursor === null) break;
    query = `?limit=100&cursor=${encodeURIComponent(page.cursor)}`;
  }
  show(projects, (all) => all.map((/** @type {any} */ { id, name }) => `${id.padEnd(24)} ${name}`));
}

/** @param {Command} command */
async function showProject({ words, flags, ask, show }) {
  const path = pathOf(only(words, "the id of the project"));
  const project = await ask("GET", path);
  const keys = flags.keys === true ? await ask("GET", `${path}/keys`) : {};
  show({ ...project, ...keys }, projectLines);
}

/** @param {Command} command */
async function rotateProject({ words, flags, ask, show }) {
  const path = `${pathOf(only(words, "the id of the project"))}/rotate`;
  const overlapSeconds = flags.overlap === undefined ? undefined : parseSeconds("--overlap", flags.overlap);
  show(await ask("POST", path, { overlapSeconds, force: flags.force }), keyLines);
}

/** @param {Command} command */
async function setLimits({ words: [id, ...changes], ask, show }) {
  const path = pathOf(id);
  const { limits: before } = await ask("GET", path);
  /** @type {Record<string, number>} */
  const limits = { ...before };
  for (const [name, value] of parsePairs("a limit", changes)) {
    if (value === "default") delete limits[name];
    else limits[name] = parseNumber(name, value);
  }
  const after = changes.length === 0 ? before : (await ask("PATCH", path, { limits })).limits;
  show(after, limitLines);
}

/** @param {Command} command */
async function setOrigins({ words: [id, ...origins], flags, ask, show }) {
  const project = await change(ask, id, { origins: given(origins, flags) });
  show(project.origins, (all) => (all.length === 0 ? ["No web page may use its keys and tokens."] : all));
}

/** @param {Command} command */
async function setAccess({ words: [id, ...pairs], flags, ask, show }) {
  const access = given(pairs, flags);
  const project = await change(ask, id, { access: access === undefined ? undefined : parseRooms(access) });
  show(project.access, accessLines);
}

/** @param {Command} command */
async function setJwks({ words: [id, ...urls], flags, ask, show }) {
  const [url] = given(urls, flags) ?? [];
  const changes = flags.clear === true ? { jwksUrl: null, issuer: null } : { jwksUrl: url, issuer: flags.issuer };
  const { jwksUrl, issuer } = await change(ask, id, changes);
  show({ jwksUrl, issuer }, (set) => [
    set.jwksUrl ?? "It has no identity provider of its own.",
    ...(set.issuer === null ? [] : [`issuer ${set.issuer}`]),
  ]);
}

/** @param {Command} command */
async function mintToken({ words, flags, ask, show }) {
  none(words);
  const { user, name, color, avatar } = flags;
  if (user === undefined) throw new Misuse("--user says for whom");
  if (flags.room === undefined) throw new Misuse('--room says what it opens, such as "document:team/*=read,write"');
  const rooms = parseRooms(flags.room);
  const limits = parsePairs("a limit", flags.limit ?? []).map(([limit, value]) => [limit, parseNumber(limit, value)]);
  const expiresInSeconds = flags.expires === undefined ? undefined : parseSeconds("--expires", flags.expires);
  const claims = { user, name, color, avatar, rooms, limits: Object.fromEntries(limits), expiresInSeconds };
  show(await ask("POST", "/v1/tokens", claims, await secretKey(flags, ask)), ({ token }) => [token]);
}

/** @param {Command} command */
async function revokeUser({ words, flags, ask, show }) {
  const user = only(words, "the id of the user");
  if ([flags.for, flags.until, flags.undo].filter((choice) => choice !== undefined).length !== 1) {
    throw new Misuse("say one of --for, --until and --undo");
  }
  const until = flags.until === undefined ? 0 : parseTimeMs("--until", flags.until);
  const body = flags.for === undefined ? { untilMs: until } : { forSeconds: parseSeconds("--for", flags.for) };
  const path = `/v1/users/${encodeURIComponent(user)}/revoke`;
  const key = await secretKey(flags, ask);
  const done = await ask("POST", path, body, key);
  // The first call refuses the user; each one closes what a single request can.
  for (let left = done.roomsLeft; left > 0;) {
    const more = await ask("POST", path, { untilMs: done.untilMs }, key);
    done.closedSockets += more.closedSockets;
    if (more.roomsLeft >= left) throw new Refused(`${user} is refused, but ${left} rooms could not be told: try again`);
    left = more.roomsLeft;
    done.roomsLeft = left;
  }
  show(done, ({ untilMs, closedSockets }) => [
    untilMs === null
      ? `${user} is let in again.`
      : `${user} is refused until ${new Date(untilMs).toISOString()}; ${closedSockets} sockets closed.`,
  ]);
}

/**
 * @param {Command} command
 * @param {typeof exportDocuments} move
 * @param {string} done
 */
async function moveDocuments({ words, flags, ask, show, url }, move, done) {
  const dir = only(words, "the folder");
  // Open mode has no keys.
  const isAsked = flags.project !== undefined || flags.key !== undefined || (process.env["ROOST_KEY"] ?? "") !== "";
  const key = isAsked ? await secretKey(flags, ask) : "";
  const moved = await move({ url, key, prefix: flags.prefix ?? "", dir });
  show(moved, ({ documents, written, skipped, refused }) => [
    `${documents} documents: ${written} ${done}, ${skipped} left as they are, ${refused.length} refused.`,
  ]);
  if (moved.refused.length > 0) process.exitCode = 1;
}

/**
 * The project's secret key: as given, or as the server derives it for its operator.
 * @param {Flags} flags
 * @param {Ask} ask
 */
async function secretKey(flags, ask) {
  const key = flags.key ?? process.env["ROOST_KEY"] ?? "";
  if (key !== "") return key;
  if (flags.project === undefined) throw new Misuse("--project says of which project");
  return /** @type {string} */ ((await ask("GET", `${pathOf(flags.project)}/keys`)).secretKey);
}

/** The project, changed unless nothing was said. */
async function change(ask, id, changes) {
  const isChange = Object.values(changes).some((value) => value !== undefined);
  return isChange ? await ask("PATCH", pathOf(id), changes) : await ask("GET", pathOf(id));
}

/**
 * @param {readonly string[]} words
 * @param {Flags} flags
 */
function given(words, { clear }) {
  if (clear === true && words.length > 0) throw new Misuse("--clear takes nothing beside it");
  return words.length === 0 && clear !== true ? undefined : words;
}

function parseNumber(name, value) {
  return /^\d+$/.test(value) ? Number(value) : misuse(`${name} has to be a whole number, or "default"`);
}

function pathOf(id) {
  return `/v1/projects/${encodeURIComponent(id ?? misuse("the id of the project is missing"))}`;
}

function only(words, what) {
  if (words.length > 1) throw new Misuse(`${words[1]} is one word too many`);
  return words[0] ?? misuse(`${what} is missing`);
}

function none(words) {
  if (words.length > 0) throw new Misuse(`${words[0]} is one word too many`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function misuse(message) {
  throw new Misuse(message);
}
