/* What is behind “More” below a picture on a narrow screen: opened over the picture, closed by whatever comes next. */
(() => {
  const { Controller } = window.StimulusModule;

  class RestorePaintMore extends Controller {
    static targets = ['button', 'panel'];

    connect() {
      this.page = this.element.closest('[data-controller~="restore-paint"]');
      this.over = new AbortController();
      const { signal } = this.over;
      this.page.addEventListener('keydown', (event) => this.left(event), { signal, capture: true });
      this.page.addEventListener('pointerdown', (event) => this.beside(event), { signal, capture: true });
    }

    disconnect() {
      this.over.abort();
    }

    get open() {
      return this.buttonTarget.getAttribute('aria-expanded') === 'true';
    }

    toggle() {
      this.show(!this.open);
    }

    close() {
      if (this.open) this.show(false);
    }

    show(open) {
      const within = this.panelTarget.contains(document.activeElement);
      this.buttonTarget.setAttribute('aria-expanded', String(open));
      this.panelTarget.classList.toggle('restore-paint__more--open', open);
      if (!open && within) this.buttonTarget.focus({ preventScroll: true });
    }

    left(event) {
      if (event.key !== 'Escape' || !this.open) return;
      event.stopPropagation();
      this.close();
    }

    /** Who touches the picture closes it, and paints with the next touch. */
    beside(event) {
      if (!this.open || this.element.contains(event.target)) return;
      event.stopPropagation();
      this.close();
    }
  }

  window.wagtail.app.register('restore-paint-more', RestorePaintMore);
})();
