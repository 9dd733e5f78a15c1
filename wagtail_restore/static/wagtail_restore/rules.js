/* Rules in Wagtail's admin: what a rule touches as it is typed, and counts that follow a change of the order. */
(() => {
  const { Controller } = window.StimulusModule;
  const PAUSE = 400;

  /** Sends the form as it is whenever nothing was typed for a moment, and shows what the rule would touch. */
  class RestoreTouched extends Controller {
    static targets = ['say', 'pictures'];

    static values = { url: String, offline: String, login: String };

    connect() {
      this.form = this.element.closest('form');
      this.typed = () => this.schedule();
      for (const event of ['input', 'change']) this.form.addEventListener(event, this.typed);
      this.ask();
    }

    disconnect() {
      for (const event of ['input', 'change']) this.form.removeEventListener(event, this.typed);
      this.stop();
    }

    stop() {
      clearTimeout(this.timer);
      this.asking?.abort();
    }

    schedule() {
      this.stop();
      this.element.setAttribute('aria-busy', 'true');
      this.timer = setTimeout(() => this.ask(), PAUSE);
    }

    async ask() {
      this.stop();
      const asking = new AbortController();
      this.asking = asking;
      this.element.setAttribute('aria-busy', 'true');
      try {
        this.show(await this.answer(asking.signal));
      } catch (error) {
        if (error.name === 'AbortError') return;
        this.show({ say: this.offlineValue, pictures: '', wrong: true });
      }
      if (this.asking === asking) this.element.removeAttribute('aria-busy');
    }

    async answer(signal) {
      const { CSRF_HEADER_NAME, CSRF_TOKEN } = window.wagtailConfig;
      const response = await fetch(this.urlValue, {
        method: 'POST',
        body: new FormData(this.form),
        credentials: 'same-origin',
        headers: { [CSRF_HEADER_NAME]: CSRF_TOKEN, 'X-Requested-With': 'XMLHttpRequest' },
        signal,
      });
      if (response.status === 403 || response.redirected) {
        return { say: this.loginValue, pictures: '', wrong: true };
      }
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return response.json();
    }

    show({ say, pictures, wrong }) {
      if (this.sayTarget.textContent !== say) this.sayTarget.textContent = say;
      this.element.classList.toggle('restore-touched--wrong', wrong);
      this.picturesTarget.innerHTML = pictures;
    }
  }

  /** The order decides which rule an image falls to, so the counts are fetched anew when a rule was moved. */
  class RestoreCounts extends Controller {
    static values = { url: String };

    disconnect() {
      this.asking?.abort();
    }

    async refresh() {
      this.asking?.abort();
      this.asking = new AbortController();
      const response = await fetch(this.urlValue + window.location.search, {
        credentials: 'same-origin',
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
        signal: this.asking.signal,
      }).catch(() => null);
      if (!response?.ok || response.redirected) return;
      const holder = document.createElement('template');
      holder.innerHTML = await response.text();
      for (const cell of this.element.querySelectorAll('[data-restore-counts]')) {
        const now = holder.content.querySelector(`[data-restore-counts="${cell.dataset.restoreCounts}"]`);
        if (now) cell.replaceChildren(...now.childNodes);
      }
    }
  }

  window.wagtail.app.register('restore-touched', RestoreTouched);
  window.wagtail.app.register('restore-counts', RestoreCounts);
})();
