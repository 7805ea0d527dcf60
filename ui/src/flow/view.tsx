// The flow, drawn or as a list. Narrow screens begin with the list.
import { List, Workflow } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Boundary } from "../components/boundary";
import { Loading } from "../components/feedback";
import { cx } from "../lib/classes";
import { Outline, type FlowProps } from "./outline";
import { count } from "../lib/count";

const Canvas = lazy(() => import("./canvas"));

interface ViewProps extends FlowProps {
  /** The height of the drawing. */
  className?: string;
}

export function FlowView({ className = "h-[32rem]", ...props }: ViewProps) {
  const [drawn, setDrawn] = useState(() => matchMedia("(min-width: 640px)").matches);
  const { flow } = props;
  if (flow.steps.length === 0 && flow.triggers.length === 0) {
    return <p className="py-6 text-soft">There are no steps yet.</p>;
  }
  return (
    <div className="relative min-w-0">
      <div className="mb-2 flex items-center justify-between gap-3">
        <p className="text-[0.87rem] text-faint">
          {count(flow.count)} {flow.count === 1 ? "step" : "steps"}
        </p>
        <div role="group" aria-label="How the flow is shown" className="inline-flex rounded-lg border border-line p-0.5 text-[0.87rem]">
          <Choice on={drawn} onPress={() => setDrawn(true)} icon={<Workflow aria-hidden size={15} />} text="Drawn" />
          <Choice on={!drawn} onPress={() => setDrawn(false)} icon={<List aria-hidden size={15} />} text="List" />
        </div>
      </div>
      {drawn ? (
        <section aria-label={`Drawing of ${flow.bot || "the bot"}; the list has the same`} className={cx("overflow-hidden rounded-xl border border-line bg-page", className)}>
          <Boundary>
            <Suspense fallback={<Loading what="Drawing the flow …" className="px-4" />}>
              <Canvas {...props} />
            </Suspense>
          </Boundary>
        </section>
      ) : (
        <Outline {...props} />
      )}
    </div>
  );
}

function Choice({ on, onPress, icon, text }: { on: boolean; onPress: () => void; icon: React.ReactNode; text: string }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={onPress}
      className={cx("inline-flex items-center gap-1.5 rounded-md px-2.5 py-0.75", on ? "bg-accent-soft font-medium text-accent-strong" : "text-soft hover:text-ink")}
    >
      {icon}
      {text}
    </button>
  );
}
