/* An image that was chosen in a form while work on it goes on: what comes of it is told, and shown where it was chosen. */
(() => {
  const { Pace, get } = window.restoreFollowing;
  const { tell } = window.restoreNews;
  const { url, chooser } = document.currentScript.dataset;
  const MOST = 100; /* keys that fit into an address */

  /* By the key of each image that is followed, whether its work is known to go on; the longest unasked first. */
  const followed = new Map();
  let pace = null;

  /** The choosers that have this image chosen, of the page and of its blocks. */
  function choosers(key) {
    return [...document.querySelectorAll('[data-chooser-image]')].flatMap((picture) => {
      const element = picture.closest('.chooser');
      const input = element && document.getElementById(element.id.replace(/-chooser$/, ''));
      return input?.value === key ? [{ picture, widget: element.widget }] : [];
    });
  }

  /** Only what is seen: the form itself has not changed, and nothing has to be saved. */
  function show(key, { src, width, height }) {
    choosers(key).forEach(({ picture, widget }) => {
      Object.entries({ src, width, height }).forEach(([name, value]) => picture.setAttribute(name, value));
      if (widget?.state?.preview) widget.state.preview = { url: src, width, height };
    });
  }

  async function ask() {
    const keys = [...followed.keys()].slice(0, MOST);
    const open = keys.filter((key) => followed.get(key));
    const query = new URLSearchParams({ images: keys.join(','), open: open.join(',') });
    const { text, trouble } = await get(`${url}?${query}`);
    if (trouble) return; /* it goes on by itself when the connection or the login is back */
    const { images, said } = JSON.parse(text);
    tell(said);
    keys.forEach((key) => {
      const image = images[key];
      followed.delete(key);
      if (image?.going) followed.set(key, true);
      else if (image?.preview) show(key, image.preview);
    });
  }

  function follow(key) {
    if (!followed.has(key)) followed.set(key, false);
    pace ??= new Pace(ask, () => !followed.size);
    pace.hurry();
    pace.now();
  }

  /** What the chooser was answered; the last step of each of its ways gives the image. */
  function heard(event, xhr, options) {
    if (!options.url?.includes(chooser)) return;
    let answer;
    try {
      answer = JSON.parse(xhr.responseText);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return;
    }
    if (answer?.step === 'chosen') [answer.result].flat().forEach((image) => image && follow(String(image.id)));
  }

  window.jQuery(document).on('ajaxSuccess', heard);
})();
