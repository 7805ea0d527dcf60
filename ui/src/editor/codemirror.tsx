// The text editor. Loaded when a page first shows a definition.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic as Lint } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { EditorProps } from "./yaml";

const look = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--ink)", fontSize: "0.87rem", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--accent)", paddingBlock: "0.6rem" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in oklab, var(--sunken) 70%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in oklab, var(--accent) 26%, transparent)",
  },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", borderRadius: "8px", maxWidth: "60ch" },
  ".cm-diagnostic": { fontFamily: "var(--font-sans)", padding: "6px 10px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--warn)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "none", color: "var(--soft)" },
  ".cm-deletedChunk": { backgroundColor: "var(--bad-soft)" },
  ".cm-deletedChunk .cm-deletedText": { backgroundColor: "transparent", textDecoration: "line-through" },
  ".cm-changedLine, .cm-inlineChangedLine": { backgroundColor: "var(--good-soft)" },
  ".cm-changedText": { background: "none", fontWeight: "600" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--warn)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--faint)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

export default function CodeMirror({ value, onChange, label, diagnostics, line, before, focus }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });

  useEffect(() => {
    if (!place.current) return;
    const writes = new Compartment();
    const extensions: Extension[] = [
      lineNumbers(),
      foldGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      yaml(),
      syntaxHighlighting(colours),
      look,
      EditorView.lineWrapping,
      // Tab stays what moves on through the page.
      keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap]),
      writes.of(EditorState.readOnly.of(!latest.current)),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) latest.current?.(update.state.doc.toString());
      }),
    ];
    if (before !== undefined) {
      extensions.push(unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }));
    } else extensions.push(lintGutter());
    const editor = new EditorView({ parent: place.current, state: EditorState.create({ doc: value, extensions }) });
    view.current = editor;
    if (focus?.current) {
      const most = editor.state.doc.length;
      const { anchor, head } = focus.current;
      editor.dispatch({ selection: { anchor: Math.min(anchor, most), head: Math.min(head, most) } });
      editor.focus();
      focus.current = null;
    }
    return () => {
      view.current = null;
      editor.destroy();
    };
    // The text comes in below; another comparison is another editor.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [label, before, focus]);

  useEffect(() => {
    const editor = view.current;
    const now = editor?.state.doc.toString();
    if (!editor || now === undefined || now === value) return;
    // Only what differs is replaced, so that the cursor and the folds stay.
    let from = 0;
    while (from < now.length && from < value.length && now[from] === value[from]) from++;
    let end = 0;
    while (end < now.length - from && end < value.length - from && now[now.length - 1 - end] === value[value.length - 1 - end]) end++;
    editor.dispatch({ changes: { from, to: now.length - end, insert: value.slice(from, value.length - end) } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const lints = (diagnostics ?? []).map((item): Lint => {
      const { from, to } = placeOf(editor.state, item.line, item.column);
      return { from, to, severity: item.severity, message: [item.message, item.suggestion].filter(Boolean).join(" "), source: item.code };
    });
    editor.dispatch(setDiagnostics(editor.state, lints));
  }, [diagnostics, value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !line) return;
    const { from } = placeOf(editor.state, line.line, line.column);
    editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    if (line.focus) editor.focus();
  }, [line]);

  return <div ref={place} className="h-full overflow-hidden" />;
}

/** From a line and column (from 1) to the end of what stands there. */
function placeOf(state: EditorState, line: number | null | undefined, column: number | null | undefined) {
  const number = Math.min(Math.max(line ?? 1, 1), state.doc.lines);
  const found = state.doc.line(number);
  const indent = found.text.length - found.text.trimStart().length;
  const from = Math.min(found.from + (column ? column - 1 : indent), found.to);
  return { from, to: Math.max(found.to, from) };
}
