/* Following work: the site is asked ever less often while nothing happens, and not at all while the tab is hidden. */
(() => {
  const SHORTEST = 2000;
  const LONGEST = 15000;
  const PATIENCE = 20000;

  /** Has `ask` called again and again, until it is `over`; there is never more than one question at a time. */
  class Pace {
    constructor(ask, over) {
      Object.assign(this, { ask, over, pause: SHORTEST });
      this.turned = () => this.turn();
      document.addEventListener('visibilitychange', this.turned);
      this.schedule();
    }

    stop() {
      document.removeEventListener('visibilitychange', this.turned);
      clearTimeout(this.timer);
      this.over = () => true;
    }

    /** Somebody looks at the page again, or leaves it. */
    turn() {
      clearTimeout(this.timer);
      if (document.hidden || this.over()) return;
      this.pause = SHORTEST;
      this.now();
    }

    /** Something has happened, and more may follow soon. */
    hurry() {
      this.pause = SHORTEST;
      this.schedule();
    }

    /** Ask at once; a question that is under way is the one that is waited for. */
    now() {
      clearTimeout(this.timer);
      this.before = this.pause;
      this.pause = Math.min(this.pause * 1.4, LONGEST);
      this.asked ??= this.ask().finally(() => {
        this.asked = null;
        this.schedule();
      });
      return this.asked;
    }

    /** The work goes on as expected, which is no reason to ask less often. */
    keep() {
      this.pause = this.before;
    }

    schedule() {
      clearTimeout(this.timer);
      if (this.over() || document.hidden) return;
      this.timer = setTimeout(() => this.now(), this.pause);
    }
  }

  /** What the site answers, or the `trouble` with it: one of `offline`, `login` and `gone`. */
  async function get(url) {
    let response;
    try {
      response = await fetch(url, {
        credentials: 'same-origin',
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (response.status === 404) return { trouble: 'gone' };
      if (response.status === 403 || response.redirected) return { trouble: 'login' };
      return response.ok ? { text: await response.text() } : { trouble: 'offline' };
    } catch (error) {
      if (!['TypeError', 'TimeoutError', 'AbortError'].includes(error.name)) throw error;
      return { trouble: 'offline' };
    }
  }

  /** Somebody who logged in again has another token; with the one that the page was made with, all is refused. */
  function renew(token) {
    document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((field) => {
      field.value = token;
    });
  }

  /** Says a trouble where it is looked for; a live region must not be told the same again. */
  function complain(place, words) {
    if (place.textContent === words) return;
    place.textContent = words;
    place.hidden = !words;
  }

  window.restoreFollowing = { Pace, get, renew, complain };
})();
