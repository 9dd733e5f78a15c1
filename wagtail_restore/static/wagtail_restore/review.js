/* The queue of results by the keyboard: arrows move, a letter decides; each key presses the button that shows it. */
(() => {
  const { Controller } = window.StimulusModule;
  const LETTERS = { p: 'publish', d: 'discard', g: 'go' };

  /** Where somebody writes or chooses, a letter is theirs. */
  const WRITING = 'select, textarea, [contenteditable], [role=dialog], [role=listbox], input:not([type=checkbox], [type=range])';

  /** What arrows move by themselves. */
  const MOVED = 'input[type=range], .restore-compare__view[tabindex], [role=menu]';

  class RestoreReview extends Controller {
    static targets = ['earlier', 'later', 'publish', 'discard', 'go', 'hint', 'announce'];

    static values = { first: String, last: String };

    connect() {
      /* Who has switched Wagtail's own shortcuts off in their account wants none of ours. */
      const told = document.getElementById('wagtail-config')?.textContent;
      this.off = told ? JSON.parse(told).KEYBOARD_SHORTCUTS_ENABLED === false : false;
      this.hintTarget.hidden = this.off;
      this.busy = false;
      this.leaving = false;
    }

    /** Back from the next page by the browser's own button; the first time, a key may have been faster than the pictures. */
    rest(event) {
      if (!event.persisted) return;
      this.busy = false;
      this.leaving = false;
    }

    /** What is still in sight was stepped past: until the next page is there, a key would decide about the wrong one. */
    leave(event) {
      const elsewhere = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
      if (!elsewhere) this.leaving = true;
    }

    /** One decision is sent once, however it was made. */
    sent(event) {
      if (this.busy) event.preventDefault();
      this.busy = true;
    }

    press(event) {
      const bare = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
      /* A key that is held down would decide about the next one unseen. */
      if (this.off || this.busy || this.leaving || event.repeat || event.defaultPrevented || !bare) return;
      if (event.target.closest?.(WRITING)) return;
      const name = this.named(event);
      if (!name || (this.targets.has(name) && this.targets.find(name).hidden)) return;
      if (this.targets.has(name)) {
        event.preventDefault();
        this.follow(this.targets.find(name));
      } else if (name === 'earlier' || name === 'later') {
        this.say(name === 'earlier' ? this.firstValue : this.lastValue);
      }
    }

    named(event) {
      if (!event.key.startsWith('Arrow')) return LETTERS[event.key.toLowerCase()];
      if (event.target.closest?.(MOVED)) return undefined;
      const onward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
      if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return undefined;
      return event.key === onward ? 'later' : 'earlier';
    }

    follow(element) {
      if (element.dataset.said) this.say(element.dataset.said);
      element.click();
    }

    say(words) {
      this.announceTarget.textContent = words;
    }
  }

  window.wagtail.app.register('restore-review', RestoreReview);
})();
