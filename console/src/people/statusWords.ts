// The words for how somebody is.
import type { Availability, Status } from "@tutti/client";

export const statusWords: Record<Status, string> = {
  online: "Online",
  away: "Away",
  busy: "Busy",
  offline: "Offline",
};

/** The same for what a person says of themselves. */
export const ownWords: Record<Availability, string> = {
  online: "Online",
  away: "Away",
  busy: "Busy",
  invisible: "Invisible",
};
