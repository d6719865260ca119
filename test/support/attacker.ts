/**
 * Starts attacks from outside, while a test looks at what they do to others.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { FromAttacker, ToAttacker } from "./attacker-process.ts";
import type { Attack, Outcome } from "./attack-sockets.ts";
import type { AttackName } from "./attacks.ts";

export type Running = {
  /** Its sockets are open. */
  readonly started: Promise<void>;
  /** It is over, and was answered like this. */
  readonly outcome: Promise<Outcome>;
};

export class Attacker {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(join(import.meta.dirname, "attacker-process.ts"), {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  /** One at a time. */
  run(name: AttackName, attack: Attack): Running {
    const { promise: started, resolve: onStarted } = Promise.withResolvers<void>();
    const outcome = new Promise<Outcome>((resolve, reject) => {
      const hear = (message: FromAttacker) => {
        if ("started" in message) return onStarted();
        this.#child.off("message", hear);
        if ("failed" in message) reject(new Error(message.failed));
        else resolve(message.outcome);
      };
      this.#child.on("message", hear);
    });
    this.#child.send({ name, attack } satisfies ToAttacker);
    return { started: Promise.race([started, outcome.then(() => {})]), outcome };
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
