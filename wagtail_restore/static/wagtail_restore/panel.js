/* The Restoration panel of an image: it follows the work, and its buttons hold out over a new login. */
(() => {
  const { Controller } = window.StimulusModule;
  const { Pace, get, renew, complain } = window.restoreFollowing;
  const { tell } = window.restoreNews;

  class RestorePanel extends Controller {
    static targets = ['body', 'content', 'progress', 'doing', 'sentence', 'picture', 'trouble', 'announce'];

    static values = { url: String, file: String, offline: String, login: String, gone: String, changed: String };

    connect() {
      this.pace = new Pace(
        () => this.ask(),
        () => this.over,
      );
      const named = [...this.bodyTarget.querySelectorAll('details')].find(({ id }) => id && `#${id}` === window.location.hash);
      if (named) named.open = true;
    }

    disconnect() {
      this.pace.stop();
    }

    /**
     * A button is pressed: who has been logged out is told so, and who has logged in again since gets the new token,
     * before the form goes its way; nobody ends on a bare page.
     */
    async send(event) {
      event.preventDefault();
      if (this.sending) return;
      this.sending = true;
      const form = event.target;
      const words = await this.pace.now();
      this.sending = false;
      if (!words && form.isConnected) {
        form.submit();
        return;
      }
      if (!words) complain(this.troubleTarget, this.changedValue);
      this.troubleTarget.scrollIntoView({ block: 'nearest' });
    }

    get over() {
      return !this.hasContentTarget || this.contentTarget.dataset.final === 'true';
    }

    /** What stands against it, in words, or nothing. */
    async ask() {
      const query = new URLSearchParams({ stamp: this.contentTarget.dataset.stamp });
      const { text, trouble } = await get(`${this.urlValue}?${query}`);
      complain(this.troubleTarget, trouble ? this[`${trouble}Value`] : '');
      if (trouble === 'gone') this.close();
      if (!trouble) this.show(text);
      return this.troubleTarget.textContent;
    }

    close() {
      this.contentTarget.dataset.final = 'true';
      this.bodyTarget.querySelectorAll('button').forEach((button) => {
        button.disabled = true;
      });
    }

    show(html) {
      const holder = document.createElement('template');
      holder.innerHTML = html;
      const next = holder.content.querySelector('[data-stamp]');
      const now = this.contentTarget;
      if (!next) {
        complain(this.troubleTarget, this.loginValue);
        return;
      }
      renew(next.dataset.token);
      if (next.dataset.stamp === now.dataset.stamp) {
        if (next.dataset.percent !== now.dataset.percent) this.pace.keep();
        this.tell(next.dataset);
        return;
      }
      this.pace.hurry();
      const focused = this.bodyTarget.contains(document.activeElement);
      this.bodyTarget.replaceChildren(next);
      this.announce(now.dataset.state, next.dataset);
      if (focused) this.bodyTarget.focus();
      if (next.dataset.file !== this.fileValue) this.swap(next);
    }

    /** An end is told where it is seen everywhere on the page, and read out; anything else is only read out. */
    announce(before, { state, tone, sentence, say }) {
      const ended = Boolean(tone) && state !== before;
      this.announceTarget.textContent = ended ? '' : say;
      if (ended) tell([{ type: tone, text: sentence }]);
    }

    tell({ percent, doing, sentence }) {
      this.contentTarget.dataset.percent = percent;
      if (this.hasProgressTarget) this.progressTarget.value = Number(percent);
      if (this.hasDoingTarget) this.doingTarget.textContent = doing;
      if (this.hasSentenceTarget && this.sentenceTarget.textContent !== sentence) this.sentenceTarget.textContent = sentence;
    }

    /** The picture, its size and its file on the rest of the page; the form itself stays as the editor left it. */
    swap(next) {
      const picture = next.querySelector('template');
      if (!picture) return;
      this.fileValue = next.dataset.file;
      const { src, href, name, size, filesize } = picture.dataset;
      document.querySelectorAll('.focal-point-chooser img').forEach((image) => {
        image.src = src;
      });
      const [dimensions, weight] = document.querySelectorAll('[data-restore-stats] dd');
      if (dimensions) dimensions.textContent = size;
      if (weight) weight.textContent = filesize;
      const link = document.getElementById('id_file')?.closest('[data-field-input]')?.querySelector('a');
      if (link) {
        link.href = href;
        link.lastChild.textContent = name;
        link.nextSibling.textContent = ` (${size})`;
      }
    }
  }

  window.wagtail.app.register('restore-panel', RestorePanel);
})();
