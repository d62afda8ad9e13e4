// Every scenario.

import { chat } from "./chat";
import { http } from "./http";
import { live } from "./live";
import { rooms } from "./rooms";
import type { Scenario } from "./scenario";
import { session } from "./session";

export type { Scenario };

export const SCENARIOS: readonly Scenario[] = [...chat, ...rooms, ...session, ...live, ...http];
