import { describe, expect, test } from "vitest";
import { SaveState, type SaveStateName } from "../../../client/save-state.ts";

function record(): { readonly save: SaveState; readonly seen: SaveStateName[] } {
  const seen: SaveStateName[] = [];
  return { save: new SaveState((state) => seen.push(state)), seen };
}

describe("SaveState", () => {
  test("[CL10] a change is unsaved without a socket, saving with one, saved after its ack", () => {
    const { save, seen } = record();
    save.changed();
    save.opened();
    const number = save.numberForAll();
    save.acked(number);
    expect(seen).toEqual(["unsaved", "saving", "saved"]);
  });

  test("[CL10] a change made after a message was numbered waits for the next ack", () => {
    const { save } = record();
    save.opened();
    save.changed();
    const first = save.numberForAll();
    save.changed();
    save.acked(first);
    expect(save.state).toBe("saving");
    save.acked(save.numberForAll());
    expect(save.state).toBe("saved");
  });

  test("[CL10] the step 2 of a clean document shows nothing", () => {
    const { save, seen } = record();
    save.opened();
    save.numberForAll();
    save.closed();
    expect(seen).toEqual([]);
  });

  test("[CL11] acks that come late, twice or out of order count by the highest", () => {
    const { save } = record();
    save.opened();
    for (let index = 0; index < 3; index++) {
      save.changed();
      save.numberForAll();
    }
    save.acked(2);
    save.acked(1);
    expect(save.state).toBe("saving");
    save.acked(3);
    save.acked(2);
    expect(save.state).toBe("saved");
  });

  test("[CL11] an ack for a number never sent does not cover the next change", () => {
    const { save } = record();
    save.opened();
    save.acked(99);
    save.changed();
    save.numberForAll();
    expect(save.state).toBe("saving");
  });

  test("[CL11] what a lost socket still owed is unsaved, then saving on the next, until that one acks", () => {
    const { save, seen } = record();
    save.opened();
    save.changed();
    save.numberForAll();
    save.closed();
    save.opened();
    expect(save.hasUnsent).toBe(true);
    save.acked(save.numberForAll());
    expect(seen).toEqual(["saving", "unsaved", "saving", "saved"]);
  });

  test("[CL12] refused outlives later changes and the socket, and ends with the next socket's ack", () => {
    const { save, seen } = record();
    save.opened();
    save.changed();
    expect(save.refused(save.numberForAll())).toBe(true);
    save.changed();
    save.acked(save.numberForAll());
    save.closed();
    save.opened();
    expect(save.state).toBe("refused");
    save.acked(save.numberForAll());
    expect(seen).toEqual(["saving", "refused", "saved"]);
  });

  test("[CL12] refusing a step 2 that carried nothing of ours changes nothing", () => {
    const { save } = record();
    save.opened();
    expect(save.refused(save.numberForAll())).toBe(false);
    expect(save.state).toBe("saved");
  });

  test("[CL18] without the right to write a change is unsaved on an open socket, and saving when the right comes", () => {
    const { save, seen } = record();
    save.opened();
    save.allow(false);
    save.changed();
    save.allow(true);
    save.acked(save.numberForAll());
    expect(seen).toEqual(["unsaved", "saving", "saved"]);
  });

  test("[CL18] an ack that was on its way when the right ended counts, a refusal makes the change wait", () => {
    const { save, seen } = record();
    save.opened();
    save.changed();
    const first = save.numberForAll();
    save.changed();
    const second = save.numberForAll();
    save.allow(false);
    save.acked(first);
    expect(save.refused(second)).toBe(false);
    expect(save.hasUnsent).toBe(true);
    save.allow(true);
    save.acked(save.numberForAll());
    expect(seen).toEqual(["saving", "unsaved", "saving", "saved"]);
  });

  test("[CL18] the number of nothing, acked, saves nothing", () => {
    const { save } = record();
    save.opened();
    save.changed();
    save.allow(false);
    save.acked(save.numberForNothing());
    expect(save.state).toBe("unsaved");
  });

  test("[CL12] refused ends with the ack that follows the return of the right to write", () => {
    const { save, seen } = record();
    save.opened();
    save.changed();
    save.refused(save.numberForAll());
    save.allow(true);
    expect(save.hasUnsent).toBe(false);
    save.allow(false);
    save.allow(true);
    save.acked(save.numberForAll());
    expect(seen).toEqual(["saving", "refused", "saved"]);
  });

  test("[CL13] loaded content is unsaved until the server shows that nothing is new", () => {
    const { save, seen } = record();
    save.loaded();
    save.opened();
    save.nothingNew();
    expect(seen).toEqual(["unsaved", "saving", "saved"]);
  });

  test("[CL15] closing may lose what was made here, not what was loaded, saved or refused", () => {
    const { save } = record();
    save.loaded();
    expect(save.mayLose).toBe(false);
    save.changed();
    expect(save.mayLose).toBe(true);
    save.opened();
    save.acked(save.numberForAll());
    expect(save.mayLose).toBe(false);
    save.loaded();
    expect(save.mayLose).toBe(false);
    save.changed();
    save.refused(save.numberForAll());
    expect(save.mayLose).toBe(false);
  });
});
