// CodeMirror in the place of a cell's code. Loaded when the first cell is edited.

let loading = null;
const load = () => loading ??= import("../codemirror/codemirror.min.js").catch(error => {
  loading = null;
  throw error;
});

const kinds = { Method: "method", Property: "property", Field: "property", Class: "class", Struct: "class", Enum: "enum", EnumMember: "constant",
  Local: "variable", Parameter: "variable", Keyword: "keyword", Namespace: "namespace", Interface: "interface" };

/** Opens an editor: `change(code)` hears of every change, `run(stay)` of Shift+Enter and Ctrl+Enter, `leave()` of Escape;
 * `ask(type, code, position)` asks the engine. Gives { code, focus() } with a code that can be set. */
export async function openEditor(place, label, code, { change, run, leave, ask }) {
  const cm = await load();
  const { EditorState, EditorView, StateEffect, StateField, Prec, keymap, tags } = cm;

  const colours = cm.HighlightStyle.define([
    { tag: [tags.keyword, tags.bool, tags.null, tags.atom, tags.modifier, tags.definitionKeyword, tags.controlKeyword], class: "k" },
    { tag: [tags.string, tags.character], class: "s" }, { tag: tags.number, class: "n" }, { tag: tags.comment, class: "c" },
    { tag: tags.meta, class: "d" }, { tag: [tags.typeName, tags.className, tags.standard(tags.name)], class: "t" },
  ]);

  // The signature stands at the place where it was asked for, until the cursor leaves the line.
  const signature = StateEffect.define();
  const signatures = StateField.define({
    create: () => null,
    update(shown, transaction) {
      for (const effect of transaction.effects) if (effect.is(signature)) return effect.value;
      if (!shown) return null;
      const { state } = transaction, line = state.doc.lineAt(state.selection.main.head);
      return shown.pos >= line.from && shown.pos <= line.to ? shown : null;
    },
    provide: field => cm.showTooltip.from(field),
  });
  const askSignature = async view => {
    const position = view.state.selection.main.head;
    const text = (await ask("signature", view.state.doc.toString(), position))?.text;
    view.dispatch({ effects: signature.of(!text ? null : { pos: position, above: true, create: () => {
      const dom = Object.assign(document.createElement("div"), { className: "signature", textContent: text });
      return { dom };
    } }) });
  };

  const complete = async context => {
    if (!context.explicit && !context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*$|\.$/u)) return null;
    const answer = await ask("complete", context.state.doc.toString(), context.pos);
    if (!answer?.items?.length) return null;
    return {
      from: answer.start, to: answer.end, validFor: /^[\p{L}\p{N}_]*$/u,
      options: answer.items.map(item => ({ label: item.text, type: kinds[item.kind] ?? item.kind?.toLowerCase() })),
    };
  };

  const state = EditorState.create({
    doc: code,
    extensions: [
      Prec.highest(keymap.of([
        { key: "Shift-Enter", run: () => (run(false), true) },
        { key: "Ctrl-Enter", mac: "Cmd-Enter", run: () => (run(true), true) },
        { key: "Shift-Tab", run: view => cm.completionStatus(view.state) === null && view.state.selection.main.empty
          && /\S/.test(view.state.doc.lineAt(view.state.selection.main.head).text.slice(0, view.state.selection.main.head - view.state.doc.lineAt(view.state.selection.main.head).from))
          ? (askSignature(view), true) : false },
        { key: "Tab", run: view => cm.acceptCompletion(view)
          || (/[\p{L}\p{N}_.]$/u.test(view.state.sliceDoc(0, view.state.selection.main.head)) && cm.startCompletion(view)) },
        { key: "Escape", run: view => {
          if (cm.closeCompletion(view)) return true;
          if (view.state.field(signatures)) view.dispatch({ effects: signature.of(null) });
          else leave();
          return true;
        } },
      ])),
      keymap.of([...cm.closeBracketsKeymap, ...cm.completionKeymap, ...cm.historyKeymap, cm.indentWithTab, ...cm.defaultKeymap]),
      EditorView.lineWrapping, cm.history(), cm.drawSelection(), cm.bracketMatching(), cm.closeBrackets(), cm.indentUnit.of("    "),
      cm.StreamLanguage.define(cm.csharp), cm.syntaxHighlighting(colours),
      cm.autocompletion({ override: [complete], activateOnTyping: false }),
      signatures,
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.updateListener.of(update => {
        if (!update.docChanged) return;
        change(update.state.doc.toString());
        update.changes.iterChanges((from, to, start, end, inserted) => { if (/[(,]/.test(inserted.toString())) askSignature(update.view); });
      }),
    ],
  });
  const view = new EditorView({ state, parent: place });
  return {
    focus: () => view.focus(),
    get code() { return view.state.doc.toString(); },
    set code(text) {
      if (text !== this.code) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: cm.isolateHistory.of("full") });
    },
  };
}
