import { Component, type ReactNode } from "react";
import { ProblemCard } from "./feedback";

/** Keeps a mistake in one page from taking the navigation with it. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="mx-auto max-w-3xl p-6">
        <ProblemCard error={this.state.error} retry={() => this.setState({ error: null })} />
      </div>
    );
  }
}
