/**
 * The arena on a canvas: as much of it around the own runner as fits, and a small map where that is not all.
 * @module
 */
import { ARENA, PILLARS, RADIUS } from "../../../src/games/arena-step.ts";
import { inkOn, safeColor } from "../identity.ts";
import type { Point, Stick } from "./arena-controls.ts";
import type { Drawn } from "./arena-world.ts";

/** A floor that is filled shows less of the arena; closer than so many units a pixel it does not go for that. */
const MIN_UNITS_PER_PX = 14;
const MAP_PX = 96;
const COLOR_NAMES = [
  "--paper",
  "--surface",
  "--ink",
  "--muted",
  "--line",
  "--line-strong",
  "--bad",
  "--accent",
] as const;
type ColorName = (typeof COLOR_NAMES)[number];

export class ArenaView {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #probe = document.createElement("span");
  #colors: Readonly<Record<ColorName, string>>;
  #width = 0;
  #height = 0;
  #scale = 1;
  #left = 0;
  #top = 0;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws no canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#probe.hidden = true;
    document.body.append(this.#probe);
    this.#colors = this.#readColors();
    const refresh = () => {
      this.#colors = this.#readColors();
    };
    new MutationObserver(refresh).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  /** Where on the canvas a place of the arena is, in px. */
  toPx({ x, y }: Point): Point {
    return { x: x * this.#scale - this.#left, y: y * this.#scale - this.#top };
  }

  draw(runners: readonly Drawn[], stick: Stick | undefined): void {
    const context = this.#context;
    const own = runners.find(({ isOwn }) => isOwn);
    this.#aim(own);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.fillStyle = this.#colors["--line"];
    context.fillRect(0, 0, this.#width, this.#height);
    this.#drawFloor();
    for (const runner of runners) if (!runner.isOwn) this.#drawRunner(runner);
    if (own !== undefined) this.#drawRunner(own);
    if (this.#isCut()) this.#drawMap(runners);
    if (stick !== undefined) this.#drawStick(stick);
  }

  #aim(own: Drawn | undefined): void {
    const fit = Math.min(this.#width / ARENA.width, this.#height / ARENA.height);
    const fill = Math.max(this.#width / ARENA.width, this.#height / ARENA.height);
    this.#scale = Math.max(fit, Math.min(fill, 1 / MIN_UNITS_PER_PX));
    const centre = own ?? { x: ARENA.width / 2, y: ARENA.height / 2 };
    this.#left = edge(centre.x * this.#scale, this.#width, ARENA.width * this.#scale);
    this.#top = edge(centre.y * this.#scale, this.#height, ARENA.height * this.#scale);
  }

  #isCut(): boolean {
    return ARENA.width * this.#scale > 1.1 * this.#width || ARENA.height * this.#scale > 1.1 * this.#height;
  }

  #drawFloor(): void {
    const context = this.#context;
    const corner = this.toPx({ x: 0, y: 0 });
    context.fillStyle = this.#colors["--surface"];
    context.fillRect(corner.x, corner.y, ARENA.width * this.#scale, ARENA.height * this.#scale);
    context.fillStyle = this.#colors["--line"];
    context.strokeStyle = this.#colors["--line-strong"];
    context.lineWidth = 1.5;
    for (const pillar of PILLARS) {
      const { x, y } = this.toPx(pillar);
      this.#circle(x, y, pillar.radius * this.#scale);
      context.fill();
      context.stroke();
    }
  }

  #drawRunner(runner: Drawn): void {
    const context = this.#context;
    const { x, y } = this.toPx(runner);
    const radius = RADIUS * this.#scale;
    const color = safeColor(runner.color);
    context.globalAlpha = runner.isHere ? 1 : 0.4;
    if (runner.isIt) {
      context.strokeStyle = this.#colors["--bad"];
      context.lineWidth = Math.max(3, radius / 3);
      context.setLineDash(runner.isFrozen ? [4, 4] : []);
      this.#circle(x, y, radius + context.lineWidth);
      context.stroke();
      context.setLineDash([]);
    }
    context.fillStyle = color;
    this.#circle(x, y, radius * (runner.isDashing ? 1.15 : 1));
    context.fill();
    context.strokeStyle = this.#colors["--ink"];
    context.lineWidth = runner.isOwn ? 2.5 : 1;
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "middle";
    if (runner.isIt && radius >= 7) {
      context.fillStyle = inkOn(color);
      context.font = `700 ${Math.round(radius)}px system-ui, sans-serif`;
      context.fillText("it", x, y);
    }
    this.#label(runner.isOwn ? "you" : runner.name, x, y - radius - (runner.isIt ? 16 : 10));
    context.globalAlpha = 1;
  }

  #label(text: string, x: number, y: number): void {
    const context = this.#context;
    context.font = "12px system-ui, sans-serif";
    context.lineWidth = 3;
    context.strokeStyle = this.#colors["--surface"];
    context.strokeText(text, x, y);
    context.fillStyle = this.#colors["--ink"];
    context.fillText(text, x, y);
  }

  #drawMap(runners: readonly Drawn[]): void {
    const context = this.#context;
    const scale = MAP_PX / ARENA.width;
    const [left, top] = [this.#width - MAP_PX - 8, 8];
    context.globalAlpha = 0.85;
    context.fillStyle = this.#colors["--paper"];
    context.strokeStyle = this.#colors["--line-strong"];
    context.lineWidth = 1;
    context.fillRect(left, top, MAP_PX, ARENA.height * scale);
    context.strokeRect(left, top, MAP_PX, ARENA.height * scale);
    for (const { x, y, isIt, isOwn } of runners) {
      context.fillStyle = this.#colors[isIt ? "--bad" : isOwn ? "--ink" : "--muted"];
      this.#circle(left + x * scale, top + y * scale, isOwn || isIt ? 3 : 2);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  #drawStick({ from, to }: Stick): void {
    const context = this.#context;
    context.globalAlpha = 0.5;
    context.strokeStyle = this.#colors["--ink"];
    context.lineWidth = 2;
    this.#circle(from.x, from.y, 56);
    context.stroke();
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const share = length > 56 ? 56 / length : 1;
    context.fillStyle = this.#colors["--accent"];
    this.#circle(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share, 22);
    context.fill();
    context.globalAlpha = 1;
  }

  #circle(x: number, y: number, radius: number): void {
    this.#context.beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
  }

  #resize(): void {
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#width * devicePixelRatio);
    this.#canvas.height = Math.round(this.#height * devicePixelRatio);
  }

  /** Custom properties come as they are written; a colour that is computed from one does not. */
  #readColors(): Record<ColorName, string> {
    const read = (name: ColorName) => {
      this.#probe.style.color = `var(${name})`;
      return getComputedStyle(this.#probe).color;
    };
    // SAFETY: the entries are those of COLOR_NAMES.
    return Object.fromEntries(COLOR_NAMES.map((name) => [name, read(name)])) as Record<ColorName, string>;
  }
}

/** What of a longer whole lies before the part that is shown around `centre`. */
function edge(centre: number, shown: number, whole: number): number {
  if (whole <= shown) return (whole - shown) / 2;
  return Math.min(whole - shown, Math.max(0, centre - shown / 2));
}
