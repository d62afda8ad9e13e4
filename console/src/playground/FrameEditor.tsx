// Where a frame is written: from a template, checked while it is typed, sent by the button or by Ctrl+Enter.
import type { Command } from "@tutti/client";
import { useConnection } from "@tutti/react";
import { Send } from "lucide-react";
import type { FormEvent, KeyboardEvent } from "react";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { parseFrame } from "./frame";
import type { Frame } from "./reference";

export function FrameEditor({
  commands,
  chosen,
  onChoose,
  text,
  onText,
  onSend,
}: {
  commands: readonly Frame[];
  chosen: string;
  onChoose: (name: string) => void;
  text: string;
  onText: (text: string) => void;
  onSend: (command: Command) => void;
}) {
  const { state } = useConnection();
  const { command, problem } = parseFrame(text);

  function send(event: FormEvent | KeyboardEvent) {
    event.preventDefault();
    if (command !== null) onSend(command);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
  }

  return (
    <form onSubmit={send} className="flex shrink-0 flex-col gap-2 border-b border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-lg font-semibold">Playground</h1>
        <span className="flex-1" />
        <label className="flex items-center gap-2 text-sm">
          Template
          <select
            data-testid="template"
            value={chosen}
            onChange={(event) => onChoose(event.target.value)}
            className="h-8 rounded-md border border-line-strong bg-surface px-2"
          >
            {commands.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <label htmlFor="frame" className="sr-only">
        Frame
      </label>
      <div className="field p-2.5">
        <textarea
          id="frame"
          data-testid="frame"
          rows={7}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onKeyDown}
          aria-invalid={problem !== null}
          aria-describedby="frame-help"
          aria-keyshortcuts="Control+Enter Meta+Enter"
          className="block w-full resize-y bg-transparent font-mono text-xs"
        />
      </div>
      <div className="flex items-start gap-3">
        <p
          id="frame-help"
          role="status"
          data-testid="frame-help"
          className={classes("min-w-0 flex-1 text-xs break-words", problem === null ? "text-ink-soft" : "text-danger")}
        >
          {problem ?? "Goes over this page’s own connection, which adds the “ref”. Ctrl+Enter sends."}
        </p>
        <Button kind="primary" type="submit" data-testid="send-frame" disabled={command === null || state !== "connected"}>
          <Send size={14} aria-hidden />
          Send
        </Button>
      </div>
    </form>
  );
}
