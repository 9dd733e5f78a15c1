/* Sending the mask, and what to say to an answer, whoever gave it: the site, its login, or a server before it. */
(() => {
  const isJson = (response) => (response.headers.get('Content-Type') || '').includes('json');

  class Post {
    constructor(form, words) {
      this.form = form;
      this.words = words;
    }

    /** Send the mask: the address to go to as `url`, or what is wrong as `error`. Throws where nobody answers. */
    async send(mask) {
      const { form } = this;
      const ask = () => {
        const body = new FormData(form);
        body.set('mask', mask, 'mask.png');
        return fetch(form.action, { method: 'POST', body, headers: { 'X-Requested-With': 'XMLHttpRequest' } });
      };
      let response = await ask();
      if (response.status === 403 && !isJson(response)) {
        const error = await this.renewToken();
        if (error) return { error };
        response = await ask();
      }
      return this.told(response);
    }

    /** What the server says, or a sentence for what others say in its place. */
    async told(response) {
      if (isJson(response)) return response.json();
      const word = { 403: 'login', 404: 'gone', 413: 'large' }[response.status] || 'offline';
      return { error: this.words[word] };
    }

    /**
     * Somebody who logs in again, in another tab, gets another token; this page's own one is refused then.
     * What stands against it, or nothing.
     */
    async renewToken() {
      const { form } = this;
      const response = await fetch(form.action, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
      if (!response.ok || isJson(response)) return (await this.told(response)).error;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const token = page.querySelector('[data-controller~="restore-paint"] [name=csrfmiddlewaretoken]');
      if (token) form.querySelector('[name=csrfmiddlewaretoken]').value = token.value;
      return token ? '' : this.words.login;
    }
  }

  window.restorePaint.Post = Post;
})();
