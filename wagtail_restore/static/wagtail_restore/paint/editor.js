/* The page *Remove objects*: tools and their settings, undo, zoom, and what is said of it all. */
(() => {
  const { Controller } = window.StimulusModule;
  const { Post } = window.restoreAsk;
  const { Mark, Marks, Screen, View, Hand, Keys, Told, Sending } = window.restorePaint;
  const SMALLEST = 0.002; /* of the longer side of the picture */
  const LARGEST = 0.25;
  const ZOOM = 1.25;

  class RestorePaint extends Controller {
    static targets = [
      'stage',
      'picture',
      'canvas',
      'sketch',
      'cursor',
      'tool',
      'chosen',
      'size',
      'sizeText',
      'soft',
      'softText',
      'brush',
      'undo',
      'redo',
      'clear',
      'zoom',
      'status',
      'error',
      'errorText',
      'offers',
      'send',
    ];

    static values = { picture: Array, mask: Array, words: Object };

    connect() {
      const [width, height] = this.pictureValue;
      const longest = Math.max(width, height);
      this.sizes = [Math.max(2, longest * SMALLEST), Math.max(8, longest * LARGEST)];
      this.marks = new Marks();
      this.view = new View(width, height);
      const seen = ['stage', 'picture', 'canvas', 'sketch', 'cursor'].map((name) => [name, this[`${name}Target`]]);
      this.screen = new Screen(Object.fromEntries(seen), this.view, this.marks);
      this.hand = new Hand(this);
      this.keys = new Keys(this);
      this.told = new Told(this);
      this.sending = new Sending(this);
      this.form = this.element.querySelector('form');
      const words = this.wordsValue;
      this.post = new Post(this.form.action, words);
      this.questions = new Post(this.form.action, { ...words, login: words.findLogin, offline: words.findOffline });
      this.watch = new ResizeObserver(() => this.still().then(() => this.measure()));
      this.watch.observe(this.stageTarget);
      this.leaving = (event) => {
        if ((!this.marks.shown.length && !this.undecided) || this.sending.sent) return;
        event.preventDefault();
        event.returnValue = true; /* for browsers that do not go by the line above */
      };
      window.addEventListener('beforeunload', this.leaving);
      this.choose('brush');
      this.adjust();
      this.measure();
      this.tellHistory();
    }

    disconnect() {
      this.watch.disconnect();
      this.hand.stop();
      this.keys.stop();
      window.removeEventListener('beforeunload', this.leaving);
    }

    measure() {
      this.screen.resize();
      this.tellZoom();
    }

    /* — tools — */

    pick(event) {
      this.choose(event.currentTarget.value);
      this.say(this.wordsValue[this.tool]);
    }

    choose(tool) {
      this.finish();
      this.tool = tool;
      this.toolTargets.forEach((button) => button.setAttribute('aria-pressed', String(button.value === tool)));
      // What is disabled under the focus would take it along.
      const button = this.toolTargets.find((each) => each.value === tool);
      this.chosenTarget.textContent = button.textContent.trim();
      if (!this.brushes && this.brushTarget.contains(document.activeElement)) button.focus();
      this.brushTarget.disabled = !this.brushes;
      this.element.dataset.tool = tool;
      this.hand.showCursor();
    }

    get brushes() {
      return this.tool === 'brush' || this.tool === 'eraser' || this.tool === 'smart';
    }

    /** The sliders have moved; that of the size runs evenly in proportions, not in pixels. */
    adjust() {
      const [smallest, largest] = this.sizes;
      this.size = smallest * (largest / smallest) ** (Number(this.sizeTarget.value) / 100);
      this.soft = Number(this.softTarget.value) / 100;
      const size = `${Math.round(this.size)} px`;
      this.sizeTextTarget.textContent = size;
      this.sizeTarget.setAttribute('aria-valuetext', size);
      this.softTextTarget.textContent = `${this.softTarget.value} %`;
      this.softTarget.setAttribute('aria-valuetext', `${this.softTarget.value} %`);
      this.hand.showCursor();
    }

    resizeBrush(steps) {
      this.sizeTarget.value = String(Number(this.sizeTarget.value) + steps);
      this.adjust();
      this.say(this.sizeTextTarget.textContent);
    }

    /* — painting: by the hand or by the keys — */

    begin(x, y) {
      this.complain('');
      this.finish();
      const soft = this.brushes && this.tool !== 'smart';
      this.active = new Mark(this.tool, this.brushes ? this.size : 0, soft ? this.soft : 0);
      this.active.add(x, y);
      this.screen.begin(this.active);
    }

    extend(x, y) {
      if (!this.active) return;
      this.active.add(x, y);
      this.screen.extend();
    }

    finish() {
      const mark = this.active;
      if (!mark) return;
      this.rest();
      if (mark.tool === 'smart') {
        this.screen.end(false);
        this.element.dispatchEvent(new CustomEvent('restore-paint:smart', { detail: { mark } }));
        return;
      }
      if (mark.solid) this.marks.add(mark);
      this.screen.end(mark.solid);
      if (mark.solid) this.tellHistory(this.wordsValue[mark.tool === 'eraser' ? 'erased' : 'painted']);
    }

    rest() {
      this.active = null;
      this.element.dispatchEvent(new CustomEvent('restore-paint:rested'));
    }

    /** Once nobody is within a stroke: what comes from elsewhere would cut it off, or move the picture below it. */
    async still() {
      if (!this.active) return;
      await new Promise((done) => {
        this.element.addEventListener('restore-paint:rested', done, { once: true });
      });
    }

    abandon() {
      if (!this.active) return false;
      this.rest();
      this.screen.end(false);
      this.say(this.wordsValue.abandoned);
      return true;
    }

    undo() {
      if (this.abandon() || this.giveUp() || this.busy || !this.marks.canUndo) return;
      this.marks.undo();
      this.changed(this.wordsValue.undone);
    }

    redo() {
      this.finish();
      if (this.busy || !this.marks.canRedo) return;
      this.marks.redo();
      this.changed(this.wordsValue.redone);
    }

    clear() {
      this.finish();
      if (this.busy || !this.marks.shown.length) return;
      this.marks.add(new Mark('clear', 0, 0));
      this.changed(this.wordsValue.cleared);
    }

    /** Where finds are marked by that or not any more, how many are is told, too. */
    changed(words) {
      const before = this.found?.count;
      this.screen.request(true);
      this.element.dispatchEvent(new CustomEvent('restore-paint:changed'));
      const after = this.found?.count;
      this.tellHistory(words && before !== after ? `${words} ${after}` : words);
    }

    /** A button that has the focus is not switched off under it, which would lose the focus. */
    tellHistory(words) {
      const off = [
        [this.undoTarget, !this.marks.canUndo && !this.selecting && !this.undecided && !this.sending.stop],
        [this.redoTarget, !this.marks.canRedo],
        [this.clearTarget, !this.marks.shown.length],
      ];
      off.forEach(([button, without]) => button.setAttribute('aria-disabled', String(without)));
      if (words) this.say(words);
    }

    /* — zoom — */

    zoomIn() {
      this.zoomBy(ZOOM);
    }

    zoomOut() {
      this.zoomBy(1 / ZOOM);
    }

    zoomBy(factor, x, y) {
      this.view.zoomTo(this.view.scale * factor, x, y);
      this.moved();
    }

    zoomFit() {
      this.view.fit();
      this.moved();
    }

    zoomFull() {
      this.view.zoomTo(1);
      this.moved();
    }

    moved() {
      this.screen.place();
      this.hand.showCursor();
      this.tellZoom();
    }

    tellZoom() {
      this.zoomTarget.textContent = `${Math.round(this.view.scale * 100)} %`;
    }

    /* — words — */

    /** The name of the tool stands before it, but not twice. */
    say(words) {
      this.statusTarget.textContent = words;
      const tool = this.chosenTarget.textContent;
      this.chosenTarget.hidden = words.startsWith(tool);
      this.statusTarget.classList.toggle('restore-paint__status--tool', words === tool);
    }

    complain(words) {
      this.told.tell(words);
    }

    /** Somebody has read what went wrong, and leaves it; whether there was anything to read. */
    dismiss() {
      const { shown } = this.told;
      if (this.undecided) this.giveUp();
      this.complain('');
      return shown;
    }

    /* — sending — */

    get busy() {
      return this.sending.busy;
    }

    send() {
      return this.sending.send();
    }

    /** What is still looked for: an object under a stroke, or text; it settles with whether one may go on after it. */
    get pending() {
      return this.selecting || this.searching;
    }

    /** A stroke that is looked under, or not decided over, is dropped, and nothing waits any more to be sent. */
    giveUp() {
      if (!this.selecting && !this.undecided && !this.sending.stop) return false;
      this.element.dispatchEvent(new CustomEvent('restore-paint:dropped'));
      this.sending.stop?.();
      this.say(this.wordsValue.abandoned);
      return true;
    }
  }

  window.wagtail.app.register('restore-paint', RestorePaint);
})();
