// What can be done with a message: the bar that appears beside it, and the menu with the rest.
import type { MessageView } from "@tutti/client";
import { Copy, MessageSquareText, MoreHorizontal, Pencil, Reply, Trash2 } from "lucide-react";
import { useRef } from "react";
import { IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { CAN_COPY, copy } from "../ui/clipboard";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { ReactionPicker } from "./Reactions";

export type OpenTool = "none" | "react" | "menu";

export interface MessageActions {
  reply(message: MessageView): void;
  openThread(message: MessageView): void;
  edit(message: MessageView): void;
  askDelete(message: MessageView): void;
  react(message: MessageView, emoji: string): void;
}

export function MessageToolbar({
  message,
  own,
  moderator,
  inThread,
  tabIndex,
  tool,
  onTool,
  actions,
}: {
  message: MessageView;
  own: boolean;
  moderator: boolean;
  inThread: boolean;
  tabIndex: number;
  tool: OpenTool;
  onTool: (tool: OpenTool) => void;
  actions: MessageActions;
}) {
  const bar = useRef<HTMLDivElement>(null);
  // What was chosen puts the focus elsewhere (the composer, a field, a dialog): closing the menu must not take it back.
  const moved = useRef(false);
  const moving = (act: (message: MessageView) => void) => () => {
    moved.current = true;
    act(message);
  };

  function onCloseAutoFocus(event: Event) {
    event.preventDefault();
    if (!moved.current) bar.current?.closest("article")?.focus();
    moved.current = false;
  }

  return (
    <div
      ref={bar}
      className={classes(
        "absolute -top-3.5 right-3 z-10 flex rounded-lg border border-line bg-raised p-0.5 shadow-sm",
        tool === "none" &&
          "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:pointer-events-none pointer-coarse:group-focus-within:pointer-events-auto",
      )}
    >
      <ReactionPicker
        tabIndex={tabIndex}
        open={tool === "react"}
        onOpenChange={(open) => onTool(open ? "react" : "none")}
        onPick={(emoji) => actions.react(message, emoji)}
      />
      <IconButton label="Reply" tabIndex={tabIndex} size="small" onClick={() => actions.reply(message)}>
        <Reply size={15} aria-hidden />
      </IconButton>
      {!inThread && (
        <IconButton label="Reply in thread" tabIndex={tabIndex} size="small" onClick={() => actions.openThread(message)}>
          <MessageSquareText size={15} aria-hidden />
        </IconButton>
      )}
      <Menu
        open={tool === "menu"}
        onOpenChange={(open) => onTool(open ? "menu" : "none")}
        onCloseAutoFocus={onCloseAutoFocus}
        trigger={
          <IconButton label="More" tabIndex={tabIndex} size="small">
            <MoreHorizontal size={15} aria-hidden />
          </IconButton>
        }
      >
        <MenuItem icon={<Reply size={15} aria-hidden />} onSelect={moving(actions.reply)}>
          Reply
        </MenuItem>
        {!inThread && (
          <MenuItem icon={<MessageSquareText size={15} aria-hidden />} onSelect={moving(actions.openThread)}>
            Reply in thread
          </MenuItem>
        )}
        {CAN_COPY && (
          <MenuItem icon={<Copy size={15} aria-hidden />} onSelect={() => copy(message.message)}>
            Copy text
          </MenuItem>
        )}
        {own && (
          <MenuItem icon={<Pencil size={15} aria-hidden />} onSelect={moving(actions.edit)}>
            Edit
          </MenuItem>
        )}
        {(own || moderator) && (
          <>
            <MenuSeparator />
            <MenuItem danger icon={<Trash2 size={15} aria-hidden />} onSelect={moving(actions.askDelete)}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  );
}
