/**
 * One request to a receiver.
 * @module
 */
import { type WebhookReach, checkWebhookUrl } from "../auth/webhook-address.ts";

export type WebhookRequest = {
  readonly url: string;
  readonly id: string;
  readonly seconds: number;
  readonly signature: string;
  readonly body: string;
};

export type RequestRules = { readonly reach: WebhookReach; readonly timeoutMs: number };

export type WebhookAnswer = {
  /** Null where there was none. */
  readonly status: number | null;
  readonly ms: number;
  /** Null for 2xx. */
  readonly error: string | null;
  /** At most 1,024 characters of what was answered. */
  readonly body: string;
};

/** Of an answer that is kept for the log. */
const MAX_ANSWER_BYTES = 1_024;

/** Never throws. A redirect is an answer like any other that is not 2xx: where it leads nobody has checked. */
export async function postWebhook(request: WebhookRequest, { reach, timeoutMs }: RequestRules): Promise<WebhookAnswer> {
  const startMs = Date.now();
  const answered = (status: number | null, error: string | null, body = ""): WebhookAnswer => ({
    ...{ status, ms: Date.now() - startMs, error, body },
  });
  // Stored under other settings, or by a Roost that knew less.
  const url = checkWebhookUrl(request.url, reach);
  if (!url.ok) return answered(null, `The address is refused: ${url.error.reason}`);
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url.value, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        "user-agent": "Roost-Webhooks/1",
        "webhook-id": request.id,
        "webhook-timestamp": String(request.seconds),
        "webhook-signature": request.signature,
      },
      body: request.body,
      signal,
    });
    const body = await readSome(response);
    return answered(response.status, response.ok ? null : `It answered ${response.status}.`, body);
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return answered(null, isLate ? `No answer within ${timeoutMs} ms.` : `No connection: ${textOf(error)}`);
  }
}

/** What came by then; the status has been heard, so a body that breaks off changes nothing. The timeout counts here too. */
async function readSome(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    while (bytes < MAX_ANSWER_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, MAX_ANSWER_BYTES - bytes), { stream: true });
      bytes += value.length;
    }
    await reader.cancel();
  } catch {
    // Aborted or broken off.
  }
  return text.toWellFormed();
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
