/* Sending what is marked: what is still looked for is waited for, then the mask goes to the site as it is seen. */
(() => {
  const { encode } = window.restorePaint;

  class Sending {
    constructor(editor) {
      this.editor = editor;
      this.busy = false;
      this.sent = false;
    }

    async send() {
      const { editor } = this;
      const { wordsValue: words } = editor;
      if (this.busy) return;
      editor.finish();
      if (editor.undecided) {
        editor.say(words.undecided);
        editor.told.focus();
        return;
      }
      editor.complain('');
      this.work(true);
      try {
        if (!(await this.gathered())) return;
        editor.say(words.sending);
        const answer = await editor.post.send(editor.form, editor.form.action, { mask: await this.mask() });
        if (answer.url) {
          this.sent = true;
          window.location.assign(answer.url);
          return;
        }
        this.failed(answer.error);
      } catch (error) {
        this.failed(words.trouble);
        throw error;
      } finally {
        if (!this.sent) this.work(false);
      }
    }

    /** Whether all that was asked for is on the mask by now, and nobody has to look at it first. */
    async gathered() {
      const { editor } = this;
      const stopped = new Promise((done) => {
        this.stop = () => done(false);
      });
      try {
        for (let { pending } = editor; pending; { pending } = editor) {
          editor.tellHistory(editor.wordsValue.waiting);
          /* What came otherwise than one thought is looked at before it is sent. */
          // eslint-disable-next-line no-await-in-loop
          if (!(await Promise.race([pending, stopped]))) return false;
        }
      } finally {
        this.stop = null;
        editor.tellHistory();
      }
      return true;
    }

    /** What is marked now, as a file. */
    async mask() {
      const { marks, maskValue, pictureValue } = this.editor;
      const packed = await encode(marks.copy(), ...maskValue, pictureValue);
      return new File([packed], 'mask.png', { type: packed.type });
    }

    failed(words) {
      this.editor.say('');
      this.editor.complain(words);
    }

    work(busy) {
      this.busy = busy;
      this.editor.sendTargets.forEach((button) => {
        button.setAttribute('aria-disabled', String(busy));
        button.classList.toggle('button-longrunning-active', busy);
      });
    }
  }

  window.restorePaint.Sending = Sending;
})();
