/**
 * Sockets that never say hello, and requests that never end: what they cost while they are there, and how they end.
 * @module
 */
import { Attacker } from "./attacker.ts";
import type { Attack, Outcome } from "./attack-sockets.ts";
import type { Latency, Neighbour } from "./neighbour.ts";
import { residentBytes } from "./resident-bytes.ts";
import { WINDOW_MS } from "./siege.ts";

export type Idlers = {
  readonly quiet: Latency;
  readonly storm: Latency;
  readonly grownBytes: number;
  readonly slow: Promise<Outcome>;
  readonly half: Promise<Outcome>;
  readonly end: () => void;
};

/** Resolves when they sit; they wait beside whatever else is done, as that is next to no work. */
export async function seatIdlers(
  { pid, neighbour }: { readonly pid: number; readonly neighbour: Neighbour },
  attackOn: (id: string, forMs: number) => Attack,
  maxHalfOpenMs: number,
): Promise<Idlers> {
  const before = await residentBytes(pid);
  const quiet = await neighbour.type(WINDOW_MS);
  const [one, other] = [new Attacker(), new Attacker()];
  const half = one.run("half-open", attackOn("half", 2 * maxHalfOpenMs));
  const slow = other.run("slow hello", attackOn("slow", 60_000));
  await Promise.all([slow.started, half.started]);
  const storm = await neighbour.type(WINDOW_MS);
  const grownBytes = (await residentBytes(pid)) - before;
  const end = () => {
    one.end();
    other.end();
  };
  return { quiet, storm, grownBytes, slow: slow.outcome, half: half.outcome, end };
}
