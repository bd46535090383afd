"use strict";
// What the page does by itself where scripts run: the clock of the undo window, refreshing, live search, copying.
// Every page works without it.
(() => {
  const live = document.getElementById("live");
  const say = (text) => { if (live && live.textContent !== text) live.textContent = text; };
  const two = (number) => String(number).padStart(2, "0");

  // The server's time, where the browser's clock is wrong: the page says when it was made, and what came since is known.
  let wrong = 0;
  const setClock = (page, since) => {
    const made = page.querySelector(".asof time");
    const ahead = made ? Date.parse(made.dateTime) - (Date.now() - since) : 0;
    wrong = Math.abs(ahead) > 5000 ? ahead : 0; // less is the way here, and the page's whole seconds
  };
  const [way] = performance.getEntriesByType("navigation");
  setClock(document, way ? performance.now() - way.responseStart : 0);

  // The clock: a number for the eye, and a sentence for a screen reader at one minute and at ten seconds.
  const tick = () => {
    for (const time of document.querySelectorAll("time[data-due]")) {
      const left = Math.ceil((Date.parse(time.dataset.due) - Date.now() - wrong) / 1000);
      const shown = time.parentElement.querySelector(".left");
      if (left <= 0) {
        if (shown) shown.textContent = time.dataset.over;
        time.parentElement.classList.add("over");
        continue;
      }
      const minutes = Math.floor(left / 60);
      const text = minutes >= 60
        ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
      if (shown) shown.textContent = text;
      time.parentElement.classList.toggle("soon", left <= 60);
      // A number may be left out where the browser was busy. The order's code is put in last: it may be any text.
      const before = Number(time.dataset.left || left);
      time.dataset.left = left;
      if ([60, 10].some((mark) => left <= mark && before > mark)) {
        say(time.dataset.soon.replace("{time}", text).replace("{order}", () => time.dataset.order));
      }
    }
  };

  // A box that is open and keeps the page from nothing: whoever copied its text sees what comes next.
  const show = (text) => {
    const box = text.closest("details");
    box.open = true;
    box.dataset.open = "";
  };

  const prepare = (root) => {
    for (const button of root.querySelectorAll("button.copy, button.print")) {
      button.hidden = false;
    }
    tick();
  };
  document.addEventListener("click", async (event) => {
    if (event.target.closest("button.print")) print();
    const button = event.target.closest("button.copy");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy);
    text.closest("details").open = true; // it says where the text goes
    text.select();
    try { await navigator.clipboard.writeText(text.value); } catch {
      if (!document.execCommand("copy")) return; // it is selected: the person copies it
    }
    show(text);
    button.textContent = button.dataset.done;
    say(button.dataset.done);
  });
  // A form is sent once.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
    setTimeout(() => { delete event.target.dataset.sent; }, 10000); // who stopped the browser may send it again
  });
  window.addEventListener("pageshow", () => {
    for (const one of document.querySelectorAll("form[data-sent]")) delete one.dataset.sent;
  });

  const load = async (address) => {
    const answer = await fetch(address, { headers: { "X-Refresh": "1" }, credentials: "same-origin" });
    if ([401, 403, 404].includes(answer.status)) location.reload(); // the session or the right to see it has ended
    if (!(answer.ok || answer.status === 400) || answer.redirected) throw new Error("no page");
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // Refreshing: never while somebody types, reads an open box, or the page is hidden.
  const part = document.querySelector("[data-refresh]");
  // What the keyboard is on, by what stays the same when the page is read again.
  const nameOf = (one) => {
    const within = one.matches("summary") && one.parentElement.querySelector("[id]");
    return one.getAttribute("href") || one.dataset.copy || (within ? within.id : one.id);
  };
  const busy = () => document.hidden || document.querySelector("details[open]:not([data-open])")
    || (document.activeElement && document.activeElement.matches("input, select, textarea:not([readonly])"));
  if (part) {
    const refresh = async () => {
      if (busy()) return;
      try {
        const fresh = await load(location.href);
        const replacement = fresh.querySelector("[data-refresh]");
        if (!replacement || busy()) return;
        const current = document.querySelector("[data-refresh]");
        if (current.innerHTML !== replacement.innerHTML) {
          const focused = document.activeElement && [document.activeElement.tagName, nameOf(document.activeElement)];
          const shown = [...current.querySelectorAll("details[open][data-open] textarea")].map((one) => one.id);
          current.innerHTML = replacement.innerHTML;
          shown.map((id) => document.getElementById(id)).filter(Boolean).forEach(show);
          prepare(current);
          if (focused && focused[1]) {
            const again = [...current.querySelectorAll(focused[0])].find((one) => nameOf(one) === focused[1]);
            if (again) again.focus({ preventScroll: true });
          }
        }
        setClock(fresh, 0);
        document.title = fresh.title;
        document.querySelector(".asof").innerHTML = fresh.querySelector(".asof").innerHTML;
      } catch { /* the next time */ }
    };
    setInterval(refresh, Number(part.dataset.refresh) * 1000);
    document.addEventListener("visibilitychange", refresh); // in sight again, it may be hours old
  }

  // Live search: the results follow the filters, and the address follows too, so it can be bookmarked.
  const filters = document.querySelector("form[data-live]");
  if (filters) {
    let waiting, latest = 0;
    const search = () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const asked = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
        const address = `${filters.action}${String(asked) ? `?${asked}` : ""}`;
        const place = document.querySelector(filters.dataset.live);
        const mine = ++latest;
        place.setAttribute("aria-busy", "true");
        try {
          const fresh = await load(address);
          if (mine !== latest) return;
          place.innerHTML = fresh.querySelector(filters.dataset.live).innerHTML;
          history.replaceState(null, "", address);
          const next = document.querySelector(".languages [name=next]"); // where another language leads
          next.value = next.value.split("?")[0] + (String(asked) ? `?${asked}` : "");
        } catch { /* the button still works */ } finally {
          if (mine === latest) place.setAttribute("aria-busy", "false");
        }
      }, 350);
    };
    filters.addEventListener("input", search);
  }

  prepare(document);
  setInterval(tick, 1000);
})();
