/* Everything by the keyboard: a cursor of its own that paints, tools, undo, zoom; only while the editor has the focus. */
(() => {
  const STEP = 10; /* pixels on the screen */
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  const LETTERS = {
    b: (editor) => editor.choose('brush'),
    e: (editor) => editor.choose('eraser'),
    r: (editor) => editor.choose('rectangle'),
    l: (editor) => editor.choose('lasso'),
    s: (editor) => editor.choose('smart'),
    '+': (editor) => editor.zoomIn(),
    '=': (editor) => editor.zoomIn(),
    '-': (editor) => editor.zoomOut(),
    0: (editor) => editor.zoomFit(),
    1: (editor) => editor.zoomFull(),
    ',': (editor) => editor.resizeBrush(-4),
    '.': (editor) => editor.resizeBrush(4),
  };

  class Keys {
    constructor(editor) {
      this.editor = editor;
      this.spot = [editor.view.width / 2, editor.view.height / 2];
      this.shown = false;
      this.space = false;
      this.dragged = false;
      this.ended = new AbortController();
      const { signal } = this.ended;
      editor.element.addEventListener('keydown', (event) => this.down(event), { signal });
      editor.element.addEventListener('keyup', (event) => this.up(event), { signal });
      editor.stageTarget.addEventListener('focus', () => this.focus(), { signal });
      editor.stageTarget.addEventListener('blur', () => this.blur(), { signal });
    }

    stop() {
      this.ended.abort();
    }

    get onStage() {
      return document.activeElement === this.editor.stageTarget;
    }

    /** Reached by the keyboard, the stage shows its cursor at once. */
    focus() {
      this.shown = this.editor.stageTarget.matches(':focus-visible') && !this.editor.hand.pointers.size;
      this.editor.hand.showCursor();
    }

    blur() {
      this.space = false;
      this.shown = false;
      if (!this.editor.hand.pointers.size) this.editor.finish();
      this.editor.hand.showCursor();
    }

    down(event) {
      this.editor.stageTarget.classList.remove('restore-paint__stage--by-hand');
      const { editor } = this;
      const left = event.key === 'Escape' && !editor.active && (editor.giveUp() || editor.dismiss());
      if (!left && (editor.busy || event.altKey)) return;
      if (left || this.command(event) || (this.onStage && this.steer(event)) || this.letter(event)) {
        event.preventDefault();
        event.stopPropagation(); /* Wagtail has shortcuts of its own */
      }
    }

    command(event) {
      const { editor } = this;
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey)) return false;
      if (key === 'z' && !event.shiftKey) editor.undo();
      else if (key === 'y' || key === 'z') editor.redo();
      else if (key === 'enter') editor.send();
      else if (this.onStage && event.key in ARROWS) this.pan(ARROWS[event.key]);
      else return false;
      return true;
    }

    letter(event) {
      const act = LETTERS[event.key.toLowerCase()];
      if (!act || event.ctrlKey || event.metaKey) return false;
      const before = this.editor.tool;
      act(this.editor);
      if (this.editor.tool !== before) this.editor.say(this.editor.wordsValue[this.editor.tool]);
      return true;
    }

    steer(event) {
      if (event.key in ARROWS) this.walk(ARROWS[event.key], event.shiftKey ? 1 : STEP);
      else if (event.key === 'Enter' && !event.repeat) this.press();
      else if (event.key === ' ') {
        if (!event.repeat) this.hold(true);
      } else if (event.key === 'Escape') return this.editor.abandon();
      else return false;
      return true;
    }

    up(event) {
      if (event.key !== ' ' || !this.space) return;
      event.preventDefault();
      this.hold(false);
      if (!this.dragged) this.press();
    }

    /** The space bar paints when it is pressed alone, and moves the picture when one drags meanwhile. */
    hold(down) {
      this.space = down;
      if (down) this.dragged = false;
      this.editor.stageTarget.classList.toggle('restore-paint__stage--grab', down);
      this.editor.hand.showCursor();
    }

    walk([x, y], step) {
      const { editor, spot } = this;
      const { view } = editor;
      this.spot = [
        Math.min(view.width, Math.max(0, spot[0] + (x * step) / view.scale)),
        Math.min(view.height, Math.max(0, spot[1] + (y * step) / view.scale)),
      ];
      this.shown = true;
      editor.extend(...this.spot);
      view.reveal(...this.spot);
      editor.moved();
    }

    pan([x, y]) {
      this.editor.view.pan(-x * 4 * STEP, -y * 4 * STEP);
      this.editor.moved();
    }

    /** Begin to paint where the cursor is, or end it. */
    press() {
      const { editor } = this;
      this.shown = true;
      if (editor.active) editor.finish();
      else {
        editor.begin(...this.spot);
        editor.say(editor.wordsValue.down);
      }
      editor.hand.showCursor();
    }
  }

  window.restorePaint.Keys = Keys;
})();
