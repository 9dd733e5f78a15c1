/* Restoration in Wagtail's admin: the live panel, the before/after slider, the options of the multiple upload. */
(() => {
  const { Controller } = window.StimulusModule;
  const SHORTEST = 2000;
  const LONGEST = 15000;
  const PATIENCE = 20000;

  /** Asks how far the work is, ever less often while nothing happens and not at all while the tab is hidden. */
  class RestorePanel extends Controller {
    static targets = ['body', 'content', 'progress', 'doing', 'sentence', 'picture', 'trouble', 'announce'];

    static values = { url: String, file: String, offline: String, login: String, gone: String, changed: String };

    connect() {
      this.pause = SHORTEST;
      this.turned = () => this.turn();
      document.addEventListener('visibilitychange', this.turned);
      this.schedule();
    }

    disconnect() {
      document.removeEventListener('visibilitychange', this.turned);
      clearTimeout(this.timer);
    }

    turn() {
      clearTimeout(this.timer);
      if (document.hidden || this.over) return;
      this.pause = SHORTEST;
      this.ask();
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
      const words = await this.ask();
      this.sending = false;
      if (!words && form.isConnected) {
        form.submit();
        return;
      }
      if (!words) this.complain(this.changedValue);
      this.troubleTarget.scrollIntoView({ block: 'nearest' });
    }

    get over() {
      return !this.hasContentTarget || this.contentTarget.dataset.final === 'true';
    }

    schedule() {
      clearTimeout(this.timer);
      if (!this.over && !document.hidden) {
        this.timer = setTimeout(() => this.ask(), this.pause);
      }
    }

    /** What stands against it, in words, or nothing. */
    async ask() {
      clearTimeout(this.timer);
      const before = this.pause;
      this.pause = Math.min(this.pause * 1.4, LONGEST);
      let response;
      try {
        response = await fetch(this.urlValue, {
          credentials: 'same-origin',
          headers: { 'X-Requested-With': 'XMLHttpRequest' },
          signal: AbortSignal.timeout(PATIENCE),
        });
        await this.take(response, before);
      } catch (error) {
        if (!['TypeError', 'TimeoutError', 'AbortError'].includes(error.name)) throw error;
        this.complain(this.offlineValue);
      }
      this.schedule();
      return this.troubleTarget.textContent;
    }

    async take(response, before) {
      if (response.status === 404) {
        this.complain(this.goneValue);
        this.contentTarget.dataset.final = 'true';
        this.bodyTarget.querySelectorAll('button').forEach((button) => {
          button.disabled = true;
        });
      } else if (response.status === 403 || response.redirected) {
        this.complain(this.loginValue);
      } else if (!response.ok) {
        this.complain(this.offlineValue);
      } else {
        this.complain('');
        this.show(await response.text(), before);
      }
    }

    complain(words) {
      if (this.troubleTarget.textContent === words) return;
      this.troubleTarget.textContent = words;
      this.troubleTarget.hidden = !words;
    }

    show(html, before) {
      const holder = document.createElement('template');
      holder.innerHTML = html;
      const next = holder.content.querySelector('[data-stamp]');
      const now = this.contentTarget;
      if (!next) {
        this.complain(this.loginValue);
        return;
      }
      this.renew(next.dataset.token);
      if (next.dataset.stamp === now.dataset.stamp) {
        if (next.dataset.percent !== now.dataset.percent) this.pause = before;
        this.tell(next.dataset);
        return;
      }
      this.pause = SHORTEST;
      const focused = this.bodyTarget.contains(document.activeElement);
      this.bodyTarget.replaceChildren(next);
      this.announceTarget.textContent = next.dataset.say;
      if (focused) this.bodyTarget.focus();
      if (next.dataset.file !== this.fileValue) this.swap(next);
    }

    /** Somebody who logged in again has another token; with the one that the page was made with, all is refused. */
    renew(token) {
      document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((field) => {
        field.value = token;
      });
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

  /** Moves the edge between before and after; in full size the edge stays where one looks. */
  class RestoreCompare extends Controller {
    static targets = ['view', 'stage', 'range', 'full', 'grip'];

    connect() {
      this.draw();
    }

    draw() {
      const share = Number(this.rangeTarget.value) / 100;
      const { scrollLeft, clientWidth } = this.viewTarget;
      const full = this.fullTarget.checked;
      const edge = full ? `${scrollLeft + share * clientWidth}px` : `${100 * share}%`;
      this.stageTarget.style.setProperty('--restore-split', edge);
      this.gripTarget.style.left = full ? `${share * clientWidth}px` : `${100 * share}%`;
    }

    /** Takes hold of the edge; in full size of the picture itself where the pointer is not on the grip. */
    grab(event) {
      const view = this.viewTarget;
      const { left, top } = view.getBoundingClientRect();
      const onBar = event.clientX > left + view.clientWidth || event.clientY > top + view.clientHeight;
      const pans = this.fullTarget.checked && !this.gripTarget.contains(event.target);
      const mouse = event.pointerType === 'mouse';
      if (!event.isPrimary || event.button !== 0 || onBar || (pans && !mouse)) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      this.held = { pans, x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
      this.rangeTarget.focus({ preventScroll: true });
      if (mouse) this.move(event); // a finger may be about to scroll the page
    }

    move({ clientX, clientY }) {
      if (!this.held) return;
      const view = this.viewTarget;
      if (this.held.pans) {
        view.scrollTo(this.held.x - clientX, this.held.y - clientY);
        return;
      }
      this.rangeTarget.value = (100 * (clientX - view.getBoundingClientRect().left)) / view.clientWidth;
      this.draw();
    }

    drop(event) {
      this.move(event);
      this.held = null;
    }

    release() {
      this.held = null;
    }

    zoom() {
      const full = this.fullTarget.checked;
      const view = this.viewTarget;
      const middle = (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth;
      const { clientHeight } = view;
      if (full) view.style.setProperty('block-size', `${clientHeight}px`);
      else view.style.removeProperty('block-size');
      this.element.classList.toggle('restore-compare--full', full);
      if (full) {
        view.tabIndex = 0;
        view.scrollLeft = middle * view.scrollWidth - view.clientWidth / 2;
        view.scrollTop = (view.scrollHeight - view.clientHeight) / 2;
      } else {
        view.removeAttribute('tabindex');
      }
      this.draw();
    }
  }

  /** Makes the options for the batch part of the drop zone's form, which sends them with every file. */
  class RestoreBatch extends Controller {
    connect() {
      const form = document.querySelector('.drop-zone form');
      if (!form) return;
      form.id = form.id || 'restore-drop-zone';
      this.element.querySelectorAll('fieldset, select, input').forEach((control) => {
        control.setAttribute('form', form.id);
      });
    }
  }

  window.wagtail.app.register('restore-panel', RestorePanel);
  window.wagtail.app.register('restore-compare', RestoreCompare);
  window.wagtail.app.register('restore-batch', RestoreBatch);
})();
