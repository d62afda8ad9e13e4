// What those see who are no operators: on a development server a button that makes them one, elsewhere the command that makes
// a token with the role, and where to put it.
import { KeyRound } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useApp } from "../app/context";
import { useAttempt } from "../app/useAttempt";
import { Button } from "../ui/Button";

export function NeedsRole() {
  const { becomeOperator } = useApp();
  return (
    <div className="flex h-full items-center justify-center overflow-y-auto p-4">
      <div className="w-full max-w-md text-sm">
        <KeyRound size={24} strokeWidth={1.5} aria-hidden className="mb-3 text-ink-faint" />
        <h1 className="text-lg font-semibold">This page needs the operator role</h1>
        {becomeOperator === null ? <ByToken /> : <ByAsking become={becomeOperator} />}
      </div>
    </div>
  );
}

function ByAsking({ become }: { become: () => Promise<void> }) {
  const { busy, problem, attempt } = useAttempt();

  return (
    <>
      <Hint>This is a development server: anyone may have it, and sees and ends what an operator can.</Hint>
      <Button kind="primary" className="mt-4" disabled={busy} onClick={() => void attempt(become)} data-testid="become-operator">
        Continue as an operator
      </Button>
      {problem !== null && (
        <p role="alert" className="mt-2 text-danger">
          {problem}
        </p>
      )}
    </>
  );
}

function ByToken() {
  const { me, switchTo } = useApp();
  const [token, setToken] = useState("");

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (token.trim() !== "") switchTo(token.trim());
  }

  return (
    <>
      <Hint>
        Your token does not carry it. Whoever runs the server can make one that does, with the settings and the data directory
        that the server was started with:
      </Hint>
      <pre
        tabIndex={0}
        aria-label="Command"
        className="mt-2 overflow-x-auto rounded-md border border-line bg-canvas p-2.5 font-mono text-xs"
      >
        tutti token --user {me.id} --role operator
      </pre>
      <form onSubmit={onSubmit} className="mt-4">
        <label htmlFor="operator-token" className="mb-1.5 block font-medium">
          Operator’s token
        </label>
        <div className="field px-2.5 py-2">
          <textarea
            id="operator-token"
            data-testid="operator-token"
            rows={3}
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={(event) => setToken(event.target.value)}
            className="block w-full resize-none bg-transparent font-mono text-xs break-all"
          />
        </div>
        <Button kind="primary" type="submit" className="mt-2" disabled={token.trim() === ""} data-testid="operator-sign-in">
          Sign in with it
        </Button>
      </form>
    </>
  );
}

function Hint({ children }: { children: ReactNode }) {
  return <p className="mt-1 text-ink-soft">{children}</p>;
}
