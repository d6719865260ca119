/**
 * One of several processes that type a trace in turns: `node paper-typist.ts <url> <id> <index> <processes>`. Each turn is a chunk
 * of transactions; the `turn` key says whose it is, so that every patch meets the text it was made for.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import * as Y from "yjs";
import { DocumentProvider } from "../../client/index.ts";
import { applyTransaction, readTrace } from "./trace.ts";

/** Transactions of one turn. */
const CHUNK = 2_000;
/** Transactions typed together, as a fast client's event loop would; then the pace decides when the next ones come. */
const BURST = 20;
/** A hundred people typing without a pause. */
const TRANSACTIONS_PER_SECOND = 5_000;

export type TypistReport = { readonly transactions: number; readonly frames: number };

async function main(): Promise<void> {
  const [url = "", id = "", indexText = "0", processesText = "1"] = process.argv.slice(2);
  const index = Number(indexText);
  const processes = Number(processesText);
  const { txns } = readTrace("automerge-paper");
  const doc = new Y.Doc();
  let frames = 0;
  class CountingSocket extends WebSocket {
    override send(data: Parameters<WebSocket["send"]>[0]): void {
      if (typeof data !== "string") frames += 1;
      super.send(data);
    }
  }
  const provider = new DocumentProvider({ url, id, doc, WebSocket: CountingSocket, user: `typist-${index}` });
  await provider.whenSynced;
  const text = doc.getText("paper");
  const turns = doc.getMap<number>("turn");
  let transactions = 0;
  const chunks = Math.ceil(txns.length / CHUNK);
  for (let chunk = index; chunk < chunks; chunk += processes) {
    await whenTurn(turns, chunk);
    const end = Math.min(txns.length, (chunk + 1) * CHUNK);
    const startedMs = performance.now();
    for (let at = chunk * CHUNK; at < end; at++) {
      doc.transact(() => applyTransaction(text, txns[at]?.patches ?? []));
      transactions += 1;
      const typed = at + 1 - chunk * CHUNK;
      const aheadMs = (typed / TRANSACTIONS_PER_SECOND) * 1_000 - (performance.now() - startedMs);
      if (typed % BURST === 0 && aheadMs > 0) await delay(aheadMs);
    }
    turns.set("next", chunk + 1);
  }
  await provider.whenSaved();
  const report: TypistReport = { transactions, frames };
  process.send?.(report);
  provider.destroy();
  process.disconnect?.();
}

async function whenTurn(turns: Y.Map<number>, chunk: number): Promise<void> {
  if ((turns.get("next") ?? 0) >= chunk) return;
  await new Promise<void>((resolve) => {
    turns.observe(function look() {
      if ((turns.get("next") ?? 0) < chunk) return;
      turns.unobserve(look);
      resolve();
    });
  });
}

await main();
