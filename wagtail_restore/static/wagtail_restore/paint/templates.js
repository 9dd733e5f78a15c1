/* Templates on the page *Remove objects*: one is laid on the picture as one mark, or what is marked becomes one. */
(() => {
  const { Controller } = window.StimulusModule;
  const { encode } = window.restorePaint;
  const COLOUR = [227, 0, 43];

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
  async function paintOf(response) {
    const mask = await createImageBitmap(await response.blob());
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
    static targets = ['told'];

    get editor() {
      const page = document.querySelector('[data-controller~="restore-paint"]');
      return window.wagtail.app.getControllerForElementAndIdentifier(page, 'restore-paint');
    }

    async use(event) {
      const { box, mask } = event.currentTarget.dataset;
      const { editor } = this;
      const response = await fetch(mask).catch(() => null);
      if (!response?.ok) {
        this.tell(this.toldTarget.dataset.failed);
        return;
      }
      editor.finish();
      editor.marks.add(new Placed(await paintOf(response), JSON.parse(box)));
      editor.changed(editor.wordsValue.painted);
      this.close();
    }

    async save() {
      if (this.busy) return;
      this.busy = true;
      const { editor } = this;
      editor.finish();
      const mask = await encode(editor.marks, ...editor.maskValue, editor.pictureValue);
      const body = new FormData(this.element);
      body.set('mask', mask, 'mask.png');
      const headers = { 'X-Requested-With': 'XMLHttpRequest' };
      const response = await fetch(this.element.action, { method: 'POST', body, headers }).catch(() => null);
      const json = (response?.headers.get('Content-Type') || '').includes('json');
      const answer = json ? await response.json() : {};
      this.busy = false;
      if (answer.said) {
        this.close();
        editor.say(answer.said);
      } else this.tell(answer.error || this.toldTarget.dataset.failed);
    }

    /** The dialog gives the focus back to the button that opened it, from where the keys of the editor work on. */
    close() {
      this.toldTarget.hidden = true;
      this.element.closest('.w-dialog').dispatchEvent(new CustomEvent('w-dialog:hide'));
    }

    tell(words) {
      this.toldTarget.textContent = words;
      this.toldTarget.hidden = false;
    }
  }

  window.wagtail.app.register('restore-paint-template', RestorePaintTemplate);
})();
