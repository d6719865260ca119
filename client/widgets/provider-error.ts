/**
 * Stands in the widget for client/provider-error.ts (scripts/bundle-widget.ts): no page hears of its errors, so they have a kind and no words.
 * @module
 */
import type { ProviderErrorKind } from "../provider-error.ts";

export class ProviderError {
  readonly kind: ProviderErrorKind;

  constructor(kind: ProviderErrorKind) {
    this.kind = kind;
  }
}

/** The text of anything that was thrown. */
export const messageOf = String;
