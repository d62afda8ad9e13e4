// What every signed-in component may ask for beside the client (that is useTutti's): who they are, people's names, and the
// way out.
import type { User } from "@tutti/client";
import { createContext, useContext } from "react";
import type { PeopleDirectory } from "../people/directory";

export interface SignedInContext {
  me: User;
  people: PeopleDirectory;
  /** Goes on with another token, in this window. */
  switchTo(token: string): void;
  /** Goes on with the operator's role; only on a development server. */
  becomeOperator: (() => Promise<void>) | null;
  signOut(): void;
}

export const AppContext = createContext<SignedInContext | null>(null);

export function useApp(): SignedInContext {
  const value = useContext(AppContext);
  if (!value) throw new Error("useApp is for components below the signed-in shell");
  return value;
}
