/**
 * How a runner of the arena moves in one step. The server and the page that predicts run this same code over the same inputs, so places
 * are whole numbers, as the wire carries them, and nothing is used that two engines could do differently.
 * @module
 */

/** Of the floor; a unit is a sixteenth of a pixel at scale 1. */
export const ARENA = { width: 19_200, height: 12_800 } as const;
export const RADIUS = 256;
/** Steps a second, on both sides. */
export const STEP_HZ = 20;
/** Units a step that nobody exceeds but in a dash. */
export const SPEED = 208;
/** Who is it runs a little faster, or would never catch anybody. */
export const CHASER_SPEED = 233;
export const DASH_SPEED = 520;
/** Of {@link Body.dash} when a dash begins; it may begin at 0. */
export const DASH_STEPS = 40;
/** So long the dash itself lasts; the rest is the pause to the next. */
export const DASHING_STEPS = 5;
/** A stick's full deflection, in any direction. */
export const FULL = 127;

/** Pillars that nobody runs through. */
export const PILLARS = [
  { x: 4_800, y: 3_840, radius: 900 },
  { x: 14_400, y: 3_840, radius: 900 },
  { x: 9_600, y: 6_400, radius: 1_350 },
  { x: 4_800, y: 8_960, radius: 900 },
  { x: 14_400, y: 8_960, radius: 900 },
] as const;

export type Place = { readonly x: number; readonly y: number };

/** The fields of a runner that a step reads and writes. */
export type Body = {
  x: number;
  y: number;
  /** Counts down from {@link DASH_STEPS}. */
  dash: number;
  /** Steps that it stands still. */
  frozen: number;
  readonly isIt: boolean;
};

/** `x` and `y` from -{@link FULL} to {@link FULL}; what lies outside counts as that. */
export type Push = { readonly x: number; readonly y: number; readonly dash: boolean };

/** Moves `body` by one step. */
export function step(body: Body, push: Push): void {
  if (body.frozen > 0) {
    body.frozen -= 1;
    return;
  }
  if (body.dash > 0) body.dash -= 1;
  else if (push.dash) body.dash = DASH_STEPS;
  const speed = isDashing(body) ? DASH_SPEED : body.isIt ? CHASER_SPEED : SPEED;
  const towards = directionOf(push);
  const place = clear({ x: body.x + towards.x * speed, y: body.y + towards.y * speed });
  body.x = place.x;
  body.y = place.y;
}

export function isDashing({ dash }: { readonly dash: number }): boolean {
  return dash > DASH_STEPS - DASHING_STEPS;
}

/** True for two that are close enough for a tag. */
export function touch(one: Place, other: Place): boolean {
  const [dx, dy] = [one.x - other.x, one.y - other.y];
  return dx * dx + dy * dy <= 4 * RADIUS * RADIUS;
}

/** Places to start, spread over the floor and clear of pillars: neighbours in the sequence lie far apart. */
export function startPlace(index: number): Place {
  // Irrational steps, of the plastic number: they never cluster.
  return clear({
    x: RADIUS + ((0.5 + index * 0.7548776662466927) % 1) * (ARENA.width - 2 * RADIUS),
    y: RADIUS + ((0.5 + index * 0.5698402909980532) % 1) * (ARENA.height - 2 * RADIUS),
  });
}

/** At most 1 long: the stick's reach is a circle. */
function directionOf({ x, y }: Push): Place {
  const [right, down] = [clamp(x, -FULL, FULL) / FULL, clamp(y, -FULL, FULL) / FULL];
  const length = Math.sqrt(right * right + down * down);
  return length > 1 ? { x: right / length, y: down / length } : { x: right, y: down };
}

/** The nearest place where a runner may be, roughly. */
function clear(wanted: Place): Place {
  let { x, y } = wanted;
  for (const pillar of PILLARS) {
    const [dx, dy] = [x - pillar.x, y - pillar.y];
    const reach = pillar.radius + RADIUS;
    const distance = Math.sqrt(dx * dx + dy * dy);
    if (distance >= reach) continue;
    // From its very middle any way out is as good.
    x = distance === 0 ? pillar.x + reach : pillar.x + (dx / distance) * reach;
    y = distance === 0 ? pillar.y : pillar.y + (dy / distance) * reach;
  }
  return {
    x: Math.round(clamp(x, RADIUS, ARENA.width - RADIUS)),
    y: Math.round(clamp(y, RADIUS, ARENA.height - RADIUS)),
  };
}

/** What is no number counts as 0. */
function clamp(value: number, least: number, most: number): number {
  return Number.isNaN(value) ? 0 : Math.min(most, Math.max(least, value));
}
