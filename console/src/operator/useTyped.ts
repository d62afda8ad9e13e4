// A field whose text counts when its writer pauses, so that a question is not asked anew at every key.
import { useEffect, useEffectEvent, useState } from "react";

const PATIENCE_MS = 250;

/** The text of the field and its setter; `settled` is told the text when it is another than `known` and rests. */
export function useTyped(known: string, settled: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(known);
  const tell = useEffectEvent(settled);
  useEffect(() => {
    if (text.trim() === known) return undefined;
    const timer = window.setTimeout(() => tell(text.trim()), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, [text, known]);
  return [text, setText];
}
