import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Person, SERVER, createPresence, microtasks, said } from "../../support/client-presence.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Presence", () => {
  test("[CL20] nothing renews the own state and nobody expires while the room sleeps", async () => {
    const { awareness, presence, sent } = createPresence();
    const bob = new Person({ name: "Bob" });
    presence.receive(bob.encoded(), SERVER);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(awareness.getStates().get(bob.id)).toEqual({ name: "Bob" });
    expect(sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("[CL21] fields set one by one in a task are one frame, sent at its end", async () => {
    const { awareness, sent, id } = createPresence();
    awareness.setLocalStateField("user", "Alice");
    awareness.setLocalStateField("cursor", 3);
    expect(sent).toEqual([]);
    await microtasks();
    expect(sent).toEqual([{ clients: [id], clock: 2, state: { user: "Alice", cursor: 3 } }]);
  });

  test("[CL21] a second of mouse moves is 20 frames and the last state is among them", async () => {
    const { awareness, sent } = createPresence();
    for (let index = 0; index < 200; index++) {
      awareness.setLocalStateField("x", index);
      await vi.advanceTimersByTimeAsync(5);
    }
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.length).toBeLessThanOrEqual(21);
    expect(sent.length).toBeGreaterThanOrEqual(20);
    expect(sent.at(-1)?.state).toEqual({ x: 199 });
  });

  test("[CL21] what others do is never sent", async () => {
    const { presence, sent } = createPresence();
    const bob = new Person({ name: "Bob" });
    presence.receive(bob.encoded(), SERVER);
    bob.set(null);
    presence.receive(bob.encoded(), SERVER);
    presence.forgetOthers(SERVER);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
  });

  test("[CL22] each open renews the state one clock up, and takes the place of a frame that was due", async () => {
    const { awareness, presence, sent, id } = createPresence();
    expect(presence.renewed()).toBeUndefined();
    awareness.setLocalState({ x: 1 });
    const before = awareness.meta.get(id)?.clock ?? 0;
    expect(presence.renewed()).toEqual(said(id, before + 1, { x: 1 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
    awareness.setLocalState({ x: 2 });
    await microtasks();
    expect(sent).toEqual([{ clients: [id], clock: before + 2, state: { x: 2 } }]);
  });

  test("[CL23] the same state at the same clock shows again after everybody was forgotten", () => {
    const { awareness, presence } = createPresence();
    const bob = new Person({ name: "Bob" });
    presence.receive(bob.encoded(), SERVER);
    const removed: number[] = [];
    awareness.on("change", (change: { readonly removed: readonly number[] }) => removed.push(...change.removed));
    presence.forgetOthers(SERVER);
    expect(removed).toEqual([bob.id]);
    presence.receive(bob.encoded(), SERVER);
    expect(awareness.getStates().get(bob.id)).toEqual({ name: "Bob" });
  });

  test("[CL24] a null state is sent", async () => {
    const { awareness, sent, id } = createPresence();
    awareness.setLocalState({ x: 1 });
    await vi.advanceTimersByTimeAsync(50);
    awareness.setLocalState(null);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.at(-1)).toEqual({ clients: [id], clock: 2, state: null });
  });

  test("[CL25] our state repeated by the server one clock up is where we continue from, silently", async () => {
    const { awareness, presence, sent, id } = createPresence();
    awareness.setLocalState({ x: 1 });
    await vi.advanceTimersByTimeAsync(50);
    presence.receive(said(id, 8, { x: 1 }), SERVER);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(1);
    awareness.setLocalState({ x: 2 });
    await microtasks();
    expect(sent.at(-1)).toEqual({ clients: [id], clock: 9, state: { x: 2 } });
  });

  test("[CL25] an older state of ours at a higher clock does not undo what we show; ours is sent above it", async () => {
    const { awareness, presence, sent, id } = createPresence();
    awareness.setLocalState({ x: 1 });
    awareness.setLocalState({ x: 2 });
    await vi.advanceTimersByTimeAsync(50);
    presence.receive(said(id, 8, { x: 1 }), SERVER);
    expect(awareness.getLocalState()).toEqual({ x: 2 });
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.at(-1)).toEqual({ clients: [id], clock: 9, state: { x: 2 } });
  });

  test.each([1, 5])("[CL25] removed by the server at clock %i while here, we say so", async (clock) => {
    const { awareness, presence, sent, id } = createPresence();
    awareness.setLocalState({ x: 1 });
    await vi.advanceTimersByTimeAsync(50);
    presence.receive(said(id, clock, null), SERVER);
    await vi.advanceTimersByTimeAsync(50);
    expect(awareness.getLocalState()).toEqual({ x: 1 });
    expect(sent.at(-1)).toEqual({ clients: [id], clock: clock + 1, state: { x: 1 } });
  });

  test("[CL25] a state of ours that is older than what we sent is ignored", async () => {
    const { awareness, presence, sent, id } = createPresence();
    for (let x = 0; x < 5; x++) awareness.setLocalState({ x });
    await vi.advanceTimersByTimeAsync(50);
    presence.receive(said(id, 2, { x: 1 }), SERVER);
    presence.receive(said(id, 5, { x: 9 }), SERVER);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(awareness.getLocalState()).toEqual({ x: 4 });
    expect(sent).toHaveLength(1);
  });

  test("[CL27] a state over 8 KB is an error and not sent; a smaller one is again", async () => {
    const { awareness, sent, errors } = createPresence();
    awareness.setLocalState({ note: "é".repeat(4_096) });
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toEqual([]);
    expect(errors.map(({ kind }) => kind)).toEqual(["too-large"]);
    awareness.setLocalState({ note: "short" });
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.at(-1)?.state).toEqual({ note: "short" });
  });

  test("[CL6] bytes that are no awareness update throw before anything is shown; a listener that throws does not", () => {
    const { awareness, presence } = createPresence();
    const bob = new Person({ name: "Bob" });
    expect(() => presence.receive(bob.encoded().slice(0, -3), SERVER)).toThrow(/Unexpected end/);
    expect(awareness.getStates().has(bob.id)).toBe(false);
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    awareness.on("change", () => {
      throw new Error("a bug of the page");
    });
    presence.receive(bob.encoded(), SERVER);
    expect(awareness.getStates().get(bob.id)).toEqual({ name: "Bob" });
    expect(reported).toHaveBeenCalledOnce();
    reported.mockRestore();
  });
});
