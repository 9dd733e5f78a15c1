/* Find text and dates: what the worker reads in the picture, to be kept or dropped, and then marked. */
(() => {
  const { Controller } = window.StimulusModule;
  const { ask, Traced } = window.restorePaint;

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
      const answer = await ask(editor, this.urlValue, {}, () => this.ended);
      this.work(false);
      if (this.ended) return;
      editor.say(answer.error ? '' : answer.said);
      editor.complain(answer.error || '');
      if (answer.regions) this.show(answer.regions);
      this.chipsTarget.querySelector('button')?.focus();
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
      editor.marks.add(found(kept.map(({ polygon }) => polygon)));
      this.show([]);
      editor.changed(editor.wordsValue.added);
      this.startTarget.focus();
    }
  }

  window.wagtail.app.register('restore-paint-find', RestorePaintFind);
})();
