/**
 * Erasures worked off as the queue does it, without its waiting.
 * @module
 */
import { env } from "cloudflare:workers";
import { SETTLE_MS } from "../../src/queue/erase-step.ts";
import { deliver } from "./queue-messages.ts";

export type Receipt = {
  readonly id: string;
  readonly phase: string;
  readonly isDone: boolean;
  readonly counts: Readonly<Record<string, number>>;
};

const MAX_STEPS = 100;

export async function stepOf({ id }: Pick<Receipt, "id">, project = "default"): Promise<string> {
  await deliver([{ v: 1, kind: "erase", id, project }]);
  return (await env.DB.prepare("SELECT phase FROM erasures WHERE id = ?").bind(id).first<string>("phase")) ?? "none";
}

/** As if it had waited long enough for what was on its way. */
export async function letSettle({ id }: Pick<Receipt, "id">): Promise<void> {
  await env.DB.prepare("UPDATE erasures SET worked_ms = worked_ms - ?2 WHERE id = ?1").bind(id, SETTLE_MS).run();
}

/** A step after the other until it is in this phase, or done. */
export async function workOff(receipt: Pick<Receipt, "id">, project = "default", until = "done"): Promise<void> {
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const phase = await stepOf(receipt, project);
    if (phase === until || phase === "done") return;
    if (phase === "settle") await letSettle(receipt);
  }
  throw new Error("the erasure did not end");
}
