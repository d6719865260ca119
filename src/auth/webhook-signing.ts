/**
 * Secrets and signatures of webhooks by the Standard Webhooks scheme (standardwebhooks.com, symmetric `v1`). Secrets are derived from a
 * master secret, as keys are, and stored nowhere.
 * @module
 */
import { hmac } from "./hmac.ts";
import type { MasterSecret } from "./keys.ts";

export type WebhookSecretFacts = {
  readonly endpoint: string;
  /** From 1. */
  readonly version: number;
  /** Id of the master secret that it is made with. */
  readonly master: string;
};

export type SignedMessage = {
  /** The same in every attempt; without a dot, as it is a part of what is signed. */
  readonly id: string;
  /** Of this attempt: receivers refuse what is minutes old. */
  readonly seconds: number;
  readonly body: string;
};

const HMAC_SHA_256 = { name: "HMAC", hash: "SHA-256" };
const PREFIX = "whsec_";

/** `whsec_<base64 of 32 bytes>`; null where its master secret is listed no more, and the endpoint has to be rotated. */
export async function webhookSecret(
  secrets: readonly MasterSecret[],
  { endpoint, version, master }: WebhookSecretFacts,
): Promise<string | null> {
  const found = secrets.find(({ id }) => id === master);
  if (found === undefined) return null;
  return PREFIX + toBase64(await hmac(found.secret, `roost webhook v1\n${endpoint}\n${version}`));
}

/** The header `webhook-signature`: one `v1,<base64>` for each secret, as a receiver may know the new one or the old one. */
export async function signWebhook(secrets: readonly string[], { id, seconds, body }: SignedMessage): Promise<string> {
  const signed = new TextEncoder().encode(`${id}.${seconds}.${body}`);
  const signatures = secrets.map(async (secret) => {
    const bytes = fromBase64(secret.slice(PREFIX.length));
    const key = await crypto.subtle.importKey("raw", bytes, HMAC_SHA_256, false, ["sign"]);
    return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`;
  });
  return (await Promise.all(signatures)).join(" ");
}

/** With padding, as the scheme has it. */
function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
