/* What the page asks of the site, and what to say to an answer, whoever gave it: the site, its login, or a server before it. */
(() => {
  const SENT = 120000; /* milliseconds in which a mask has gone its way, and a server has answered, if it ever does */
  const LOOKED = 20000;
  const HEADERS = { 'X-Requested-With': 'XMLHttpRequest' };
  const UNREACHED = ['AbortError', 'NetworkError', 'SyntaxError', 'TimeoutError', 'TypeError']; /* fetch, or an answer cut off */
  const isJson = (response) => (response.headers.get('Content-Type') || '').includes('json');

  class Post {
    /** `words` are the sentences for whatever stands against it: login, gone, large, offline; `owner` is whose page it is. */
    constructor(page, words, owner = 'restore-paint') {
      this.page = page;
      this.words = words;
      this.owner = owner;
    }

    /** Send a form to an address, with `more` beside its fields: what the site answers, or what is wrong as `error`. */
    send(form, url, more = {}, patience = SENT) {
      const ask = () => {
        const body = new FormData(form);
        Object.entries(more).forEach(([name, value]) => body.set(name, value));
        return this.fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(patience) });
      };
      return this.reached(async () => {
        let response = await ask();
        if (response.status === 403 && !isJson(response)) {
          const error = await this.renewToken();
          if (error) return { error };
          response = await ask();
        }
        return this.told(response);
      });
    }

    /** Send something that needs no answer, and arrives though the page is left; no more than browsers let through then. */
    leave(form, url, more) {
      const { value } = form.elements.csrfmiddlewaretoken;
      const body = new URLSearchParams({ csrfmiddlewaretoken: value, ...more });
      return this.reached(() => this.fetch(url, { method: 'POST', body, keepalive: true }));
    }

    /** What the site tells at this address, or what is wrong as `error`; `again` where the next time may go better. */
    look(url) {
      return this.reached(async () => this.told(await this.fetch(url)));
    }

    /** The `file` at this address, or what is wrong as `error`. */
    load(url) {
      return this.reached(async () => {
        const response = await this.fetch(url);
        return response.ok && !isJson(response) ? { file: await response.blob() } : this.told(response);
      });
    }

    fetch(url, options = {}) {
      return fetch(url, { headers: HEADERS, signal: AbortSignal.timeout(LOOKED), ...options });
    }

    async reached(ask) {
      try {
        return await ask();
      } catch (error) {
        if (!UNREACHED.includes(error.name)) throw error;
        return { error: this.words.offline, again: true };
      }
    }

    /** What the server says, or a sentence for what others say in its place. */
    async told(response) {
      if (isJson(response)) return response.json();
      const word = { 403: 'login', 404: 'gone', 413: 'large' }[response.status] || 'offline';
      return { error: this.words[word], again: word === 'offline' };
    }

    /**
     * Somebody who logs in again, in another tab, gets another token; those of this page are refused then.
     * What stands against it, or nothing.
     */
    async renewToken() {
      const response = await this.fetch(this.page);
      if (!response.ok || isJson(response)) return (await this.told(response)).error;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const token = page.querySelector(`[data-controller~="${this.owner}"] [name=csrfmiddlewaretoken]`);
      if (!token) return this.words.login;
      document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((field) => {
        field.value = token.value;
      });
      return '';
    }
  }

  window.restoreAsk = { Post };
})();
