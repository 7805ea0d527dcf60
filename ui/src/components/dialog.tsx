import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "../lib/classes";
import { Button, IconButton } from "./button";

interface DialogProps {
  title: string;
  about?: ReactNode;
  open: boolean;
  onClose: () => void;
  wide?: boolean;
  children: ReactNode;
}

export function Dialog({ title, about, open, onClose, wide, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          {...(!about && { "aria-describedby": undefined })}
          onOpenAutoFocus={begin}
          className={cx(
            "fixed inset-x-0 bottom-0 z-40 max-h-[92dvh] animate-rise overflow-y-auto rounded-t-2xl border border-line bg-raised p-5 shadow-card",
            "sm:inset-x-auto sm:top-[8dvh] sm:bottom-auto sm:left-1/2 sm:max-h-[84dvh] sm:w-[calc(100vw-3rem)] sm:-translate-x-1/2 sm:rounded-2xl",
            wide ? "sm:max-w-5xl" : "sm:max-w-lg",
          )}
        >
          <div className="mb-4 flex items-start justify-between gap-4">
            <div className="min-w-0">
              <Radix.Title className="wrap-anywhere">{title}</Radix.Title>
              {about && <Radix.Description asChild><div className="mt-1 text-soft">{about}</div></Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close">
                <X aria-hidden size={18} />
              </IconButton>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Whoever opens a form goes on typing: its first field has the focus, or what is marked as the beginning. */
function begin(event: Event) {
  const content = event.currentTarget;
  const first = content instanceof HTMLElement && content.querySelector<HTMLElement>("[data-first], input:not([type=hidden]), select, textarea");
  if (!first) return;
  event.preventDefault();
  first.focus({ preventScroll: true });
}

interface ConfirmProps {
  title: string;
  /** What will happen, so that nobody has to guess. */
  about: ReactNode;
  action: string;
  busy?: string | false;
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  children?: ReactNode;
}

export function Confirm({ title, about, action, busy, open, onClose, onConfirm, children }: ConfirmProps) {
  return (
    <Dialog title={title} about={about} open={open} onClose={onClose}>
      {children}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button data-first onClick={onClose}>
          Keep it
        </Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
