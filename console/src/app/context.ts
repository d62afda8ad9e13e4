// What every signed-in component may ask for beside the client (that is useTutti's): who they are, people's names, and the
// way out.
import type { User } from "@tutti/client";
import { createContext, useContext } from "react";
import type { PeopleDirectory } from "../people/directory";

export interface SignedInContext {
  me: User;
  people: PeopleDirectory;
  /** Ends this session and begins one with another token. */
  switchTo(token: string): void;
  signOut(): void;
}

export const AppContext = createContext<SignedInContext | null>(null);

export function useApp(): SignedInContext {
  const value = useContext(AppContext);
  if (!value) throw new Error("useApp is for components below the signed-in shell");
  return value;
}
