/**
 * Answers of a server as lines for people.
 * @module
 */
import { DEFAULT_LIMITS } from "./roost-known.mjs";

/** One for each fact of a project; keys where they were asked for. */
export function projectLines(project) {
  const { id, name, origins, jwksUrl, limits, access, secretKey: isShown } = project;
  const set = Object.entries(limits).map(([limit, value]) => `${limit}=${value}`);
  return [
    `project          ${id} (${name})`,
    `origins          ${origins.join(" ") || "none: no web page may use its keys and tokens"}`,
    ...(jwksUrl === null ? [] : [`JWKS             ${jwksUrl}`]),
    `limits           ${set.join(" ") || "defaults"}`,
    `access           ${pairsOf(access).join(" ") || "none: a publishable key alone allows nothing"}`,
    ...(isShown === undefined ? [`key version      ${project.keyVersion}`] : keyLines(project)),
  ];
}

export function keyLines({ keyVersion, previousUntilMs, secretKey: secret, publishableKey }) {
  const until =
    previousUntilMs === null ? "" : `, the one before counts until ${new Date(previousUntilMs).toISOString()}`;
  return [`key version      ${keyVersion}${until}`, `secret key       ${secret}`, `publishable key  ${publishableKey}`];
}

/** Every limit: those that the project sets, and what holds for the others. */
export function limitLines(set) {
  return Object.entries({ ...DEFAULT_LIMITS, ...set }).map(
    ([name, value]) => `${name}=${value}${name in set ? "" : " (default)"}`,
  );
}

export function accessLines(access) {
  const pairs = pairsOf(access);
  return pairs.length === 0 ? ["A publishable key alone allows nothing."] : pairs;
}

function pairsOf(access) {
  return Object.entries(access).map(([pattern, scopes]) => `${pattern}=${scopes}`);
}
