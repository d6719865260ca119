/**
 * Strangers in a process of their own, driven over IPC by attacker.ts.
 * @module
 */
import type { Attack, Outcome } from "./attack-sockets.ts";
import { type AttackName, runAttack } from "./attacks.ts";

export type ToAttacker = { readonly name: AttackName; readonly attack: Attack };
export type FromAttacker = { readonly started: true } | { readonly outcome: Outcome } | { readonly failed: string };

process.on("message", ({ name, attack }: ToAttacker) => {
  runAttack(name, attack, () => send({ started: true })).then(
    (outcome) => send({ outcome }),
    (error: unknown) => send({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));

function send(message: FromAttacker): void {
  if (process.connected) process.send?.(message);
}
