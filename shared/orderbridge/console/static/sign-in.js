"use strict";
(() => {
  const form = document.getElementById("sign-in");
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, 10000);  // who stopped the browser may send it again
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });
  // The one-time sign-in: the code stands behind the address's #, which no browser sends to a server.
  const code = /^#code=([A-Za-z0-9-]{16,30})$/.exec(location.hash);
  if (code) {
    history.replaceState(null, "", location.pathname + location.search);
    form.elements.token.value = code[1];
    form.requestSubmit();
  }
})();
