// The business list: asks for the cards of a page, by search words and by the address's hash, and puts them in.
(function () {
  var bar = document.getElementById('abYoSearchBar');
  var room = document.getElementById('yourOrderInfoSection');
  var blank = room.innerHTML;
  var asked = 0;
  var page = 1;
  var scope = 'mine';
  var dates = document.getElementById('time-filter');

  function hashPage() {
    var found = /pagination\/(\d+|next)\//.exec(location.hash);
    if (!found) return 1;
    return found[1] === 'next' ? page + 1 : parseInt(found[1], 10);
  }
  function load(wanted) {
    var mine = ++asked;
    page = wanted;
    room.innerHTML = blank;
    fetch('/ab/your-orders/orderHistory', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'anti-csrftoken-a2z': document.getElementById('ab-your-orders-anticsrf-token').content
      },
      body: 'search=' + encodeURIComponent(bar.value) + '&page=' + wanted + '&scope=' + scope
    }).then(function (answer) {
      if (answer.status === 401) { location.assign('/gp/sign-in.html'); return null; }
      return answer.text();
    }).then(function (html) { if (html !== null && mine === asked) fill(html, mine); });
  }
  // The cards come in one after the other, before a last skeleton: who reads too early misses some.
  function fill(html, mine) {
    var box = document.createElement('div');
    box.innerHTML = html;
    var parts = Array.prototype.slice.call(box.children);
    while (room.children.length > 1) room.removeChild(room.firstChild);
    var last = room.firstElementChild;
    (function next() {
      if (mine !== asked) return;
      if (!parts.length) { last.remove(); return; }
      room.insertBefore(parts.shift(), last);
      setTimeout(next, 20);
    })();
  }
  function search() {
    if (dates && bar.value && dates.hasAttribute('data-of-search')) dates.value = 'all';
    if (location.hash) history.replaceState(null, '', location.pathname);
    load(1);
  }
  function show(wanted) {
    scope = wanted;
    document.querySelectorAll('[data-scope]').forEach(function (tab) {
      tab.setAttribute('aria-selected', String(tab.dataset.scope === wanted));
    });
    search();
  }
  document.querySelectorAll('[data-scope]').forEach(function (tab) {
    tab.addEventListener('click', function (event) { event.preventDefault(); show(tab.dataset.scope); });
  });
  var groups = document.querySelector('select[name=selectedB2BGroupKey]');
  if (groups) groups.addEventListener('change', function () { show(groups.value.split(':')[1]); });
  if (dates) dates.addEventListener('change', search);
  document.getElementById('abYoSearchButton').addEventListener('click', search);
  bar.addEventListener('keydown', function (event) { if (event.key === 'Enter') search(); });
  window.addEventListener('hashchange', function () { load(hashPage()); });
  setTimeout(function () { load(hashPage()); }, 30);
})();
