/* One image and what is to be made of it: the forecast follows the options, and a square is previewed. */
(() => {
  const { Controller } = window.StimulusModule;
  const { ask, Post } = window.restoreAsk;
  const PAUSE = 400; /* milliseconds in which nothing is typed */
  const STEP = 32; /* pixels of the picture */
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  class RestoreWish extends Controller {
    static targets = [
      ...['forecast', 'whole', 'part', 'stage', 'square', 'preview', 'status', 'trouble', 'troubleText'],
      ...['stale', 'result', 'send'],
    ];

    static values = { forecast: String, preview: String, size: Array, corner: Array, side: Number, words: Object };

    connect() {
      const words = this.wordsValue;
      this.form = this.element;
      this.questions = new Post(this.form.action, words, 'restore-wish');
      this.over = new AbortController();
      [this.x, this.y] = this.cornerValue;
      this.place();
    }

    disconnect() {
      this.over.abort();
      clearTimeout(this.timer);
    }

    say(words) {
      this.statusTarget.textContent = words;
    }

    complain(words) {
      this.troubleTarget.hidden = !words;
      this.troubleTextTarget.textContent = words;
    }

    /* — what would be made of it — */

    chosen({ target }) {
      if (!target.name) return;
      if (this.resultTarget.hasChildNodes()) this.age(this.shown !== this.options);
      this.forecastTarget.setAttribute('aria-busy', 'true');
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.foresee(), PAUSE);
    }

    /** Whether the preview is one of other options than those that are chosen. */
    age(stale) {
      this.staleTarget.hidden = !stale;
      this.resultTarget.classList.toggle('restore-wish__result--stale', stale);
      if (stale && !this.previewing) this.say('');
    }

    async foresee() {
      const asked = Symbol('asked');
      this.asked = asked;
      const answer = await this.questions.send(this.form, this.forecastValue);
      if (this.asked !== asked) return; /* something else was chosen meanwhile */
      this.forecastTarget.removeAttribute('aria-busy');
      if (answer.error) {
        this.forecastTarget.textContent = answer.error;
        return;
      }
      this.forecastTarget.innerHTML = answer.html;
      this.resize(answer.side);
    }

    /* — the square — */

    /** Its sides in pixels of the picture. */
    get sides() {
      return this.sizeValue.map((length) => Math.min(this.sideValue, length));
    }

    /** A preview of what grows much is one of less. */
    resize(side) {
      if (side === this.sideValue) return;
      const before = this.sides;
      this.sideValue = side;
      const [wide, high] = this.sides;
      this.move(this.x + (before[0] - wide) / 2, this.y + (before[1] - high) / 2);
    }

    move(x, y) {
      const [width, height] = this.sizeValue;
      const [wide, high] = this.sides;
      this.x = Math.round(Math.min(Math.max(0, x), width - wide));
      this.y = Math.round(Math.min(Math.max(0, y), height - high));
      this.place();
    }

    place() {
      const [width, height] = this.sizeValue;
      const [wide, high] = this.sides;
      const whole = wide === width && high === height; /* there is nothing to move */
      this.wholeTarget.hidden = !whole;
      this.partTarget.hidden = whole;
      this.squareTarget.hidden = whole;
      const { style } = this.squareTarget;
      style.left = `${(100 * this.x) / width}%`;
      style.top = `${(100 * this.y) / height}%`;
      style.width = `${(100 * wide) / width}%`;
      style.height = `${(100 * high) / height}%`;
    }

    /** Takes hold of the square; elsewhere on the picture a click brings it there. */
    grab(event) {
      if (!event.isPrimary || event.button !== 0) return;
      const onSquare = event.target === this.squareTarget;
      const mouse = event.pointerType === 'mouse';
      if (mouse || onSquare) event.preventDefault();
      const [atX, atY] = this.at(event);
      this.held = { atX: atX - this.x, atY: atY - this.y, tapped: !onSquare && !mouse, event };
      if (!onSquare) {
        const [wide, high] = this.sides;
        [this.held.atX, this.held.atY] = [wide / 2, high / 2];
      }
      if (this.held.tapped) return; /* a finger may be about to scroll the page */
      event.currentTarget.setPointerCapture(event.pointerId);
      this.squareTarget.focus({ preventScroll: true });
      this.drag(event);
    }

    drag(event) {
      if (!this.held || this.held.tapped) return;
      const [atX, atY] = this.at(event);
      this.move(atX - this.held.atX, atY - this.held.atY);
    }

    drop(event) {
      if (this.held?.tapped && event.type === 'pointerup') {
        this.held.tapped = false;
        this.drag(event);
      }
      this.held = null;
    }

    /** Where in the picture an event happened. */
    at({ clientX, clientY }) {
      const { left, top, width, height } = this.stageTarget.getBoundingClientRect();
      const [wide, high] = this.sizeValue;
      return [((clientX - left) / width) * wide, ((clientY - top) / height) * high];
    }

    key(event) {
      const way = MOVES[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const step = event.shiftKey ? 1 : STEP;
      this.move(this.x + way[0] * step, this.y + way[1] * step);
      this.say(this.wordsValue.place.replace('{x}', this.x).replace('{y}', this.y));
    }

    /* — the preview — */

    /** What is chosen; the token may be renewed meanwhile. */
    get options() {
      const data = new FormData(this.form);
      data.delete('csrfmiddlewaretoken');
      return new URLSearchParams(data).toString();
    }

    async preview() {
      if (this.previewing) return;
      this.work(true);
      this.complain('');
      this.say(this.wordsValue.previewing);
      const before = this.options;
      try {
        const answer = await ask(this, this.previewValue, { x: this.x, y: this.y }, this.over.signal);
        if (this.over.signal.aborted) return;
        this.say(answer.said || '');
        this.complain(answer.error || '');
        if (answer.html) await this.show(answer.html, before);
      } finally {
        this.work(false);
      }
    }

    /** The comparison, at its full size as soon as its pictures are there. */
    async show(html, asked) {
      this.resultTarget.innerHTML = html;
      this.shown = asked;
      this.age(asked !== this.options);
      const full = this.resultTarget.querySelector('[data-restore-compare-target=full]');
      const pictures = [...this.resultTarget.querySelectorAll('img')];
      try {
        await Promise.all(
          pictures.map((picture) => {
            picture.loading = 'eager';
            return picture.decode();
          }),
        );
      } catch (error) {
        if (error.name !== 'EncodingError') throw error;
        this.resultTarget.replaceChildren();
        this.say('');
        this.complain(this.wordsValue.offline);
        return;
      }
      full.click();
      this.resultTarget.scrollIntoView({ block: 'nearest' });
    }

    work(busy) {
      this.previewing = busy;
      this.previewTarget.classList.toggle('button-longrunning-active', busy);
      this.previewTarget.setAttribute('aria-disabled', String(busy));
    }

    /* — the asking — */

    async send(event) {
      event.preventDefault();
      if (this.sending) return;
      this.sending = true;
      this.complain('');
      this.sendTarget.classList.add('button-longrunning-active');
      const answer = await this.questions.send(this.form, this.form.action);
      if (answer.url) {
        window.location.assign(answer.url);
        return;
      }
      this.sending = false;
      this.sendTarget.classList.remove('button-longrunning-active');
      this.complain(answer.error);
      this.troubleTarget.scrollIntoView({ block: 'nearest' });
    }
  }

  window.wagtail.app.register('restore-wish', RestoreWish);
})();
