/* The options above the drop zone of the multiple upload. */
(() => {
  const { Controller } = window.StimulusModule;

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

  window.wagtail.app.register('restore-batch', RestoreBatch);
})();
