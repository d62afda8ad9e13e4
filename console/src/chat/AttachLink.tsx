// Adding a link to a message that is being written.
import type { Attachment } from "@tutti/client";
import { Paperclip } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button, IconButton } from "../ui/Button";
import { Popover } from "../ui/Popover";

export function AttachLink({ disabled, onAttach }: { disabled: boolean; onAttach: (attachment: Attachment) => void }) {
  const [open, setOpen] = useState(false);
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    const address = /^[a-z][a-z\d+.-]*:/i.test(url.trim()) ? url.trim() : `https://${url.trim()}`;
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
      setProblem("This is not a web address.");
      return;
    }
    onAttach({ url: new URL(address).href, ...(name.trim() === "" ? {} : { name: name.trim() }) });
    setUrl("");
    setName("");
    setProblem(null);
    setOpen(false);
  }

  return (
    <Popover
      label="Attach a link"
      open={open}
      onOpenChange={setOpen}
      side="top"
      trigger={
        <IconButton label="Attach a link" disabled={disabled}>
          <Paperclip size={16} aria-hidden />
        </IconButton>
      }
    >
      <form onSubmit={onSubmit} className="w-72 space-y-2 p-3">
        <label className="block">
          <span className="mb-1 block text-xs font-medium">Address</span>
          <span className="field flex h-8 items-center px-2.5">
            <input
              value={url}
              maxLength={2048}
              inputMode="url"
              autoComplete="off"
              onChange={(event) => setUrl(event.target.value)}
              placeholder="https://"
              className="w-full bg-transparent text-sm"
            />
          </span>
        </label>
        <label className="block">
          <span className="mb-1 block text-xs font-medium">Name</span>
          <span className="field flex h-8 items-center px-2.5">
            <input
              value={name}
              maxLength={255}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
              placeholder="Optional"
              className="w-full bg-transparent text-sm"
            />
          </span>
        </label>
        {problem !== null && (
          <p role="alert" className="text-xs text-danger">
            {problem}
          </p>
        )}
        <Button type="submit" kind="primary" className="w-full" disabled={url.trim() === ""}>
          Attach
        </Button>
      </form>
    </Popover>
  );
}
