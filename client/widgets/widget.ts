/**
 * What a site pastes: one module that defines the elements and nothing else. How to use it: README, "Embed".
 * @module
 */
import { RoostAvatars } from "./avatars.ts";
import { RoostCount } from "./count.ts";
import { RoostCursors } from "./cursors.ts";
import { RoostReactions } from "./reactions.ts";
import { RoostTyping } from "./typing.ts";

const ELEMENTS = {
  avatars: RoostAvatars,
  count: RoostCount,
  cursors: RoostCursors,
  reactions: RoostReactions,
  typing: RoostTyping,
};

// Where a page loads it twice, the first one stays.
for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(`roost-${name}`)) customElements.define(`roost-${name}`, element);
}
