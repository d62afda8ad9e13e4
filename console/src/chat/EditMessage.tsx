// Changing an own message where it stands.
import type { MessageView } from "@tutti/client";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useAttempt } from "../app/useAttempt";
import { Button } from "../ui/Button";
import { countChars, MAX_CHARS, useAutosize } from "./writing";

export function EditMessage({
  message,
  onSave,
  onClose,
}: {
  message: MessageView;
  onSave: (text: string) => Promise<void>;
  onClose: () => void;
}) {
  const [text, setText] = useState(message.message);
  const { busy, problem, attempt } = useAttempt();
  const area = useRef<HTMLTextAreaElement>(null);
  const invalid = text.trim() === "" || countChars(text) > MAX_CHARS;
  useAutosize(area, text);

  useEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
  }, []);

  async function save() {
    if (invalid) return;
    if (text === message.message) return onClose();
    await attempt(async () => {
      await onSave(text);
      onClose();
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) void save();
    else return;
    event.preventDefault();
  }

  return (
    <div className="max-w-[76ch] py-0.5">
      <div className="field px-2.5 py-1.5">
        <textarea
          ref={area}
          aria-label="Edit message"
          data-testid="edit-message"
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="block max-h-60 w-full resize-none bg-transparent"
        />
      </div>
      <div className="mt-1.5 flex items-center gap-2 text-xs text-ink-faint">
        <Button kind="primary" size="small" disabled={busy || invalid} onClick={() => void save()}>
          Save
        </Button>
        <Button size="small" onClick={onClose}>
          Cancel
        </Button>
        {problem !== null ? (
          <span role="alert" className="text-danger">
            {problem}
          </span>
        ) : (
          <span className="max-sm:hidden">Enter to save, Esc to cancel</span>
        )}
      </div>
    </div>
  );
}
