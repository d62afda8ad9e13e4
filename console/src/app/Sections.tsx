// The parts of the console beside each other: a rail at the side, or a bar at the bottom where there is no room.
import { Link, useLocation } from "@tanstack/react-router";
import { Gauge, MessagesSquare, SquareTerminal } from "lucide-react";
import { classes } from "../ui/classes";

const SECTIONS = [
  { to: "/", name: "Chat", Icon: MessagesSquare },
  { to: "/operator", name: "Operator", Icon: Gauge },
  { to: "/playground", name: "Playground", Icon: SquareTerminal },
] as const;

/** The address of the section that holds a page: the chat, unless the page lies under another one. */
export function sectionOf(path: string): (typeof SECTIONS)[number]["to"] {
  return SECTIONS.find(({ to }) => to !== "/" && (path === to || path.startsWith(`${to}/`)))?.to ?? "/";
}

export function Sections({ className }: { className?: string }) {
  const here = useLocation({ select: ({ pathname }) => sectionOf(pathname) });
  return (
    <nav
      aria-label="Sections"
      className={classes("shrink-0 border-line bg-canvas max-md:border-t md:w-20 md:border-r md:pt-2", className)}
    >
      <ul className="flex md:flex-col md:gap-1 md:px-1.5">
        {SECTIONS.map(({ to, name, Icon }) => (
          <li key={to} className="flex-1 md:flex-none">
            <Link
              to={to}
              aria-current={to === here ? "page" : undefined}
              className="flex h-13 flex-col items-center justify-center gap-0.5 rounded-lg text-2xs text-ink-soft -outline-offset-2 hover:bg-hover hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-accent md:aria-[current=page]:bg-accent-soft"
            >
              <Icon size={18} aria-hidden />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
