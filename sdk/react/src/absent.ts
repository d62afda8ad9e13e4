// What the functions of a hook do while there is nothing to do it to: the id or name was null.

import { TuttiError } from "@tutti/client";

export const nothing = (): void => undefined;

/** Like the client's own, a rejection that the caller ignores is not "unhandled". */
export function refused(): Promise<never> {
  const rejected = Promise.reject(new TuttiError("not_found", "There is nothing to do this to: the id is null."));
  rejected.catch(nothing);
  return rejected;
}
