/**
 * Env → typed, validated Config: the only place where a string becomes a number.
 * @module
 */
import { type Env, NUMBER_VARIABLES, type NumberVariable } from "./env.ts";
import { type Result, err, ok } from "./protocol/result.ts";

/** Outgoing frames one room sends a second; local measurement. A deployed object carries about 5,000 (DESIGN §3, §7). */
export const DEFAULT_FRAMES_PER_SECOND = 16_000;
/** From the last edit to its snapshot in R2. */
export const DEFAULT_SNAPSHOT_DELAY_MS = 10_000;
/** From the first edit that no snapshot holds to its snapshot, however long people keep typing. */
export const DEFAULT_SNAPSHOT_MAX_DELAY_MS = 60_000;
/** From one automatic version of a document to the next, while people edit. */
export const DEFAULT_VERSION_INTERVAL_MS = 600_000;
/** A tail of so many rows, or of so many bytes, is compacted. */
export const DEFAULT_COMPACT_ROWS = 500;
export const DEFAULT_COMPACT_BYTES = 256 * 1024;
/** How long a vanished peer is still shown, in case it comes back. */
export const DEFAULT_BLIP_HOLD_MS = 3_000;
/** First sweep for vanished sockets after the last activity; doubles up to the second. */
export const DEFAULT_SWEEP_FIRST_MS = 60_000;
export const DEFAULT_SWEEP_MAX_MS = 900_000;
/** Who pings is gone after so long without a sign: Roost clients do every 20 s, but a hidden tab's timers may run once a minute only. */
export const DEFAULT_HEARTBEAT_SILENCE_MS = 90_000;

/** How long a receiver of webhooks may take to answer. */
export const DEFAULT_WEBHOOK_TIMEOUT_MS = 10_000;

/** Keys carry the id, so that a secret can be replaced while keys of the one before still count. */
export type MasterSecret = { readonly id: string; readonly secret: string };

export type Config = {
  readonly framesPerSecond: number;
  readonly snapshotDelayMs: number;
  readonly snapshotMaxDelayMs: number;
  readonly versionIntervalMs: number;
  readonly compactRows: number;
  readonly compactBytes: number;
  readonly blipHoldMs: number;
  readonly sweepFirstMs: number;
  readonly sweepMaxMs: number;
  /** How much there is of each delay between attempts to deliver a webhook: 1,000 outside tests. */
  readonly webhookDelayPermille: number;
  readonly webhookTimeoutMs: number;
  /** Where webhooks may go (auth/webhook-address.ts). */
  readonly webhookReach: (typeof REACHES)[number];
  readonly heartbeatSilenceMs: number;
  /** Everybody may do everything: local development and tests. */
  readonly isOpen: boolean;
  /** Origins of other sites; `*` among them means any. */
  readonly allowedOrigins: readonly string[];
  /** Newest first; empty where no key counts. */
  readonly secrets: readonly MasterSecret[];
  /** Null where nobody is the operator. */
  readonly operatorSecret: string | null;
};

/** What is wrong and with which variable; never its value. */
export type BadConfig = { readonly tag: "bad-config"; readonly variable: string; readonly reason: string };

/** Thrown by {@link loadConfig}; the message may be shown to whoever runs the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Range = { readonly fallback: number; readonly min: number; readonly max: number };

const REACHES = ["public", "loopback", "any"] as const;

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_ALLOWED_ORIGINS = 1_000;
/** Each key and token is tried with the one it names; more than a few means that rotation was never finished. */
const MAX_SECRETS = 16;
const SECRET_ID = /^[a-z\d]{1,16}$/;
/** Printable ASCII, so that it fits into a header. 32 characters of base64 are 192 bits. */
const SECRET = /^[\x21-\x7e]{32,512}$/;
const SECRET_RULE = "32 to 512 printable ASCII characters without spaces";
/** The operator's secret comes where keys come, and must not look like one. */
const KEY_PREFIX = /^[sp]k_/;

const RANGES: Readonly<Record<NumberVariable, Range>> = {
  ROOST_FRAMES_PER_SECOND: { fallback: DEFAULT_FRAMES_PER_SECOND, min: 1, max: 1_000_000 },
  ROOST_SNAPSHOT_DELAY_MS: { fallback: DEFAULT_SNAPSHOT_DELAY_MS, min: 0, max: DAY_MS },
  ROOST_SNAPSHOT_MAX_DELAY_MS: { fallback: DEFAULT_SNAPSHOT_MAX_DELAY_MS, min: 0, max: DAY_MS },
  ROOST_VERSION_INTERVAL_MS: { fallback: DEFAULT_VERSION_INTERVAL_MS, min: 0, max: DAY_MS },
  ROOST_COMPACT_ROWS: { fallback: DEFAULT_COMPACT_ROWS, min: 1, max: 1_000_000 },
  ROOST_COMPACT_BYTES: { fallback: DEFAULT_COMPACT_BYTES, min: 1, max: 64 * 1024 * 1024 },
  ROOST_BLIP_MS: { fallback: DEFAULT_BLIP_HOLD_MS, min: 0, max: 60_000 },
  ROOST_SWEEP_FIRST_MS: { fallback: DEFAULT_SWEEP_FIRST_MS, min: 1, max: DAY_MS },
  ROOST_SWEEP_MAX_MS: { fallback: DEFAULT_SWEEP_MAX_MS, min: 1, max: DAY_MS },
  ROOST_WEBHOOK_DELAY_PERMILLE: { fallback: 1_000, min: 1, max: 10_000 },
  ROOST_WEBHOOK_TIMEOUT_MS: { fallback: DEFAULT_WEBHOOK_TIMEOUT_MS, min: 1, max: 30_000 },
  ROOST_HEARTBEAT_SILENCE_MS: { fallback: DEFAULT_HEARTBEAT_SILENCE_MS, min: 1_000, max: DAY_MS },
};

/** The variables of an environment, without its bindings: what tests can write down. */
export type Variables = Pick<
  Env,
  | NumberVariable
  | "ROOST_OPEN"
  | "ROOST_ALLOWED_ORIGINS"
  | "ROOST_SECRETS"
  | "ROOST_OPERATOR_SECRET"
  | "ROOST_WEBHOOK_REACH"
>;

/** Every variable checked; the first that is wrong is the error. */
export function parseConfig(variables: Variables): Result<Config, BadConfig> {
  const numbers = new Map<NumberVariable, number>();
  for (const variable of NUMBER_VARIABLES) {
    const parsed = parseNumber(variable, variables[variable]);
    if (!parsed.ok) return parsed;
    numbers.set(variable, parsed.value);
  }
  const number = (variable: NumberVariable) => numbers.get(variable) ?? RANGES[variable].fallback;
  const isOpen = parseFlag("ROOST_OPEN", variables.ROOST_OPEN);
  if (!isOpen.ok) return isOpen;
  const allowedOrigins = parseOrigins(variables.ROOST_ALLOWED_ORIGINS);
  if (!allowedOrigins.ok) return allowedOrigins;
  const secrets = parseSecrets(variables.ROOST_SECRETS);
  if (!secrets.ok) return secrets;
  const operatorSecret = parseOperatorSecret(variables.ROOST_OPERATOR_SECRET);
  if (!operatorSecret.ok) return operatorSecret;
  const webhookReach = parseReach(variables.ROOST_WEBHOOK_REACH, isOpen.value);
  if (!webhookReach.ok) return webhookReach;
  const config: Config = {
    framesPerSecond: number("ROOST_FRAMES_PER_SECOND"),
    snapshotDelayMs: number("ROOST_SNAPSHOT_DELAY_MS"),
    snapshotMaxDelayMs: number("ROOST_SNAPSHOT_MAX_DELAY_MS"),
    versionIntervalMs: number("ROOST_VERSION_INTERVAL_MS"),
    compactRows: number("ROOST_COMPACT_ROWS"),
    compactBytes: number("ROOST_COMPACT_BYTES"),
    blipHoldMs: number("ROOST_BLIP_MS"),
    sweepFirstMs: number("ROOST_SWEEP_FIRST_MS"),
    sweepMaxMs: number("ROOST_SWEEP_MAX_MS"),
    webhookDelayPermille: number("ROOST_WEBHOOK_DELAY_PERMILLE"),
    webhookTimeoutMs: number("ROOST_WEBHOOK_TIMEOUT_MS"),
    webhookReach: webhookReach.value,
    heartbeatSilenceMs: number("ROOST_HEARTBEAT_SILENCE_MS"),
    isOpen: isOpen.value,
    allowedOrigins: allowedOrigins.value,
    secrets: secrets.value,
    operatorSecret: operatorSecret.value,
  };
  if (config.snapshotMaxDelayMs < config.snapshotDelayMs) {
    return bad("ROOST_SNAPSHOT_MAX_DELAY_MS", "must not be below ROOST_SNAPSHOT_DELAY_MS");
  }
  if (config.sweepMaxMs < config.sweepFirstMs) {
    return bad("ROOST_SWEEP_MAX_MS", "must not be below ROOST_SWEEP_FIRST_MS");
  }
  return ok(config);
}

const loaded = new WeakMap<object, Config>();

/**
 * The configuration of an environment, read once per isolate.
 * @throws ConfigError naming the variable and the rule it breaks.
 */
export function loadConfig(variables: Variables): Config {
  const known = loaded.get(variables);
  if (known !== undefined) return known;
  const parsed = parseConfig(variables);
  if (!parsed.ok) throw new ConfigError(`${parsed.error.variable} ${parsed.error.reason}`);
  loaded.set(variables, parsed.value);
  return parsed.value;
}

function bad(variable: string, reason: string): Result<never, BadConfig> {
  return err({ tag: "bad-config", variable, reason });
}

function parseNumber(variable: NumberVariable, text: string | undefined): Result<number, BadConfig> {
  const { fallback, min, max } = RANGES[variable];
  if (text === undefined || text === "") return ok(fallback);
  const value = Number(text);
  const isInRange = /^\d+$/.test(text) && value >= min && value <= max;
  return isInRange ? ok(value) : bad(variable, `must be a whole number from ${min} to ${max}`);
}

/** Only "1" opens: a typo closes with an error instead of opening or closing in silence. */
function parseFlag(variable: string, text: string | undefined): Result<boolean, BadConfig> {
  if (text === undefined || text === "" || text === "0") return ok(false);
  return text === "1" ? ok(true) : bad(variable, 'must be "1", "0" or absent');
}

/** A developer's receiver is on the same machine. */
function parseReach(text: string | undefined, isOpen: boolean): Result<Config["webhookReach"], BadConfig> {
  if (text === undefined || text === "") return ok(isOpen ? "loopback" : "public");
  const reach = REACHES.find((one) => one === text);
  return reach === undefined ? bad("ROOST_WEBHOOK_REACH", `must be one of ${REACHES.join(", ")}`) : ok(reach);
}

function parseOrigins(text: string | undefined): Result<readonly string[], BadConfig> {
  const origins = (text ?? "")
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
  if (origins.length > MAX_ALLOWED_ORIGINS) {
    return bad("ROOST_ALLOWED_ORIGINS", `must name at most ${MAX_ALLOWED_ORIGINS} origins`);
  }
  const isEach = origins.every((origin) => origin === "*" || URL.parse(origin)?.origin === origin);
  return isEach ? ok(origins) : bad("ROOST_ALLOWED_ORIGINS", 'must be origins like "https://example.com", or "*"');
}

/** No reason names any part of the value: it ends up in a log, and in an answer. */
function parseSecrets(text: string | undefined): Result<readonly MasterSecret[], BadConfig> {
  const variable = "ROOST_SECRETS";
  const pairs = (text ?? "").split(",").flatMap((pair) => (pair.trim() === "" ? [] : [pair.trim()]));
  if (pairs.length > MAX_SECRETS) return bad(variable, `must hold at most ${MAX_SECRETS} secrets`);
  const secrets: MasterSecret[] = [];
  for (const pair of pairs) {
    const colon = pair.indexOf(":");
    const id = pair.slice(0, Math.max(0, colon));
    const secret = pair.slice(colon + 1);
    if (!SECRET_ID.test(id)) return bad(variable, "must be id:secret pairs; an id is 1 to 16 of a-z and 0-9");
    if (!SECRET.test(secret)) return bad(variable, `must hold secrets of ${SECRET_RULE}`);
    if (secrets.some((other) => other.id === id)) return bad(variable, "must not name an id twice");
    secrets.push({ id, secret });
  }
  return ok(secrets);
}

function parseOperatorSecret(text: string | undefined): Result<string | null, BadConfig> {
  const secret = (text ?? "").trim();
  if (secret === "") return ok(null);
  const isFit = SECRET.test(secret) && !KEY_PREFIX.test(secret);
  return isFit ? ok(secret) : bad("ROOST_OPERATOR_SECRET", `must be ${SECRET_RULE}, and not begin like a key`);
}
