/* What went wrong, told over the lower edge of the stage: no message takes room from the picture, or moves it. */
(() => {
  class Told {
    constructor({ errorTarget, errorTextTarget, stageTarget }) {
      Object.assign(this, { box: errorTarget, text: errorTextTarget, stage: stageTarget });
    }

    get shown() {
      return !this.box.hidden;
    }

    tell(words) {
      if (words === this.text.textContent) return;
      if (!words) this.hide();
      this.text.textContent = words;
      this.box.hidden = !words;
      if (words) this.reveal();
    }

    /** The focus does not go with it. */
    hide() {
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
