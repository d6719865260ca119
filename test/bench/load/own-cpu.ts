/**
 * How busy the load generator is: near 1 the figures are its own limit, not the server's.
 * @module
 */

const US_PER_MS = 1_000;

/** Starts counting; the answer tells which share of one core this process has used since. */
export function countOwnCpu(): () => number {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / US_PER_MS / (performance.now() - startedMs);
  };
}
