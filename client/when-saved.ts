/**
 * Waiting for the server to have everything.
 * @module
 */
import { ProviderError } from "./provider-error.ts";
import type { SaveStateName } from "./save-state.ts";

type Saving = { readonly saveState: SaveStateName; on(name: "save-state", listener: () => void): () => void };

/** Resolves at `saved`; rejects at `refused`, or when `signal` says that the provider is destroyed. */
export function whenSaved(provider: Saving, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      const { saveState } = provider;
      if (saveState === "saved") resolve();
      else if (saveState === "refused") reject(new ProviderError("refused", "the server refused what was made here"));
      else if (signal.aborted) reject(destroyed());
      else return;
      stop();
      signal.removeEventListener("abort", settle);
    };
    const stop = provider.on("save-state", settle);
    signal.addEventListener("abort", settle);
    settle();
  });
}

/** What waits for a provider that is gone rejects with this. */
export function destroyed(): ProviderError {
  return new ProviderError("destroyed", "the provider is destroyed");
}
