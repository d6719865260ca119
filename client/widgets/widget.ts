/**
 * What a site pastes: one module that defines the elements and nothing else. How to use it: README, "Embed".
 * @module
 */
import { avatars } from "./avatars.ts";
import { count } from "./count.ts";
import { cursors } from "./cursors.ts";
import { define } from "./element.ts";
import { reactions } from "./reactions.ts";
import { typing } from "./typing.ts";

define("avatars", avatars);
define("count", count);
define("cursors", cursors);
define("reactions", reactions);
define("typing", typing);
