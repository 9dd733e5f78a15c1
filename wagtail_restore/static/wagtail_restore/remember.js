/* What was chosen for the last upload in this browser is chosen for the next one: values of the options, and nothing else. */
(() => {
  const { Controller } = window.StimulusModule;
  const KEY = 'wagtail_restore:options';

  /** A browser may refuse to keep anything; then nothing is remembered. */
  function kept() {
    try {
      return JSON.parse(window.localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }

  function keep(values) {
    try {
      window.localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...values }));
    } catch {
      /* as above */
    }
  }

  /** Takes the value if the page offers it; whether it did. */
  function put(control, value) {
    const { type, value: before } = control;
    if (type === 'checkbox') {
      const changes = typeof value === 'boolean' && value !== control.checked;
      if (changes) control.checked = value;
      return changes;
    }
    if (typeof value !== 'string' || value === before) return false;
    const offered = type !== 'select-one' || [...control.options].some((option) => option.value === value);
    if (!offered) return false;
    control.value = value;
    if (control.validity.valid) return true;
    control.value = before;
    return false;
  }

  class RestoreRemember extends Controller {
    connect() {
      /* Whoever confirms a statement reads it. */
      if (this.option.endsWith('_rights')) return;
      this.listen = () => this.keep();
      this.element.addEventListener('change', this.listen);
      /* After all that listens for a change has been set up. */
      this.timer = setTimeout(() => this.recall());
    }

    disconnect() {
      clearTimeout(this.timer);
      this.element.removeEventListener('change', this.listen);
    }

    /** The name that the option has in every form. */
    get option() {
      return this.element.name.slice(this.element.name.indexOf('restore_'));
    }

    keep() {
      const { type, checked, value } = this.element;
      keep({ [this.option]: type === 'checkbox' ? checked : value });
    }

    recall() {
      const values = kept();
      if (!Object.hasOwn(values, this.option) || !put(this.element, values[this.option])) return;
      const folded = this.element.closest('details');
      if (folded) folded.open = true;
      this.element.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }

  window.wagtail.app.register('restore-remember', RestoreRemember);
})();
