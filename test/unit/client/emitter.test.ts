import { describe, expect, test, vi } from "vitest";
import { Emitter } from "../../../client/emitter.ts";

describe("Emitter", () => {
  test("[CL6] a listener that throws is reported and the others still run", () => {
    const emitter = new Emitter<{ readonly ping: number }>();
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const seen: number[] = [];
    emitter.on("ping", () => {
      throw new Error("a bug of the page");
    });
    emitter.on("ping", (value) => seen.push(value));
    emitter.emit("ping", 1);
    expect(seen).toEqual([1]);
    expect(reported).toHaveBeenCalledOnce();
    reported.mockRestore();
  });

  test("[CL39] what on returned, off and clear each end a listener; once ends itself", () => {
    const emitter = new Emitter<{ readonly ping: number }>();
    const seen: string[] = [];
    const stop = emitter.on("ping", (value) => seen.push(`on ${value}`));
    const listener = (value: number) => seen.push(`off ${value}`);
    emitter.on("ping", listener);
    emitter.once("ping", (value) => seen.push(`once ${value}`));
    emitter.emit("ping", 1);
    stop();
    emitter.off("ping", listener);
    emitter.emit("ping", 2);
    expect(seen).toEqual(["on 1", "off 1", "once 1"]);
    emitter.on("ping", listener);
    emitter.clear();
    expect(emitter.hasListeners("ping")).toBe(false);
  });

  test("[CL39] off ends what once started, and every start of the same listener", () => {
    const emitter = new Emitter<{ readonly ping: number }>();
    const listener = vi.fn<(value: number) => void>();
    emitter.once("ping", listener);
    emitter.on("ping", listener);
    emitter.off("ping", listener);
    emitter.emit("ping", 1);
    expect(listener).not.toHaveBeenCalled();
    expect(emitter.hasListeners("ping")).toBe(false);
  });

  test("[CL39] a listener that is there twice has two lives", () => {
    const emitter = new Emitter<{ readonly ping: number }>();
    const seen: number[] = [];
    const listener = (value: number) => seen.push(value);
    const stop = emitter.on("ping", listener);
    emitter.on("ping", listener);
    stop();
    emitter.emit("ping", 1);
    expect(seen).toEqual([1]);
  });
});
