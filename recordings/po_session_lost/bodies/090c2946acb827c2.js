// What the cancel form's buttons do: the boxes wake the button, the button posts, the answer says where to go.
(function () {
  var form = document.getElementById('cancel-items-form');
  var button = document.getElementById('preship-cancel-submit-button-announce');
  var boxes = Array.prototype.slice.call(form.querySelectorAll('[data-itemid] input[type=checkbox]'));
  var toggle = document.getElementById('select-toggle-link');
  var alertBox = document.querySelector('.preshipCancel-error-alert');
  var state = JSON.parse(document.querySelector('script[type="a-state"]').textContent);

  function wake(on) {
    button.disabled = !on;
    document.getElementById('preship-cancel-submit-button').classList.toggle('a-button-disabled', !on);
  }
  function ticked() { return boxes.filter(function (box) { return box.checked; }); }
  function changed() {
    wake(ticked().length > 0);
    toggle.textContent = ticked().length ? 'Clear' : 'Select all';
  }
  function busy(on) { document.querySelector('.preshipCancel-spinner').classList.toggle('aok-hidden', !on); }
  function failed() {
    busy(false);
    wake(true);
    alertBox.setAttribute('aria-hidden', 'false');
  }
  // The page's script takes hold a moment after the page is there, as the live one does.
  setTimeout(function () {
    boxes.forEach(function (box) { box.addEventListener('change', changed); });
    toggle.addEventListener('click', function () {
      var all = !ticked().length;
      boxes.forEach(function (box) { box.checked = all; });
      changed();
    });
    button.addEventListener('click', function () {
      if (!window.pressTwice) wake(false);
      alertBox.setAttribute('aria-hidden', 'true');
      busy(true);
      fetch('/progress-tracker/package/preship/cancel', {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({
          csrfToken: window.csrfToken, orderID: state.orderID,
          itemIds: ticked().map(function (box) { return box.name; }),
          reason: document.getElementById('cancel-reasons-dropdown').value,
          additionalReason: document.getElementById('cancel-reason-additional-input').value
        })
      }).then(function (answer) { return answer.json(); }).then(function (said) {
        if (said.location) location.assign(said.location); else failed();
      }).catch(failed);
    });
    changed();
  }, 60);
})();
