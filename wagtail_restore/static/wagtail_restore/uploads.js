/* The multiple upload: where each image stands with restoration, in its row, and below once Wagtail has put that away. */
(() => {
  const { Controller } = window.StimulusModule;
  const { Pace, get, renew, complain } = window.restoreFollowing;
  const { tell } = window.restoreNews;
  const MOST = 100; /* keys that fit into an address */

  /** Where a row changes or moves, the focus goes to what took the place of the link that had it. */
  function keepFocus(row, change) {
    const links = () => [...row.querySelectorAll('a')];
    const focused = row.contains(document.activeElement) ? links().indexOf(document.activeElement) : null;
    change();
    if (focused === null) return;
    const next = links()[focused] ?? links().at(-1);
    if (next?.checkVisibility()) {
      next.focus({ preventScroll: true });
      return;
    }
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }

  class RestoreUploads extends Controller {
    static targets = ['section', 'list', 'trouble'];

    static values = { url: String, offline: String, login: String };

    connect() {
      this.images = new Map();
      this.turned = false;
      this.pace = new Pace(
        () => this.ask(),
        () => this.wanted().length === 0,
      );
      this.hear = (event, xhr, options) => this.heard(xhr.responseText, options.url);
      window.jQuery(document).on('ajaxSuccess', this.hear);
    }

    disconnect() {
      window.jQuery(document).off('ajaxSuccess', this.hear);
      this.pace.stop();
    }

    /** What Wagtail's own script was answered about a file: stored, saved or deleted. */
    heard(text, url) {
      let answer;
      try {
        answer = JSON.parse(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return;
      }
      if (!answer?.success || answer.image_id === undefined) return;
      const key = String(answer.image_id);
      if (url.endsWith('/delete/')) {
        this.forget(key);
        return;
      }
      const image = this.images.get(key) ?? {};
      /* Its row is about to go when the form was taken. */
      this.images.set(key, { ...image, unknown: true, final: false, saved: image.saved || !answer.form });
      if (image.element) this.place(key);
      this.pace.hurry();
      this.pace.now();
    }

    forget(key) {
      this.images.get(key)?.element?.remove();
      this.images.delete(key);
      this.sectionTarget.hidden = !this.listTarget.children.length;
    }

    /** Somebody looks at the page again, and may have decided about a result in another tab. */
    look() {
      this.turned = !document.hidden;
    }

    /** Keys of those about which there may be something new, the longest unasked first. */
    wanted() {
      const wanted = [...this.images].filter(([, image]) => image.unknown || image.going || (this.turned && !image.final));
      return wanted.sort(([, one], [, other]) => (one.asked ?? 0) - (other.asked ?? 0)).map(([key]) => key);
    }

    async ask() {
      const keys = this.wanted().slice(0, MOST);
      this.turned = false;
      const now = performance.now();
      const open = keys.filter((key) => this.images.get(key).going);
      keys.forEach((key) => Object.assign(this.images.get(key), { asked: now, unknown: false }));
      const query = new URLSearchParams({ images: keys.join(','), open: open.join(',') });
      const { text, trouble } = await get(`${this.urlValue}?${query}`);
      complain(this.troubleTarget, trouble ? this[`${trouble === 'gone' ? 'offline' : trouble}Value`] : '');
      if (trouble) {
        keys.forEach((key) => Object.assign(this.images.get(key) ?? {}, { unknown: true }));
        this.sectionTarget.hidden = false;
        return;
      }
      this.take(keys, JSON.parse(text));
      this.sectionTarget.hidden = !this.listTarget.children.length;
    }

    take(keys, { images, said, token }) {
      renew(token);
      tell(said);
      keys.forEach((key) => {
        const known = this.images.get(key);
        if (!known) return;
        if (images[key]) this.show(key, known, images[key]);
        else if (!known.unknown) this.forget(key);
      });
    }

    show(key, known, image) {
      if (known.percent !== image.percent || known.stamp !== image.stamp) this.pace.keep();
      const { stamp, going, final, percent } = image;
      if (stamp === known.stamp) {
        known.element.querySelectorAll('progress').forEach((bar) => {
          bar.value = percent;
        });
        known.element.querySelectorAll('[data-doing]').forEach((words) => {
          words.textContent = image.doing;
        });
      } else {
        known.element ??= document.createElement('li');
        keepFocus(known.element, () => {
          known.element.innerHTML = image.html;
        });
      }
      const changed = stamp !== known.stamp;
      Object.assign(known, { stamp, going, final, percent });
      this.place(key);
      if (changed && final) this.picture(known.element);
    }

    /** The large picture of the row is one that the browser made of the file as it was chosen. */
    picture(element) {
      const thumb = element.closest('#upload-list > li')?.querySelector('.thumb');
      const now = [...element.querySelectorAll('.restore-upload__pictures img')].at(-1);
      if (!thumb || !now) return;
      const image = new Image();
      image.className = 'show-transparency';
      image.alt = '';
      image.src = now.src;
      thumb.replaceChildren(image);
    }

    /** In the row of the file as long as that stands, above its form; then in the list. */
    place(key) {
      const { element, saved } = this.images.get(key);
      const mark = `[action$="/multiple/${key}/"], [href$="/multiple/${key}/delete/"]`;
      const row = saved ? null : document.querySelector(`#upload-list :is(${mark})`)?.closest('.right');
      if (row?.contains(element) || (!row && element.parentElement === this.listTarget)) return;
      keepFocus(element, () => this.move(element, row));
    }

    move(element, row) {
      if (row) {
        const holder = document.createElement('ul');
        holder.className = 'restore-uploads restore-uploads--row';
        holder.append(element);
        row.querySelector('form, .confirm-duplicate-upload').before(holder);
      } else {
        const holder = element.parentElement;
        this.listTarget.append(element);
        holder?.remove();
        this.sectionTarget.hidden = false;
      }
    }
  }

  window.wagtail.app.register('restore-uploads', RestoreUploads);
})();
