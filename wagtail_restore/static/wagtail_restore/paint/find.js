/* Find text and dates: what the worker reads in the picture, to be kept or dropped, and then marked. */
(() => {
  const { Controller } = window.StimulusModule;
  const { ask, Traced } = window.restorePaint;
  const FINGER = 24; /* pixels on the screen: smaller outlines are met as if they were so large */

  /** The polygons as rings, each to be drawn a little larger than it was found. */
  function found(polygons) {
    const shapes = polygons.map((points) => {
      const sides = points.map(([x, y], at) => {
        const [nextX, nextY] = points[(at + 1) % points.length];
        return Math.hypot(nextX - x, nextY - y);
      });
      return { rings: [points.flat()], grow: Math.max(2, Math.min(...sides) * 0.12) };
    });
    return new Traced('found', shapes);
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
        editor.say(answer.error ? '' : answer.said);
        editor.complain(answer.error || '');
        if (answer.regions) this.show(answer.regions);
        /* Who has gone on to paint meanwhile is not called away. */
        if (document.activeElement === this.startTarget) this.chipsTarget.querySelector('button')?.focus();
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

    show(regions) {
      this.foundTarget.hidden = !regions.length;
      this.regions = regions.map((region) => this.shown(region));
      this.chipsTarget.replaceChildren(...this.regions.map(({ chip }) => chip));
      this.group.replaceChildren(...this.regions.map(({ outline }) => outline));
      this.editor.found = regions.length ? this : null;
      this.place();
      this.editor.measure();
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
      const shown = { ...region, chip, outline, box };
      chip.addEventListener('click', () => this.choose([shown], !shown.kept));
      ['pointerenter', 'focus'].forEach((name) => chip.addEventListener(name, () => this.point(shown)));
      ['pointerleave', 'blur'].forEach((name) => chip.addEventListener(name, () => this.point(null)));
      this.keep(shown, true);
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

    /** Somebody clicked on its outline. */
    toggle(region) {
      if (this.editor.busy) return;
      this.choose([region], !region.kept);
      const { wordsValue: words } = this.editor;
      this.editor.say(words[region.kept ? 'kept' : 'dropped'].replace('{text}', () => region.text));
    }

    /** Show which of the outlines is meant; none with nothing. */
    point(region) {
      this.regions.forEach(({ chip, outline }, at) => {
        const meant = this.regions[at] === region;
        chip.classList.toggle('restore-paint__chip--pointed', meant);
        outline.classList.toggle('restore-paint__pointed', meant);
      });
    }

    keep(region, kept) {
      region.kept = kept;
      region.chip.setAttribute('aria-pressed', String(kept));
      region.outline.classList.toggle('restore-paint__dropped', !kept);
    }

    /** Somebody decides; what is being sent is decided already. */
    choose(regions, kept) {
      if (!this.editor.busy) regions.forEach((region) => this.keep(region, kept));
    }

    all() {
      this.choose(this.regions, true);
    }

    none() {
      this.choose(this.regions, false);
    }

    /** What is kept comes onto the mask; whether anything is. */
    take() {
      const { editor } = this;
      const kept = this.regions.filter((region) => region.kept);
      if (!kept.length) return false;
      const within = this.foundTarget.contains(document.activeElement);
      editor.finish();
      editor.marks.add(found(kept.map(({ polygon }) => polygon)));
      this.show([]);
      editor.changed(editor.wordsValue.added);
      if (within) this.startTarget.focus();
      return true;
    }

    add() {
      const { editor } = this;
      if (editor.busy) return;
      if (this.take()) this.startTarget.focus();
      else editor.say(editor.wordsValue.noneKept);
    }
  }

  window.wagtail.app.register('restore-paint-find', RestorePaintFind);
})();
