// Asking before something that cannot be taken back.
import { useAttempt } from "../app/useAttempt";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

export function Confirm({
  open,
  onOpenChange,
  title,
  description,
  action,
  onConfirm,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  action: string;
  onConfirm: () => Promise<void>;
}) {
  const { busy, problem, attempt } = useAttempt();

  const confirm = () =>
    attempt(async () => {
      await onConfirm();
      onOpenChange(false);
    });

  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={description}>
      {problem !== null && (
        <p role="alert" className="px-4 pt-1 text-sm text-danger">
          {problem}
        </p>
      )}
      <div className="flex justify-end gap-2 p-4">
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button kind="danger" autoFocus disabled={busy} onClick={() => void confirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
