// The words for whatever went wrong with a request, for a person.
import { TuttiError } from "@tutti/client";

export function problemText(error: unknown): string {
  return error instanceof TuttiError ? error.userMessage : "Something went wrong. Please try again.";
}
