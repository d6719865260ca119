/**
 * Keys of a project: `<sk|pk>_<project>.<master id>.<version>.<mac>`. They are derived from a master secret, never stored, and
 * hold nothing but `[\w.-]`, so that one fits into a sub-protocol, a header and a URL.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type ProjectId, parseProjectId } from "../protocol/room-id.ts";
import { fromBase64Url, hmac, isHmac, toBase64Url } from "./hmac.ts";
import type { TokenTrust } from "./project.ts";

/** One of the deployment's secrets; what was made with it names its id. */
export type MasterSecret = { readonly id: string; readonly secret: string };

/** `sk`: for back ends, may do everything in its project. `pk`: for web pages, as much as the project allows. */
export type KeyKind = "sk" | "pk";

export type KeyFacts = {
  readonly kind: KeyKind;
  readonly project: ProjectId;
  /** From 1. */
  readonly version: number;
  /** Id of the master secret. */
  readonly master: string;
};

/** `reason` holds no part of what was offered as a key. */
export type BadKey = { readonly tag: "bad-key"; readonly reason: string };

const KEY = /^(sk|pk)_([\w-]+)\.([a-z\d]{1,16})\.([1-9]\d{0,8})\.([\w-]{43})$/;
const KID = /^([\w-]+)\.([a-z\d]{1,16})\.([1-9]\d{0,8})$/;
/** Longer than any key. */
export const MAX_KEY_CHARS = 160;

/** True for what is meant as a key, whether it is one or not. A token never begins so. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith("sk_") || text.startsWith("pk_");
}

/**
 * The key's text, made with the newest master secret, or the one that is named.
 * @throws TypeError when there is no such secret, or the version is out of range: the caller's mistake.
 */
export async function formatKey(
  secrets: readonly MasterSecret[],
  { kind, project, version, master }: Omit<KeyFacts, "master"> & Partial<Pick<KeyFacts, "master">>,
): Promise<string> {
  const chosen = master === undefined ? secrets[0] : secrets.find(({ id }) => id === master);
  if (chosen === undefined) throw new TypeError("There is no master secret to make a key with.");
  if (!Number.isInteger(version) || version < 1 || version > 999_999_999) throw new TypeError("No version of a key.");
  return await writeKey({ kind, project, version, master: chosen.id }, chosen.secret);
}

/** What the key says, once its MAC is right. Whether its version still counts is for {@link isVersionGood}. */
export async function verifyKey(secrets: readonly MasterSecret[], text: string): Promise<Result<KeyFacts, BadKey>> {
  const parsed = parseKey(text);
  if (parsed === null) return badKey("It does not have the form of a key.");
  const { facts, mac } = parsed;
  const master = secrets.find(({ id }) => id === facts.master);
  if (master === undefined) return badKey("It was made with a master secret that is not listed.");
  return (await isHmac(mac, master.secret, macText(facts))) ? ok(facts) : badKey("It was not made here.");
}

/** The `kid` of tokens that are signed with this key; null where the text is no `sk_` key. Its MAC is not checked. */
export function keyIdOf(secretKey: string): string | null {
  const parsed = parseKey(secretKey);
  if (parsed === null || parsed.facts.kind !== "sk") return null;
  const { project, master, version } = parsed.facts;
  return `${project}.${master}.${version}`;
}

/** With what tokens of this `sk_` key are signed (HS256): whoever has the key can mint, without asking the server. */
export function signingKey(secretKey: string): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(secretKey, "roost token v1");
}

/** The `sk_` key that a `kid` names; null where there is none. */
export async function secretKeyOf(
  secrets: readonly MasterSecret[],
  kid: unknown,
): Promise<{ readonly facts: KeyFacts; readonly text: string } | null> {
  if (typeof kid !== "string" || kid.length > MAX_KEY_CHARS) return null;
  const [, project = "", id = "", version = ""] = KID.exec(kid) ?? [];
  const parsed = parseProjectId(project);
  const master = secrets.find((one) => one.id === id);
  if (!parsed.ok || master === undefined) return null;
  const facts: KeyFacts = { kind: "sk", project: parsed.value, version: Number(version), master: id };
  return { facts, text: await writeKey(facts, master.secret) };
}

/**
 * True for the newest version, and for the one before it until its overlap ends. A version above the newest is one that `trust` has not
 * heard of yet, in a cache or in a socket that is older than the rotation: only the server can have made its keys.
 */
export function isVersionGood(trust: TokenTrust, version: number, nowMs: number): boolean {
  if (version >= trust.keyVersion) return true;
  return version === trust.keyVersion - 1 && trust.previousUntilMs !== null && nowMs < trust.previousUntilMs;
}

/** Until when a version counts (Unix ms); undefined for the newest one, which has no end yet. */
export function keyEndMs({ keyVersion, previousUntilMs }: TokenTrust, version: number): number | undefined {
  return version >= keyVersion ? undefined : (previousUntilMs ?? 0);
}

function parseKey(text: string): { readonly facts: KeyFacts; readonly mac: Uint8Array<ArrayBuffer> } | null {
  if (text.length > MAX_KEY_CHARS) return null;
  const [, prefix, project = "", master = "", version = "", macBase64 = ""] = KEY.exec(text) ?? [];
  const parsed = parseProjectId(project);
  const mac = fromBase64Url(macBase64);
  if (!parsed.ok || mac === null) return null;
  const kind = prefix === "sk" ? "sk" : "pk";
  return { facts: { kind, project: parsed.value, master, version: Number(version) }, mac };
}

async function writeKey(facts: KeyFacts, secret: string): Promise<string> {
  const mac = toBase64Url(await hmac(secret, macText(facts)));
  return `${facts.kind}_${facts.project}.${facts.master}.${facts.version}.${mac}`;
}

function macText({ kind, project, version }: KeyFacts): string {
  return `roost key v1\n${kind}\n${project}\n${version}`;
}

function badKey(reason: string): Result<never, BadKey> {
  return err({ tag: "bad-key", reason });
}
