/**
 * Every client that is asked, in the order of README's table.
 * @module
 */
import { families as hocuspocus } from "./families/hocuspocus.ts";
import { families as roost } from "./families/roost.ts";
import { families as yPartyserver } from "./families/y-partyserver.ts";
import { families as ySweet } from "./families/y-sweet.ts";
import { families as yWebsocket } from "./families/y-websocket.ts";
import type { StockFamily } from "./stock-client.ts";

export const FAMILIES: readonly StockFamily[] = [...yWebsocket, ...yPartyserver, ...hocuspocus, ...ySweet, ...roost];

/** Fit for a document id. */
export function slugOf({ label }: StockFamily): string {
  return label.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
}
