/* Find text and dates: what the worker reads in the picture is marked, and each find can be dropped from the mask. */
(() => {
  const { Controller } = window.StimulusModule;
  const { ask } = window.restoreAsk;
  const { Choice, Traced } = window.restorePaint;
  const FINGER = 24; /* pixels on the screen: smaller outlines are met as if they were so large */

  /** What a region marks: its polygon, drawn a little larger than it was found. */
  function marked(polygon) {
    const sides = polygon.map(([x, y], at) => {
      const [nextX, nextY] = polygon[(at + 1) % polygon.length];
      return Math.hypot(nextX - x, nextY - y);
    });
    return new Traced('found', [{ rings: [polygon.flat()], grow: Math.max(2, Math.min(...sides) * 0.12) }]);
  }

  class RestorePaintFind extends Controller {
    static targets = ['start', 'found', 'chips'];

    static values = { url: String };

    connect() {
      this.regions = [];
      this.stage = this.page.querySelector('.restore-paint__stage');
      this.group = this.stage.querySelector('.restore-paint__outlines g');
      this.over = new AbortController();
      const { signal } = this.over;
      this.stage.addEventListener('restore-paint:placed', () => this.place(), { signal });
      this.page.addEventListener('restore-paint:changed', () => this.follow(), { signal });
    }

    disconnect() {
      this.over.abort();
    }

    get page() {
      return this.element.closest('[data-controller~="restore-paint"]');
    }

    get editor() {
      return window.wagtail.app.getControllerForElementAndIdentifier(this.page, 'restore-paint');
    }

    find() {
      const { editor } = this;
      if (this.busy || editor.busy) return;
      this.work(true);
      editor.complain('');
      editor.say(editor.wordsValue.finding);
      editor.searching = this.search();
    }

    /** Ask, and show what there is; whether that is nothing, over which nobody has to decide. */
    async search() {
      const { editor } = this;
      const { signal } = this.over;
      try {
        const answer = await ask(editor, this.urlValue, {}, signal);
        await editor.still();
        if (signal.aborted) return false;
        editor.complain(answer.error || '');
        if (answer.regions) this.show(answer.regions);
        const all = this.regions.every((region) => region.kept);
        if (answer.error) editor.say('');
        else editor.say(all ? answer.said : this.count);
        /* Who has gone on to paint meanwhile is not called away. */
        const more = this.element.querySelector('.restore-paint__button--more'); /* holds it for what it has closed */
        const waits = [this.startTarget, more].includes(document.activeElement);
        if (waits) this.chipsTarget.querySelector('button')?.focus();
        return answer.regions?.length === 0;
      } finally {
        editor.searching = null;
        this.work(false);
      }
    }

    work(busy) {
      this.busy = busy;
      this.startTarget.setAttribute('aria-disabled', String(busy));
    }

    /** What was found before and is found again stays as it was decided; what is new is marked. */
    show(regions) {
      const { editor, regions: before } = this;
      const same = (one) => before.find((other) => String(other.polygon) === String(one.polygon));
      this.regions = regions.map((region) => same(region) || this.shown(region));
      this.foundTarget.hidden = !regions.length;
      this.chipsTarget.replaceChildren(...this.regions.map(({ chip }) => chip));
      before.forEach(({ outline }) => outline.remove()); /* the stroke of Smart select stays */
      this.group.prepend(...this.regions.map(({ outline }) => outline));
      editor.found = regions.length ? this : null;
      const fresh = this.regions.filter((region) => !before.includes(region));
      const gone = before.filter((region) => region.kept && !this.regions.includes(region));
      if (fresh.length || gone.length) this.decide(fresh, gone);
      this.place();
      editor.measure();
    }

    /** A region with its chip and its outline, each of which points at the other. */
    shown(region) {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.className = 'restore-paint__chip';
      chip.textContent = `${region.kind}: ${region.text}`;
      const outline = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
      outline.setAttribute('points', region.polygon.join(' '));
      const [across, down] = [0, 1].map((axis) => region.polygon.map((point) => point[axis]));
      const box = [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
      const shown = { ...region, chip, outline, box, traced: marked(region.polygon) };
      chip.addEventListener('click', () => this.toggle(shown));
      ['pointerenter', 'focus'].forEach((name) => chip.addEventListener(name, () => this.point(shown)));
      ['pointerleave', 'blur'].forEach((name) => chip.addEventListener(name, () => this.point(null)));
      return shown;
    }

    place() {
      const { scale, x, y } = this.editor.view;
      this.group.setAttribute('transform', `matrix(${scale} 0 0 ${scale} ${x} ${y})`);
    }

    /** The region whose outline lies at this place of the picture, the smallest where several do. */
    at(x, y) {
      const least = FINGER / this.editor.view.scale;
      const area = ({ box: [left, top, right, bottom] }) => (right - left) * (bottom - top);
      const met = this.regions.filter(({ outline, box: [left, top, right, bottom] }) => {
        const [wide, high] = [Math.max(0, least - right + left) / 2, Math.max(0, least - bottom + top) / 2];
        if (!wide && !high) return outline.isPointInFill(new DOMPoint(x, y));
        return x >= left - wide && x <= right + wide && y >= top - high && y <= bottom + high;
      });
      return met.sort((one, other) => area(one) - area(other))[0];
    }

    /** Somebody clicked on its chip, or on its outline. */
    toggle(region) {
      const word = region.kept ? 'dropped' : 'kept';
      this.choose([region], !region.kept, this.editor.wordsValue[word].replace('{text}', () => region.text));
    }

    /** Show which of the outlines is meant; none with nothing. */
    point(region) {
      this.regions.forEach(({ chip, outline }, at) => {
        const meant = this.regions[at] === region;
        chip.classList.toggle('restore-paint__chip--pointed', meant);
        outline.classList.toggle('restore-paint__pointed', meant);
      });
    }

    /** How many of the finds are marked, in words. */
    get count() {
      const { wordsValue: words } = this.editor;
      const kept = this.regions.filter((region) => region.kept);
      return words.count.replace('{marked}', kept.length).replace('{all}', this.regions.length);
    }

    /** Chips and outlines show what is marked, whoever changed that: a chip, undo, or all marks cleared. */
    follow() {
      const marked = new Set(this.editor.marks.shown);
      this.regions.forEach((region) => {
        region.kept = marked.has(region.traced);
        region.chip.setAttribute('aria-pressed', String(region.kept));
        region.outline.classList.toggle('restore-paint__dropped', !region.kept);
      });
    }

    /** One step, which can be undone. */
    decide(kept, dropped) {
      const { editor } = this;
      editor.finish();
      editor.marks.add(new Choice(kept, dropped));
      editor.changed('');
    }

    /** Somebody decides; what is being sent is decided already. */
    choose(regions, kept, words = '') {
      if (this.editor.busy) return;
      const others = regions.filter((region) => region.kept !== kept);
      if (others.length) this.decide(kept ? others : [], kept ? [] : others);
      this.editor.say(`${words} ${this.count}`.trim());
    }

    all() {
      this.choose(this.regions, true);
    }

    none() {
      this.choose(this.regions, false);
    }
  }

  window.wagtail.app.register('restore-paint-find', RestorePaintFind);
})();
