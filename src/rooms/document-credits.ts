/**
 * Who wrote what of a document, as far as its room knows: stamps, then rows that nobody has compacted yet, then first senders.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";
import { Attribution, stampsOf } from "../core/versions/attribution.ts";
import type { Credits } from "../core/versions/shapes.ts";

/** Of this moment. In a document from before stamps were kept what is older has first senders alone. */
export function readCredits({ attribution, log, parts, authors }: DocumentStorage): Credits {
  const rows = log.readSince(parts.info()?.seq ?? 0);
  return new Attribution(chain(attribution.read(), stampsOf(rows)), authors.read());
}

function* chain<T>(...all: readonly Iterable<T>[]): Generator<T> {
  for (const some of all) yield* some;
}
