// Drives the page as a person does who is in a hurry: by keys, page-side. What came into a text here
// and what was deleted here is written down, as the browser tells it.
window.storm = (() => {
  const typed = [];
  const deleted = [];
  let done = 0;
  let running = Promise.resolve();

  addEventListener("input", (event) => {
    if (event.target.closest?.(".cm-content") && event.data) typed.push(...event.data);
  }, { capture: true });

  const articles = () => [...document.querySelectorAll("article")];
  const turn = () => new Promise((go) => setTimeout(go, 0));
  const press = (key, more = {}) => {
    const keyCode = { Backspace: 8, Enter: 13, Escape: 27 }[key] ?? 0;
    document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key, keyCode, bubbles: true, cancelable: true, ...more }),
    );
  };
  const editor = () => {
    const content = document.activeElement;
    return content.matches(".cm-content") ? content.cmTile.root.view : null;
  };

  async function write(at) {
    press("Enter");
    await turn();
    const view = editor();
    if (view) view.dispatch({ selection: { anchor: Math.floor(at * view.state.doc.length) } });
    return view;
  }

  const OPERATIONS = {
    async type({ at, text }) {
      if (!(await write(at))) return;
      for (const one of text) document.execCommand("insertText", false, one);
      press("Escape");
    },
    async delete({ at, count }) {
      const view = await write(at);
      if (!view) return;
      const before = view.state.doc.toString();
      for (let n = 0; n < count; n += 1) press("Backspace");
      const after = new Set(view.state.doc.toString());
      deleted.push(...[...before].filter((one) => !after.has(one)));
      press("Escape");
    },
    async press({ keys, least = 0, most = Infinity }) {
      const { length } = articles();
      if (length < least || length > most) return;
      for (const [key, more] of keys) press(key, more);
    },
  };

  async function run(operations) {
    for (const operation of operations) {
      const cells = articles();
      const cell = cells[Math.floor(operation.cell * cells.length)];
      if (!cell) continue;
      cell.focus();
      await turn();
      await OPERATIONS[operation.do](operation);
      await turn();
      done += 1;
    }
  }

  return {
    begin(operations) { running = running.then(() => run(operations)); },
    async end() { await running; return { typed, deleted, done }; },
  };
})();
