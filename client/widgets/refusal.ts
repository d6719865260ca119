/**
 * Stands in the widget for client/refusal.ts, whose words nobody reads there (scripts/bundle-widget.ts): the same answers, without a reason each.
 * @module
 */
import { ProviderError } from "../provider-error.ts";
import type { askRefusal as askInWords } from "../refusal.ts";

/** As of client/refusal.ts. */
const FINAL: Readonly<Record<number, number>> = { 400: 4400, 401: 4401, 403: 4403, 410: 4404 };

export const askRefusal: typeof askInWords = async ({ httpUrl, readSummary }, { current }, signal) => {
  try {
    const answer = await fetch(httpUrl, { headers: current ? { authorization: `Bearer ${current}` } : {}, signal });
    const { status } = answer;
    const facts = await answer.json();
    const code = FINAL[status];
    if (code && facts.type) return { code, reason: facts.title };
    // Locked, full or busy: who is refused comes back later than after a blip.
    if (answer.ok) readSummary?.(facts);
    return new ProviderError("unavailable", "");
  } catch {
    return undefined;
  }
};
