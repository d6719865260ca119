/**
 * What Roost's own API tells about game rooms under load.
 * @module
 */

export type Ticks = { readonly ticked: number; readonly skipped: number; readonly droppedInputs: number };

/** The part of `GET /v1/games/rooms/<id>` that is of use here. */
type Description = {
  readonly health: {
    readonly ticks: number;
    readonly skippedTicks: number;
    readonly counts: { readonly droppedInputs: number };
  };
};

/** Of all these rooms together, since they woke; undefined for who may not ask. */
export async function ticksOf(
  url: string,
  token: string | undefined,
  rooms: readonly string[],
): Promise<Ticks | undefined> {
  let sum: Ticks = { ticked: 0, skipped: 0, droppedInputs: 0 };
  for (const room of rooms) {
    const address = new URL(url.replace(/^ws/, "http"));
    address.pathname = `/v1/games/rooms/${room}`;
    const response = await fetch(address, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) return undefined;
    // SAFETY: the documented answer of this route.
    const { health } = (await response.json()) as Description;
    sum = {
      ticked: sum.ticked + health.ticks,
      skipped: sum.skipped + health.skippedTicks,
      droppedInputs: sum.droppedInputs + health.counts.droppedInputs,
    };
  }
  return sum;
}

export function ticksBetween(before: Ticks | undefined, after: Ticks | undefined): Ticks | undefined {
  if (before === undefined || after === undefined) return undefined;
  return {
    ticked: after.ticked - before.ticked,
    skipped: after.skipped - before.skipped,
    droppedInputs: after.droppedInputs - before.droppedInputs,
  };
}
