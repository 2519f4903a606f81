// What the site's live cells use of CodeMirror, and nothing else.
export { EditorState, StateEffect, StateField, Prec } from "@codemirror/state";
export { EditorView, keymap, drawSelection, showTooltip } from "@codemirror/view";
export { history, isolateHistory, historyKeymap, defaultKeymap, indentWithTab } from "@codemirror/commands";
export { StreamLanguage, HighlightStyle, syntaxHighlighting, bracketMatching, indentUnit } from "@codemirror/language";
export { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, acceptCompletion, startCompletion, closeCompletion } from "@codemirror/autocomplete";
export { csharp } from "@codemirror/legacy-modes/mode/clike";
export { tags } from "@lezer/highlight";
