/**
 * Long work of the core inside a room that goes on serving its sockets.
 * @module
 */
import type { Steps } from "../core/steps.ts";

/** Runs the steps one by one; frames that arrived are served in between, so what is read must be checked before it is written. */
export async function inSteps<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await othersServed();
  }
}

/** A microtask would not do: events of the runtime come between two turns of its loop. The alarm's run keeps the object awake anyway. */
async function othersServed(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 0);
  });
}
