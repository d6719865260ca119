/**
 * The twin in memory keeps the contract of game stores.
 * @module
 */
import { MemoryGameStore } from "../support/memory-game-store.ts";
import { describeGameStore } from "./game-store.ts";

const RUNS = 300;

describeGameStore(
  "memory",
  async (body) => {
    const store = new MemoryGameStore();
    body({ store, restart: () => store });
  },
  RUNS,
);
