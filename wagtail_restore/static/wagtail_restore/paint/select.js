/* Smart select: a rough stroke over something, or a loop around it, becomes the mask of the thing. */
(() => {
  const { Controller } = window.StimulusModule;
  const { ask } = window.restoreAsk;
  const { Mark, Traced } = window.restorePaint;
  const MOST = 400; /* points that the worker is told */
  const LOOP = 0.25; /* ends that are so near each other, as a share of its size, make a stroke a loop */

  /** Whether a stroke comes back to where it began, and encloses something. */
  function isLoop(points, box, size) {
    const across = Math.hypot(box[2] - box[0], box[3] - box[1]) - size;
    const end = points.length;
    let length = 0;
    for (let at = 2; at < end; at += 2) {
      length += Math.hypot(points[at] - points[at - 2], points[at + 1] - points[at - 1]);
    }
    const apart = Math.hypot(points[end - 2] - points[0], points[end - 1] - points[1]);
    return across > size && length > 2 * across && apart < Math.max(size, LOOP * across);
  }

  /** Some of the points, evenly. */
  function thinned(points) {
    const count = points.length / 2;
    const step = Math.max(1, Math.ceil(count / MOST));
    const kept = [];
    for (let at = 0; at < count; at += step) kept.push(Math.round(points[2 * at]), Math.round(points[2 * at + 1]));
    return kept;
  }

  class RestorePaintSelect extends Controller {
    static values = { url: String };

    connect() {
      this.stage = this.element.querySelector('.restore-paint__stage');
      this.group = this.stage.querySelector('.restore-paint__outlines g');
    }

    disconnect() {
      this.asked?.abort();
    }

    get editor() {
      return window.wagtail.app.getControllerForElementAndIdentifier(this.element, 'restore-paint');
    }

    /** Somebody drew with the tool. */
    drawn({ detail: { mark } }) {
      const { editor } = this;
      if (editor.busy) return;
      this.drop();
      this.asked = new AbortController();
      const { signal } = this.asked;
      const dropped = new Promise((done) => {
        signal.addEventListener('abort', () => done(false), { once: true });
      });
      editor.say(editor.wordsValue.selecting);
      editor.selecting = Promise.race([this.select(mark, signal), dropped]);
      editor.tellHistory();
    }

    /** Mark what lies under the stroke; whether it is what somebody meant who drew it. */
    async select(mark, signal) {
      const { editor } = this;
      const loop = isLoop(mark.points, mark.box, mark.size);
      const points = thinned(mark.points);
      this.show(points, loop);
      const question = { kind: loop ? 'outline' : 'stroke', points, size: loop ? 0 : Math.round(mark.size) };
      let answer = { error: editor.wordsValue.trouble };
      try {
        answer = await ask(editor, this.urlValue, { drawn: JSON.stringify(question) }, signal);
        await editor.still();
      } finally {
        if (!signal.aborted && answer.error) this.offer(mark, loop, answer.error);
        else if (!signal.aborted) this.rest();
      }
      if (signal.aborted || answer.error) return false;
      const stands = Boolean(answer.rings.length);
      editor.marks.add(stands ? new Traced('found', [{ rings: answer.rings, grow: 0 }]) : this.rough(mark, loop));
      editor.changed(answer.said);
      return stands;
    }

    /** Nothing came of it: the stroke stays, and whoever drew it decides what becomes of it. */
    offer(mark, loop, words) {
      const { editor, outline } = this;
      this.rest();
      this.group.append(outline);
      this.outline = outline;
      outline.classList.add('restore-paint__asked--open');
      editor.undecided = true;
      editor.say('');
      editor.told.ask(words, [
        [editor.wordsValue.again, () => this.drawn({ detail: { mark } })],
        [editor.wordsValue.asItIs, () => this.use(mark, loop)],
      ]);
      editor.tellHistory();
    }

    /** What was drawn is marked, without the object that it may have meant. */
    use(mark, loop) {
      const { editor } = this;
      if (editor.busy) return;
      this.drop();
      editor.finish();
      editor.marks.add(this.rough(mark, loop));
      editor.changed(editor.wordsValue.painted);
    }

    /** What was drawn, as brush or lasso would have marked it. */
    rough(mark, loop) {
      const made = new Mark(loop ? 'lasso' : 'brush', loop ? 0 : mark.size, 0);
      for (let at = 0; at < mark.points.length; at += 2) made.add(mark.points[at], mark.points[at + 1]);
      return made;
    }

    show(points, loop) {
      const outline = document.createElementNS('http://www.w3.org/2000/svg', loop ? 'polygon' : 'polyline');
      outline.setAttribute('points', points.join(' '));
      outline.classList.add('restore-paint__asked');
      this.group.append(outline);
      this.outline = outline;
      this.stage.dispatchEvent(new CustomEvent('restore-paint:placed'));
      this.stage.setAttribute('aria-busy', 'true');
    }

    /** Nobody waits for the answer any more, nor wants the stroke. */
    drop() {
      this.asked?.abort();
      this.rest();
    }

    rest() {
      this.outline?.remove();
      this.outline = null;
      this.stage.removeAttribute('aria-busy');
      Object.assign(this.editor, { selecting: null, undecided: false });
      this.editor.told.settle();
      this.editor.tellHistory();
    }
  }

  window.wagtail.app.register('restore-paint-select', RestorePaintSelect);
})();
