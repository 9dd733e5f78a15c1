/* Questions to the worker while one paints: asked once, then looked for until it has answered. */
(() => {
  const PATIENCE = 60000; /* milliseconds in which somebody looks at the page */
  const FIRST = 700;
  const LONGEST = 5000;
  const HEADERS = { 'X-Requested-With': 'XMLHttpRequest' };

  /** Some time, and then until somebody looks at the page; how long nobody did. */
  async function pause(time) {
    await new Promise((done) => {
      setTimeout(done, time);
    });
    const began = performance.now();
    while (document.hidden) {
      // eslint-disable-next-line no-await-in-loop
      await new Promise((done) => {
        document.addEventListener('visibilitychange', done, { once: true });
      });
    }
    return performance.now() - began;
  }

  async function told(editor, response) {
    const { post, wordsValue: words } = editor;
    const answer = await post.told(response);
    const other = { [words.login]: words.findLogin, [words.offline]: words.findOffline }[answer.error];
    return other ? { error: other } : answer;
  }

  async function asked(editor, url, question, ended) {
    const { post, wordsValue: words } = editor;
    const start = () => {
      const body = new FormData(post.form);
      Object.entries(question).forEach(([name, value]) => body.set(name, value));
      return fetch(url, { method: 'POST', body, headers: HEADERS });
    };
    let response = await start();
    const json = (response.headers.get('Content-Type') || '').includes('json');
    if (response.status === 403 && !json) {
      if (await post.renewToken()) return { error: words.findLogin };
      response = await start();
    }
    const begun = await told(editor, response);
    if (begun.error) return begun;
    const there = `${url}?${new URLSearchParams({ key: begun.key })}`;
    let end = performance.now() + PATIENCE;
    for (let wait = FIRST; performance.now() < end && !ended(); wait = Math.min(LONGEST, wait * 1.5)) {
      /* eslint-disable no-await-in-loop -- one question after the other */
      end += await pause(wait);
      const answer = await told(editor, await fetch(there, { headers: HEADERS }));
      /* eslint-enable no-await-in-loop */
      if (!answer.waiting) return answer;
    }
    return { error: words.unanswered };
  }

  /** The worker's answer to `question`, or what is wrong as `error`; `ended` tells whether anybody still waits. */
  async function ask(editor, url, question, ended) {
    try {
      return await asked(editor, url, question, ended);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return { error: editor.wordsValue.findOffline };
    }
  }

  window.restorePaint.ask = ask;
})();
