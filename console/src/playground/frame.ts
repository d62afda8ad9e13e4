// From the text that was typed to a frame that can be sent, or to the words for why it cannot.
import type { Command } from "@tutti/client";

export type Parsed = { command: Command; problem: null } | { command: null; problem: string };

export function parseFrame(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refused(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refused("A frame is a JSON object.");
  if (!("type" in value) || typeof value.type !== "string" || value.type === "") return refused("A frame needs a “type”, a string.");
  // Whether it is a command at all is for the server to say: that is what a playground is for.
  return { command: value as Command, problem: null };
}

function refused(problem: string): Parsed {
  return { command: null, problem };
}
