// The front door: by name on a development server, by token anywhere else.
import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../ui/Button";
import { Failure, Skeleton } from "../ui/Notice";
import { problemText } from "./problem";
import type { Session } from "./session";
import { useAttempt } from "./useAttempt";

type Server = { state: "asking" } | { state: "known"; dev: boolean; version: string } | { state: "silent"; text: string };

export function SignIn({ session }: { session: Session }) {
  const [server, setServer] = useState<Server>({ state: "asking" });
  const [round, setRound] = useState(0);

  useEffect(() => {
    let current = true;
    setServer({ state: "asking" });
    session.visitor().api.info().then(
      (info) => {
        if (current) setServer({ state: "known", dev: info.dev, version: info.version });
      },
      (error: unknown) => {
        if (current) setServer({ state: "silent", text: problemText(error) });
      },
    );
    return () => {
      current = false;
    };
  }, [session, round]);

  return (
    <main className="flex h-full items-center justify-center overflow-y-auto bg-canvas p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-3">
          <img src="/favicon.svg" alt="" width={36} height={36} />
          <h1 className="text-xl font-semibold tracking-tight">Tutti</h1>
        </div>
        {server.state === "asking" && <Skeleton rows={1} label="Asking the server" />}
        {server.state === "silent" && (
          <Failure title="The server does not answer" text={server.text} onRetry={() => setRound(round + 1)} />
        )}
        {server.state === "known" && (server.dev ? <ByName session={session} /> : <ByToken session={session} />)}
        {server.state === "known" && <p className="mt-8 text-xs text-ink-faint">Version {server.version}</p>}
      </div>
    </main>
  );
}

function ByName({ session }: { session: Session }) {
  const [name, setName] = useState("");
  const { busy, problem, attempt } = useAttempt();

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() !== "") await attempt(() => session.signInByName(name.trim()));
  }

  return (
    <form onSubmit={(event) => void onSubmit(event)}>
      <label htmlFor="name" className="mb-1.5 block font-medium">
        Your name
      </label>
      <div className="flex gap-2">
        <div className="field h-9 min-w-0 flex-1 px-2.5">
          <input
            id="name"
            data-testid="sign-in-name"
            autoFocus
            autoComplete="nickname"
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
            aria-describedby="name-help"
            className="h-full w-full bg-transparent"
          />
        </div>
        <Button kind="primary" type="submit" data-testid="sign-in-submit" size="large" disabled={busy || name.trim() === ""}>
          {busy ? "Signing in…" : "Sign in"}
        </Button>
      </div>
      {problem !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {problem}
        </p>
      )}
      <p id="name-help" className="mt-3 text-sm text-ink-soft">
        This is a development server: anyone may sign in under any name, without a password. Open a second window to be
        somebody else.
      </p>
    </form>
  );
}

function ByToken({ session }: { session: Session }) {
  const [token, setToken] = useState("");

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (token.trim() !== "") session.signInWithToken(token.trim());
  }

  return (
    <form onSubmit={onSubmit}>
      <label htmlFor="token" className="mb-1.5 block font-medium">
        Access token
      </label>
      <div className="field px-2.5 py-2">
        <textarea
          id="token"
          data-testid="sign-in-token"
          autoFocus
          autoComplete="off"
          spellCheck={false}
          rows={4}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          aria-describedby="token-help"
          className="block w-full resize-none bg-transparent font-mono text-xs break-all"
        />
      </div>
      <Button
        kind="primary"
        type="submit"
        data-testid="sign-in-submit"
        size="large"
        disabled={token.trim() === ""}
        className="mt-2 w-full"
      >
        Sign in
      </Button>
      <p id="token-help" className="mt-3 text-sm text-ink-soft">
        Accounts on this server belong to the application that uses it, and so do tokens. Whoever runs the server can
        make one for you with <code className="font-mono text-xs text-ink">tutti token --user YOUR-ID</code>. It is kept
        in this window only, until you close it or sign out.
      </p>
    </form>
  );
}
