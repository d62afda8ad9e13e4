// What every signed-in component may ask for: the client, who they are, people's names, and the way out.
import type { TuttiClient, User } from "@tutti/client";
import { createContext, useContext } from "react";
import type { PeopleDirectory } from "../people/directory";

export interface SignedInContext {
  client: TuttiClient;
  me: User;
  people: PeopleDirectory;
  signOut(): void;
}

export const AppContext = createContext<SignedInContext | null>(null);

export function useApp(): SignedInContext {
  const value = useContext(AppContext);
  if (!value) throw new Error("useApp is for components below the signed-in shell");
  return value;
}
