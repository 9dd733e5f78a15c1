/* Find text and dates: what the worker reads in the picture, to be kept or dropped, and then marked. */
(() => {
  const { Controller } = window.StimulusModule;
  const COLOUR = '#e3002b';
  const PATIENCE = 60000; /* milliseconds in which somebody looks at the page */
  const FIRST = 1000;
  const LONGEST = 5000;
  const HEADERS = { 'X-Requested-With': 'XMLHttpRequest' };

  /** Several polygons as one mark, each a little larger than it was found. */
  class Found {
    constructor(polygons) {
      this.tool = 'found';
      this.solid = true;
      this.brushed = false;
      this.shapes = polygons.map((points) => {
        const sides = points.map(([x, y], at) => {
          const [nextX, nextY] = points[(at + 1) % points.length];
          return Math.hypot(nextX - x, nextY - y);
        });
        return { path: new Path2D(`M${points.join('L')}Z`), grow: Math.max(2, Math.min(...sides) * 0.12) };
      });
      const most = Math.max(...this.shapes.map(({ grow }) => grow));
      const across = polygons.flat().map(([x]) => x);
      const down = polygons.flat().map(([, y]) => y);
      this.box = [
        Math.min(...across) - most,
        Math.min(...down) - most,
        Math.max(...across) + most,
        Math.max(...down) + most,
      ];
    }

    meets([left, top, right, bottom]) {
      return this.box[0] < right && this.box[2] > left && this.box[1] < bottom && this.box[3] > top;
    }

    draw(context) {
      context.globalCompositeOperation = 'source-over';
      context.fillStyle = COLOUR;
      context.strokeStyle = COLOUR;
      context.lineJoin = 'round';
      this.shapes.forEach(({ path, grow }) => {
        context.lineWidth = 2 * grow;
        context.fill(path);
        context.stroke(path);
      });
      return 0;
    }
  }

  /** Some time, and then until somebody looks at the page; how long nobody did. */
  async function pause(time) {
    await new Promise((done) => {
      setTimeout(done, time);
    });
    const began = performance.now();
    while (document.hidden) {
      // eslint-disable-next-line no-await-in-loop
      await new Promise((done) => {
        document.addEventListener('visibilitychange', done, { once: true });
      });
    }
    return performance.now() - began;
  }

  class RestorePaintFind extends Controller {
    static targets = ['start', 'found', 'chips'];

    static values = { url: String };

    connect() {
      this.regions = [];
      this.stage = this.page.querySelector('.restore-paint__stage');
      this.group = this.stage.querySelector('.restore-paint__outlines g');
      this.place = () => {
        const { scale, x, y } = this.editor.view;
        this.group.setAttribute('transform', `matrix(${scale} 0 0 ${scale} ${x} ${y})`);
      };
      this.stage.addEventListener('restore-paint:placed', this.place);
    }

    disconnect() {
      this.ended = true;
      this.stage.removeEventListener('restore-paint:placed', this.place);
    }

    get page() {
      return this.element.closest('[data-controller~="restore-paint"]');
    }

    get editor() {
      return window.wagtail.app.getControllerForElementAndIdentifier(this.page, 'restore-paint');
    }

    async find() {
      if (this.busy) return;
      const { editor } = this;
      this.work(true);
      this.show([]);
      editor.complain('');
      editor.say(editor.wordsValue.finding);
      let answer;
      try {
        answer = await this.ask();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        answer = { error: editor.wordsValue.findOffline };
      } finally {
        this.work(false);
      }
      if (this.ended) return;
      editor.say(answer.error ? '' : answer.said);
      editor.complain(answer.error || '');
      if (answer.regions) this.show(answer.regions);
      this.chipsTarget.querySelector('button')?.focus();
    }

    /** The worker's answer with `regions`, or what is wrong as `error`. */
    async ask() {
      const { post, wordsValue: words } = this.editor;
      const start = () => fetch(this.urlValue, { method: 'POST', body: new FormData(post.form), headers: HEADERS });
      let response = await start();
      const json = (response.headers.get('Content-Type') || '').includes('json');
      if (response.status === 403 && !json) {
        if (await post.renewToken()) return { error: words.findLogin };
        response = await start();
      }
      const asked = await this.told(response);
      if (asked.error) return asked;
      const url = `${this.urlValue}?${new URLSearchParams({ key: asked.key })}`;
      let end = performance.now() + PATIENCE;
      for (let wait = FIRST; performance.now() < end && !this.ended; wait = Math.min(LONGEST, wait * 1.5)) {
        /* eslint-disable no-await-in-loop -- one question after the other */
        end += await pause(wait);
        const answer = await this.told(await fetch(url, { headers: HEADERS }));
        /* eslint-enable no-await-in-loop */
        if (!answer.waiting) return answer;
      }
      return { error: words.unanswered };
    }

    async told(response) {
      const { post, wordsValue: words } = this.editor;
      const answer = await post.told(response);
      const other = { [words.login]: words.findLogin, [words.offline]: words.findOffline }[answer.error];
      return other ? { error: other } : answer;
    }

    work(busy) {
      this.busy = busy;
      this.startTarget.setAttribute('aria-disabled', String(busy));
    }

    show(regions) {
      this.foundTarget.hidden = !regions.length;
      this.regions = regions.map((region) => {
        const chip = document.createElement('button');
        chip.type = 'button';
        chip.className = 'restore-paint__chip';
        chip.textContent = `${region.kind}: ${region.text}`;
        const outline = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
        outline.setAttribute('points', region.polygon.join(' '));
        const shown = { ...region, chip, outline };
        chip.addEventListener('click', () => this.keep(shown, !shown.kept));
        this.keep(shown, true);
        return shown;
      });
      this.chipsTarget.replaceChildren(...this.regions.map(({ chip }) => chip));
      this.group.replaceChildren(...this.regions.map(({ outline }) => outline));
      this.place();
      this.editor.measure();
    }

    keep(region, kept) {
      region.kept = kept;
      region.chip.setAttribute('aria-pressed', String(kept));
      region.outline.classList.toggle('restore-paint__dropped', !kept);
    }

    all() {
      this.regions.forEach((region) => this.keep(region, true));
    }

    none() {
      this.regions.forEach((region) => this.keep(region, false));
    }

    add() {
      const { editor } = this;
      const kept = this.regions.filter((region) => region.kept);
      if (editor.busy) return;
      if (!kept.length) {
        editor.say(editor.wordsValue.noneKept);
        return;
      }
      editor.finish();
      editor.marks.add(new Found(kept.map(({ polygon }) => polygon)));
      this.show([]);
      editor.changed(editor.wordsValue.added);
      this.startTarget.focus();
    }
  }

  window.wagtail.app.register('restore-paint-find', RestorePaintFind);
})();
