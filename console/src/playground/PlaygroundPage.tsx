// The playground: any frame over the page's own connection, what comes of it, and the reference beside it.
import { TuttiError } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { useEffect, useMemo, useState } from "react";
import { Failure, Skeleton } from "../ui/Notice";
import { FrameEditor } from "./FrameEditor";
import { FrameLog } from "./FrameLog";
import { Recorder } from "./recorder";
import { type Reference, readReference } from "./reference";
import { ReferencePanel } from "./ReferencePanel";
import { knownTo, templateOf } from "./templates";

/** The command to begin with: it needs nothing that has to be there before. */
const FIRST = "subscribe";

type Loading = { state: "loading" } | { state: "ready"; reference: Reference } | { state: "failed" };

export function PlaygroundPage() {
  const [loading, setLoading] = useState<Loading>({ state: "loading" });
  const [round, setRound] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    setLoading({ state: "loading" });
    loadReference(abort.signal).then(
      (reference) => setLoading({ state: "ready", reference }),
      () => {
        if (!abort.signal.aborted) setLoading({ state: "failed" });
      },
    );
    return () => abort.abort();
  }, [round]);

  if (loading.state === "loading") return <Skeleton rows={6} label="Loading the reference" />;
  if (loading.state === "ready") return <Playground reference={loading.reference} />;
  return <Failure title="No playground" text="The server did not give its reference of frames." onRetry={() => setRound(round + 1)} />;
}

async function loadReference(signal: AbortSignal): Promise<Reference> {
  const reply = await fetch("/api/v1/asyncapi.json", { signal });
  if (!reply.ok) throw new TuttiError("unavailable", `HTTP ${reply.status}`);
  return readReference(await reply.json());
}

function Playground({ reference }: { reference: Reference }) {
  const client = useTutti();
  const recorder = useMemo(() => new Recorder(client), [client]);
  const [chosen, setChosen] = useState(FIRST);
  const template = (name: string) => {
    const frame = reference.commands.find((command) => command.name === name);
    return frame === undefined ? "" : templateOf(frame, knownTo(client));
  };
  const [text, setText] = useState(() => template(FIRST));

  function choose(name: string) {
    setChosen(name);
    setText(template(name));
  }

  useEffect(() => recorder.record(reference.answers.map(({ name }) => name)), [recorder, reference]);

  return (
    <div className="flex h-full flex-col bg-canvas max-lg:overflow-y-auto lg:flex-row">
      <section aria-label="Playground" className="flex min-w-0 flex-col lg:min-h-0 lg:flex-1">
        <FrameEditor
          commands={reference.commands}
          chosen={chosen}
          onChoose={choose}
          text={text}
          onText={setText}
          onSend={(command) => void recorder.send(command)}
        />
        <FrameLog feed={recorder.feed} />
      </section>
      <aside
        aria-label="Reference"
        className="flex shrink-0 flex-col border-line bg-surface max-lg:border-t lg:min-h-0 lg:w-96 lg:border-l xl:w-md"
      >
        <ReferencePanel reference={reference} chosen={chosen} onChoose={choose} />
      </aside>
    </div>
  );
}
