import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SERVER, createPresence, microtasks, said } from "../../support/client-presence.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a profile", () => {
  const alice = { name: "Alice", avatar: "https://example.com/a.png" };

  test("[CL28] is worn by what is there, by what is set later, and by what is sent", async () => {
    const { awareness, presence, sent } = createPresence();
    awareness.setLocalState({ user: { name: "Mallory", color: "#7c3aed" }, x: 1 });
    presence.wear(alice);
    const worn = { user: { ...alice, color: "#7c3aed" }, x: 1 };
    expect(awareness.getLocalState()).toEqual(worn);
    awareness.setLocalStateField("user", { name: "Eve", color: "#7c3aed" });
    expect(awareness.getLocalState()).toEqual(worn);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.map(({ state }) => state)).toEqual([worn]);
    presence.wear(undefined);
    awareness.setLocalStateField("user", { name: "Bob" });
    expect(awareness.getLocalState()).toEqual({ user: { name: "Bob" }, x: 1 });
  });

  test("[CL28] makes nobody present who set nothing, and nobody of a null state", async () => {
    const { awareness, presence, sent } = createPresence();
    presence.wear(alice);
    expect(awareness.getLocalState()).toEqual({});
    expect(presence.current()).toBeUndefined();
    awareness.setLocalState(null);
    await microtasks();
    expect(sent.map(({ state }) => state)).toEqual([null]);
  });

  test("[CL28] what the server says about ourselves, worn there too, is not answered", async () => {
    const { awareness, presence, sent, id } = createPresence();
    awareness.setLocalState({ user: { name: "Mallory" } });
    presence.wear(alice);
    await microtasks();
    const clock = awareness.meta.get(id)?.clock ?? 0;
    for (let up = 1; up <= 5; up++) presence.receive(said(id, clock + up, { user: alice }), SERVER);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(1);
    // An older state, of before the token: corrected once.
    presence.receive(said(id, clock + 6, { user: { name: "Mallory" } }), SERVER);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.at(-1)).toEqual({ clients: [id], clock: clock + 7, state: { user: alice } });
    expect(sent).toHaveLength(2);
  });
});
