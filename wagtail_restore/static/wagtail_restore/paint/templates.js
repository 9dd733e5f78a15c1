/* Templates on the page *Remove objects*: one is laid on the picture as one mark, or what is marked becomes one. */
(() => {
  const { Controller } = window.StimulusModule;
  const { Post } = window.restoreAsk;
  const COLOUR = [227, 0, 43];
  const POINTED = Symbol('told at its field');
  const SEARCHED = 9; /* templates; fewer are seen at once */

  /** A mask from the server among the marks; `box` is x, y, width, height in the picture's pixels. */
  class Placed {
    constructor(canvas, [x, y, width, height]) {
      this.tool = 'template';
      this.solid = true;
      this.brushed = false;
      this.canvas = canvas;
      this.place = [x, y, width, height];
      this.box = [x, y, x + width, y + height];
    }

    meets([left, top, right, bottom]) {
      return this.box[0] < right && this.box[2] > left && this.box[1] < bottom && this.box[3] > top;
    }

    draw(context) {
      context.globalCompositeOperation = 'source-over';
      context.drawImage(this.canvas, ...this.place);
      return 0;
    }
  }

  /** A grey mask as paint: white covers, black does not. */
  async function paintOf(file) {
    const mask = await createImageBitmap(file);
    const canvas = document.createElement('canvas');
    canvas.width = mask.width;
    canvas.height = mask.height;
    const context = canvas.getContext('2d');
    context.drawImage(mask, 0, 0);
    const paint = context.getImageData(0, 0, mask.width, mask.height);
    for (let at = 0; at < paint.data.length; at += 4) {
      const covered = paint.data[at];
      paint.data.set([...COLOUR, covered], at);
    }
    context.putImageData(paint, 0, 0);
    return canvas;
  }

  class RestorePaintTemplate extends Controller {
    static targets = ['told', 'none', 'wrong'];

    get editor() {
      const page = document.querySelector('[data-controller~="restore-paint"]');
      return window.wagtail.app.getControllerForElementAndIdentifier(page, 'restore-paint');
    }

    async use(event) {
      const { box, mask } = event.currentTarget.dataset;
      await this.once(async (editor) => {
        const words = { ...editor.questions.words, gone: this.toldTarget.dataset.gone };
        const answer = await new Post(editor.form.action, words).load(mask);
        if (answer.error) return answer.error;
        const placed = new Placed(await paintOf(answer.file), JSON.parse(box));
        if (editor.busy) return editor.wordsValue.sending;
        editor.finish();
        editor.marks.add(placed);
        editor.changed(editor.wordsValue.painted);
        return '';
      });
    }

    async save() {
      await this.once(async (editor) => {
        editor.finish();
        if (editor.busy) return editor.wordsValue.sending;
        if (editor.selecting) return editor.wordsValue.unsettled;
        if (editor.undecided) return editor.wordsValue.undecided;
        const mask = await editor.sending.mask();
        const answer = await editor.questions.send(this.element, this.element.action, { mask });
        if (answer.field in this.element.elements) return this.point(answer);
        if (answer.error) return answer.error;
        RestorePaintTemplate.offer(answer.offered);
        editor.say(answer.said);
        return '';
      });
    }

    /** Only those whose names have all that was typed are shown. */
    search(event) {
      const typed = event.currentTarget.value.toLowerCase().split(/\s+/);
      const all = [...this.element.querySelectorAll('li')];
      all.forEach((item) => {
        const name = item.textContent.toLowerCase();
        item.hidden = !typed.every((word) => name.includes(word));
      });
      this.noneTarget.textContent = all.every((item) => item.hidden) ? this.noneTarget.dataset.words : '';
    }

    /** The list of templates anew, as the site makes it. */
    static offer(list) {
      const shown = document.getElementById('restore-paint-offered');
      shown.innerHTML = list;
      document.querySelector('[data-a11y-dialog-show="restore-use-template"]').hidden = !shown.childElementCount;
      shown.parentElement.querySelector('.restore-paint__search').hidden = shown.childElementCount < SEARCHED;
    }

    /** One thing at a time; when nothing is wrong with it, the dialog is done. */
    async once(act) {
      if (this.busy) return;
      this.busy = true;
      this.toldTarget.hidden = true;
      this.element.querySelectorAll('.w-field--error').forEach((field) => RestorePaintTemplate.clear(field));
      try {
        const wrong = await act(this.editor);
        if (wrong) this.tell(wrong === POINTED ? '' : wrong);
        else this.close();
      } catch (error) {
        this.tell(this.toldTarget.dataset.failed);
        throw error;
      } finally {
        this.busy = false;
      }
    }

    /** The dialog gives the focus back to the button that opened it, from where the keys of the editor work on. */
    close() {
      this.toldTarget.hidden = true;
      this.element.closest('.w-dialog').dispatchEvent(new CustomEvent('w-dialog:hide'));
    }

    tell(words) {
      this.toldTarget.textContent = words;
      this.toldTarget.hidden = !words;
    }

    /** What is wrong with a field stands at it, as in every form of Wagtail's. */
    point({ error, field: name }) {
      const input = this.element.elements[name];
      const field = input.closest('[data-field]');
      const place = field.querySelector('[data-field-errors]');
      place.id = `${input.id}-errors`;
      place.append(this.wrongTarget.content.cloneNode(true));
      place.querySelector('.error-message').textContent = error;
      field.classList.add('w-field--error');
      input.setAttribute('aria-invalid', 'true');
      input.dataset.described = input.getAttribute('aria-describedby') || '';
      input.setAttribute('aria-describedby', `${input.dataset.described} ${place.id}`.trim());
      input.focus();
      return POINTED;
    }

    static clear(field) {
      field.classList.remove('w-field--error');
      field.querySelector('[data-field-errors]').replaceChildren();
      const input = field.querySelector('[aria-invalid]');
      input.removeAttribute('aria-invalid');
      input.setAttribute('aria-describedby', input.dataset.described);
    }
  }

  window.wagtail.app.register('restore-paint-template', RestorePaintTemplate);
})();
