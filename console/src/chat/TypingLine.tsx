// Who is writing right now. The line always takes its room, so that nothing moves when it fills.
import { firstName } from "../conversations/describe";
import { listNames, type NameOf } from "../people/useNames";

export function TypingLine({ typing, nameOf }: { typing: readonly string[]; nameOf: NameOf }) {
  const names = typing.map((id) => firstName(nameOf(id)));
  return (
    <div data-testid="typing" aria-live="polite" className="flex h-5 shrink-0 items-center px-5 text-xs text-ink-faint">
      {names.length > 0 && (
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="flex gap-0.5">
            {[0, 200, 400].map((delay) => (
              <span
                key={delay}
                className="animate-breathe size-1 rounded-full bg-ink-faint"
                style={{ animationDelay: `${delay}ms` }}
              />
            ))}
          </span>
          {listNames(names)} {names.length === 1 ? "is" : "are"} typing
        </span>
      )}
    </div>
  );
}
