/* Marks that wait for a decision: the outlines on the picture and the rows of the list are one and the same. */
(() => {
  const { Controller } = window.StimulusModule;

  class RestoreRegions extends Controller {
    static targets = ['outline', 'row', 'box'];

    static values = { some: String, none: String };

    connect() {
      this.point = ({ target, type }) => this.tell(['pointerover', 'focusin'].includes(type) ? target : null);
      ['pointerover', 'pointerleave', 'focusin', 'focusout'].forEach((type) => {
        this.element.addEventListener(type, this.point);
      });
      if (this.hasBoxTarget) this.draw();
    }

    disconnect() {
      ['pointerover', 'pointerleave', 'focusin', 'focusout'].forEach((type) => {
        this.element.removeEventListener(type, this.point);
      });
    }

    /** Let the outline and the row of one mark stand out, whichever of the two is pointed at. */
    tell(target) {
      const { region } = target?.closest('[data-region]')?.dataset ?? {};
      [...this.outlineTargets, ...this.rowTargets].forEach((each) => {
        each.classList.toggle('restore-region--told', each.dataset.region === region);
      });
    }

    /** A click on the outline is one on its box. */
    toggle({ currentTarget }) {
      this.boxTargets[Number(currentTarget.dataset.region)]?.click();
    }

    /** What is not chosen is drawn so, and the form's button, wherever it stands, says how many are. */
    draw() {
      this.outlineTargets.forEach((outline) => {
        const { checked } = this.boxTargets[Number(outline.dataset.region)];
        outline.classList.toggle('restore-region--left', !checked);
      });
      const count = this.boxTargets.filter(({ checked }) => checked).length;
      [...this.boxTargets[0].form.elements].filter(({ type }) => type === 'submit').forEach((button) => {
        button.textContent = count ? this.someValue.replace('{count}', count) : this.noneValue;
        /* Beside a button of its own for nothing, the queue has this one for some alone. */
        if ('restoreSome' in button.dataset) button.hidden = !count;
      });
    }
  }

  window.wagtail.app.register('restore-regions', RestoreRegions);
})();
