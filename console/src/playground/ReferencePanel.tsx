// The reference beside the playground, from the server's own description: the chosen command with its fields and an
// example, and below it everything else that can be sent or come.
import { useEffect, useMemo, useRef, useState } from "react";
import { SearchField } from "../ui/SearchField";
import { findFrames, type Frame, type Reference } from "./reference";
import { templateOf } from "./templates";

/** What is left above the frame that the panel is moved to. */
const MARGIN_PX = 8;

export function ReferencePanel({
  reference,
  chosen,
  onChoose,
}: {
  reference: Reference;
  chosen: string;
  onChoose: (name: string) => void;
}) {
  const [words, setWords] = useState("");
  const commands = useMemo(() => findFrames(reference.commands, words), [reference, words]);
  const answers = useMemo(() => findFrames(reference.answers, words), [reference, words]);
  const panel = useRef<HTMLDivElement>(null);

  // Only the panel is moved, and never the page around it.
  useEffect(() => {
    const shown = panel.current?.querySelector<HTMLElement>("[data-chosen]");
    if (shown) panel.current?.scrollTo({ top: shown.offsetTop - MARGIN_PX });
  }, [chosen]);
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="flex-1 font-medium">Reference</h2>
        <SearchField label="Search the reference" value={words} onChange={setWords} placeholder="Search" />
      </div>
      <div ref={panel} className="relative min-h-0 flex-1 overflow-y-auto px-4 py-3">
        <Group title="What a client sends" frames={commands} chosen={chosen} onChoose={onChoose} />
        <Group title="What the server sends" frames={answers} chosen={null} onChoose={null} />
        {commands.length + answers.length === 0 && (
          <p role="status" className="text-sm text-ink-soft">
            No frame has “{words}” in it.
          </p>
        )}
      </div>
    </>
  );
}

function Group({
  title,
  frames,
  chosen,
  onChoose,
}: {
  title: string;
  frames: readonly Frame[];
  chosen: string | null;
  /** Given for frames that can be sent. */
  onChoose: ((name: string) => void) | null;
}) {
  if (frames.length === 0) return null;
  return (
    <section aria-label={title} className="mb-4">
      <h3 className="mb-1 text-xs font-medium text-ink-soft">{title}</h3>
      {frames.map((frame) => (
        <details
          key={frame.name}
          open={frame.name === chosen}
          data-testid="reference-frame"
          data-name={frame.name}
          data-chosen={frame.name === chosen || undefined}
          className="border-b border-line py-1.5"
        >
          <summary className="rounded text-sm">
            <span className="font-mono text-xs font-semibold">{frame.name}</span> <Words text={frame.description} />
          </summary>
          <Fields frame={frame} />
          {onChoose !== null && <Example frame={frame} onChoose={onChoose} />}
        </details>
      ))}
    </section>
  );
}

function Fields({ frame: { fields } }: { frame: Frame }) {
  if (fields.length === 0) return <p className="mt-1 text-sm text-ink-soft">No fields.</p>;
  return (
    <dl className="mt-1 space-y-1.5 pl-3 text-sm">
      {fields.map(({ name, type, required, description }) => (
        <div key={name}>
          <dt>
            <span className="font-mono text-xs">{name}</span>{" "}
            <span className="text-xs text-ink-soft">
              {type}
              {!required && ", optional"}
            </span>
          </dt>
          <dd>
            <Words text={description} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A description in which what stands between backticks is code. */
function Words({ text }: { text: string }) {
  return (
    <span className="text-ink-soft">
      {text.split("`").map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <code key={index} className="font-mono text-xs">
            {part}
          </code>
        ),
      )}
    </span>
  );
}

function Example({ frame, onChoose }: { frame: Frame; onChoose: (name: string) => void }) {
  return (
    <div className="mt-2 pl-3">
      <pre className="rounded-md border border-line bg-canvas p-2 font-mono text-xs break-words whitespace-pre-wrap">{templateOf(frame, {})}</pre>
      <button
        type="button"
        onClick={() => onChoose(frame.name)}
        className="mt-1 rounded text-sm font-medium text-accent underline underline-offset-2"
      >
        Use {frame.name}
      </button>
    </div>
  );
}
