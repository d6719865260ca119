/**
 * A token taken apart, before anything in it is believed.
 * @module
 */
import { fromBase64Url } from "./hmac.ts";

/** 8 KB: what proxies let pass in one header. Characters are ASCII. */
export const MAX_TOKEN_CHARS = 8_192;

const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Headers that bring a key along, change what is signed, or must be understood. None of them is ever heeded, so none is let in. */
const REFUSED_HEADERS = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip"];

type JsonObject = Readonly<Record<string, unknown>>;

/** Nothing in it is proven. */
export type TokenText = {
  readonly alg: string;
  readonly kid: unknown;
  readonly payload: JsonObject;
};

/** Null where the text is no JWT that could be verified, whatever its signature. Of a name that stands twice the last one counts. */
export function readTokenText(token: string): TokenText | null {
  if (token.length > MAX_TOKEN_CHARS || !FORM.test(token)) return null;
  const [headerText = "", payloadText = "", signature = ""] = token.split(".");
  if (fromBase64Url(signature) === null) return null;
  const header = readJson(headerText);
  const payload = readJson(payloadText);
  if (header === null || payload === null) return null;
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || (typ !== undefined && typ !== "JWT")) return null;
  return REFUSED_HEADERS.some((name) => Object.hasOwn(header, name)) ? null : { alg, kid, payload };
}

function readJson(part: string): JsonObject | null {
  const bytes = fromBase64Url(part);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** An object of JSON: no array, not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
