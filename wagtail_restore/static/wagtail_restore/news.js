/* What became of work that somebody waits for, told where it is seen however far the page was scrolled. */
(() => {
  const { dismiss } = document.currentScript.dataset;
  const ENOUGH = 15; /* seconds for which it is told that all is well; what asks for more stays */
  const MOST = 4;

  /* The region has to be there before anything is told in it, or it is not read out. */
  const region = document.createElement('div');
  region.className = 'restore-news';
  region.setAttribute('role', 'status');
  region.setAttribute('aria-atomic', 'false');
  const messages = document.querySelector('.messages');
  if (messages) messages.after(region);
  else document.body.append(region);

  const lasting = new Map(); /* of what goes by itself, the seconds that are left */
  let before = null; /* where the focus came from */

  region.addEventListener('focusin', ({ relatedTarget }) => {
    if (!region.contains(relatedTarget)) before = relatedTarget;
  });

  /** What goes does not take the focus along. */
  function remove(item) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    if (item.contains(document.activeElement)) (next?.querySelector('button') ?? before)?.focus();
    lasting.delete(item);
    item.remove();
  }

  /** Nothing goes while it is pointed at, while the focus is in it, or while nobody looks at the page. */
  function tick() {
    if (!document.hidden && !region.matches(':hover, :focus-within')) {
      [...lasting].forEach(([item, left]) => {
        if (left > 1) lasting.set(item, left - 1);
        else remove(item);
      });
    }
    if (lasting.size) setTimeout(tick, 1000);
  }

  /** As Wagtail's own messages have them. */
  function icon(type) {
    const template = document.querySelector(`.messages [data-w-messages-target=template][data-type=${type}]`);
    return template?.content.querySelector('svg')?.cloneNode(true) ?? '';
  }

  function button(item) {
    const made = document.createElement('button');
    made.type = 'button';
    made.className = 'restore-news__dismiss';
    made.setAttribute('aria-label', dismiss);
    made.innerHTML = '<svg class="icon icon-cross" aria-hidden="true"><use href="#icon-cross"></use></svg>';
    made.addEventListener('click', () => remove(item));
    return made;
  }

  function add({ type, text }) {
    const item = document.createElement('div');
    item.className = `restore-news__item restore-news__item--${type}`;
    const words = document.createElement('p');
    words.textContent = text;
    item.append(icon(type), words, button(item));
    region.append(item);
    if (type !== 'success') return;
    if (!lasting.size) setTimeout(tick, 1000);
    lasting.set(item, ENOUGH);
  }

  /** Of much that is told, what is well gives way first. */
  function trim() {
    while (region.children.length > MOST) remove([...lasting.keys()][0] ?? region.firstElementChild);
  }

  /** Tells it beside Wagtail's own messages, which stay as they are. */
  function tell(said) {
    said.forEach(add);
    trim();
  }

  window.restoreNews = { tell };
})();
