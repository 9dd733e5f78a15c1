/* What went wrong, told over the lower edge of the stage: no message takes room from the picture, or moves it. */
(() => {
  class Told {
    constructor({ errorTarget, errorTextTarget, offersTarget, stageTarget }) {
      Object.assign(this, { box: errorTarget, text: errorTextTarget, offers: offersTarget, stage: stageTarget });
    }

    get shown() {
      return !this.box.hidden;
    }

    /** Whether somebody has to decide first; until then it stays. */
    get asks() {
      return this.offers.childElementCount > 0;
    }

    tell(words) {
      if (words === this.text.textContent || (!words && this.asks)) return;
      if (!words) this.keepFocus();
      this.text.textContent = words;
      this.box.hidden = !words;
      if (words) this.reveal();
    }

    /** Tell it, and offer what can be done: a label and what to do each. */
    ask(words, offers) {
      const buttons = offers.map(([label, act]) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'button button-small button-secondary';
        button.textContent = label;
        button.addEventListener('click', act);
        return button;
      });
      this.tell(words);
      this.offers.replaceChildren(...buttons);
    }

    /** It was decided. */
    settle() {
      if (!this.asks) return;
      this.keepFocus();
      this.offers.replaceChildren();
      this.tell('');
    }

    /** To where one decides. */
    focus() {
      this.reveal();
      this.offers.firstElementChild?.focus();
    }

    /** What goes does not take the focus along. */
    keepFocus() {
      if (this.box.contains(document.activeElement)) this.stage.focus({ preventScroll: true });
    }

    /** Only to who has scrolled the stage away does the page move. */
    reveal() {
      const { top, bottom } = this.box.getBoundingClientRect();
      if (top < 0 || bottom > window.innerHeight) this.box.scrollIntoView({ block: 'center' });
    }
  }

  window.restorePaint.Told = Told;
})();
