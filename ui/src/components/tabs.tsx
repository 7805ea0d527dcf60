import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "../lib/classes";

interface TabsProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  tabs: { value: T; title: ReactNode }[];
  children: ReactNode;
  className?: string;
}

export function Tabs<T extends string>({ label, value, onChange, tabs, children, className }: TabsProps<T>) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as T)} className={cx("min-w-0", className)}>
      <Radix.List aria-label={label} className="flex gap-5 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px shrink-0 border-b-2 border-transparent px-0.5 pt-1 pb-2 text-soft outline-offset-[-2px] hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {tab.title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {children}
    </Radix.Root>
  );
}

export const Tab = Radix.Content;
