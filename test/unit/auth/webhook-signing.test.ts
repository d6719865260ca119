/**
 * Signatures as receivers verify them, by the public library.
 */
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { signWebhook, webhookSecret } from "../../../src/auth/webhook-signing.ts";

const SECRETS = [
  { id: "two", secret: "2".repeat(40) },
  { id: "one", secret: "1".repeat(40) },
];

const secretOf = async (version: number, master = "two", endpoint = "ep_a") =>
  (await webhookSecret(SECRETS, { endpoint, version, master })) ?? "";

async function headersOf(secrets: readonly string[], body: string, seconds = Math.floor(Date.now() / 1_000)) {
  const id = "msg_1";
  const signature = await signWebhook(secrets, { id, seconds, body });
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": signature };
}

test("[WH15] the public library verifies whatever is sent, and nothing that was changed", async () => {
  const secret = await secretOf(1);
  await fc.assert(
    fc.asyncProperty(fc.object(), async (data) => {
      const body = JSON.stringify({ type: "document.saved", data });
      const headers = await headersOf([secret], body);
      new Webhook(secret).verify(body, headers);
      expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow("No matching signature found");
      expect(() => new Webhook(secret).verify(body, { ...headers, "webhook-id": "msg_2" })).toThrow(
        "No matching signature found",
      );
    }),
    { numRuns: 50 },
  );
});

test("[WH15] of two secrets either verifies, and a third does not", async () => {
  const [newer, older, third] = [await secretOf(2), await secretOf(1), await secretOf(3)];
  const headers = await headersOf([newer, older], "{}");
  for (const secret of [newer, older]) new Webhook(secret).verify("{}", headers);
  expect(() => new Webhook(third).verify("{}", headers)).toThrow("No matching signature found");
});

test("[WH15] a secret is another one for each endpoint, version and master secret, and the same each time", async () => {
  const secrets = await Promise.all([
    ...[secretOf(1), secretOf(2), secretOf(1, "one"), secretOf(1, "two", "ep_b"), secretOf(1)],
  ]);
  expect(new Set(secrets).size).toBe(4);
  expect(secrets[4]).toBe(secrets[0]);
  expect(secrets[0]).toMatch(/^whsec_[A-Za-z\d+/]{43}=$/);
  expect(await webhookSecret(SECRETS, { endpoint: "ep_a", version: 1, master: "gone" })).toBeNull();
});
