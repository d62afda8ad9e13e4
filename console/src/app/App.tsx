// The whole console: the front door, or the shell for whoever is signed in.
import { TuttiProvider, useConnection, useStore } from "@tutti/react";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { ConnectionBar } from "../connection/ConnectionBar";
import { PeopleDirectory } from "../people/directory";
import { Notice } from "../ui/Notice";
import { Button } from "../ui/Button";
import { AppContext, type SignedInContext, useApp } from "./context";
import { createConsoleRouter } from "./router";
import type { Session, SignedIn } from "./session";
import { SignIn } from "./SignIn";

export function App({ session }: { session: Session }) {
  const signedIn = useStore(session);
  if (signedIn === null) return <SignIn session={session} />;
  return <SignedInApp session={session} signedIn={signedIn} />;
}

function SignedInApp({ session, signedIn }: { session: Session; signedIn: SignedIn }) {
  const { client, user, name } = signedIn;
  const [router] = useState(createConsoleRouter);
  const context = useMemo<SignedInContext>(() => {
    const people = new PeopleDirectory();
    if (user) people.learn([user]);
    return {
      me: user ?? { id: "", name: null },
      people,
      switchTo: (token) => session.signInWithToken(token),
      becomeOperator: name === null ? null : () => session.signInByName(name, ["operator"]),
      signOut: () => {
        void router.navigate({ to: "/", replace: true });
        session.signOut();
      },
    };
  }, [user, name, session, router]);
  return (
    <TuttiProvider client={client}>
      <AppContext value={context}>{user === null ? <SigningIn /> : <RouterProvider router={router} />}</AppContext>
    </TuttiProvider>
  );
}

/** A pasted token is being tried: until the server answers, nobody knows whose it is. */
function SigningIn() {
  const { signOut } = useApp();
  const { final, problem } = useConnection();
  return (
    <main className="flex h-full flex-col bg-canvas">
      {!final && <ConnectionBar />}
      <div className="min-h-0 flex-1">
        {final ? (
          <Notice title="This token does not work">
            <p role="alert">{problem}</p>
            <Button kind="primary" className="mt-3" onClick={signOut}>
              Use another one
            </Button>
          </Notice>
        ) : (
          <Notice title="Signing in…">
            <Button className="mt-3" onClick={signOut}>
              Cancel
            </Button>
          </Notice>
        )}
      </div>
    </main>
  );
}
