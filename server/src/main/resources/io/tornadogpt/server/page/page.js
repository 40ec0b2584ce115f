import {ApiError, chat, continued, models} from "/api.js";
import {Store} from "/conversations.js";
import {show} from "/markdown.js";

const find = id => document.getElementById(id);
const store = new Store();
const messagesElement = find("messages");
const composer = find("composer");
const textElement = find("text");
const settingsDialog = find("settings");
const settingsForm = settingsDialog.querySelector("form");

let known = [];
let running = null; // {controller, conversation, message}
let editing = -1;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

function notice(text) {
  find("notice").textContent = text;
  find("notice").hidden = !text;
}

function model() {
  return known.find(each => each.id === store.settings.model) ?? known[0];
}

function save() {
  if (!store.save()) {
    notice("This browser has no room left for conversations; delete some.");
  }
}

// -- what is shown ---------------------------------------------------------------------------------

function showConversations() {
  find("conversations").replaceChildren(...store.all.map(conversation => {
    const title = store.titleOf(conversation);
    const open = make("button", {class: "open", onclick: () => openConversation(conversation.id)}, title);
    open.setAttribute("aria-current", String(conversation === store.current));
    const remove = make("button", {class: "delete", "aria-label": "Delete " + title, onclick: () => removeConversation(conversation)}, "✕");
    return make("li", {}, open, remove);
  }));
}

function showMessages() {
  const all = store.current.messages;
  messagesElement.replaceChildren(...all.map((message, i) => messageElement(message, i)));
  if (all.length === 0) {
    const chats = model()?.chat ?? true;
    messagesElement.append(make("p", {class: "empty"}, chats
      ? "Ask something, or begin a story."
      : "This model has no chat template: it continues what you write."));
  }
  messagesElement.scrollTop = messagesElement.scrollHeight;
}

function messageElement(message, index) {
  const mine = message.role === "user";
  const element = make("article", {class: "message " + message.role + (message.error ? " failed" : "")},
    make("div", {class: "who"}, mine ? "You" : message.model ?? "Model"));
  if (index === editing) {
    element.append(editor(message, index));
    return element;
  }
  const body = make("div", {class: "body"});
  if (mine) {
    body.textContent = message.content;
  } else if (message.error) {
    body.textContent = message.error;
  } else {
    show(body, message.content);
  }
  if (running?.message === message) {
    body.classList.add("waiting");
  }
  element.append(body, foot(message, index));
  return element;
}

function foot(message, index) {
  const foot = make("div", {class: "foot"});
  if (running) {
    return foot;
  }
  if (message.role === "user") {
    foot.append(make("button", {class: "edit-message", onclick: () => edit(index)}, "Edit"));
  } else {
    foot.append(make("button", {class: "copy", onclick: () => copy(message)}, "Copy"));
    if (index === store.current.messages.length - 1) {
      foot.append(make("button", {class: "regenerate", onclick: () => regenerate(index)}, "Regenerate"));
    }
    if (message.tokens) {
      const speed = message.seconds > 0 && message.tokens > 1
        ? `, ${((message.tokens - 1) / message.seconds).toFixed(1)} tokens/s` : "";
      foot.append(make("span", {class: "speed"}, `${message.tokens} tokens${speed}${ending(message.finish)}`));
    }
  }
  return foot;
}

function ending(finish) {
  return finish === "length" ? ", ended at the longest length" : finish === "stopped" ? ", stopped" : "";
}

function editor(message, index) {
  const field = make("textarea", {rows: "3", "aria-label": "Your message"});
  field.value = message.content;
  const form = make("form", {class: "edit", onsubmit: event => {
    event.preventDefault();
    const text = field.value;
    editing = -1;
    store.current.messages.length = index;
    ask(text);
  }}, field, make("div", {}, make("button", {}, "Send again"), " ",
    make("button", {type: "button", class: "plain", onclick: () => edit(-1)}, "Cancel")));
  field.addEventListener("keydown", event => {
    if (event.key === "Escape") {
      event.stopPropagation();
      edit(-1);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  requestAnimationFrame(() => field.focus());
  return form;
}

function showRunning() {
  find("send").hidden = Boolean(running);
  find("stop").hidden = !running;
}

function showTheme() {
  const theme = store.settings.theme;
  if (theme === "auto") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
}

function showAll() {
  find("model").textContent = model()?.id ?? "TornadoGPT";
  showTheme();
  showConversations();
  showMessages();
  showRunning();
}

// -- what is done ----------------------------------------------------------------------------------

function requestSettings() {
  const settings = {temperature: store.settings.temperature, top_p: store.settings.topP};
  if (store.settings.maxTokens) {
    settings.max_tokens = store.settings.maxTokens;
  } else if (!model().chat) {
    settings.max_tokens = 256;
  }
  if (store.settings.seed !== null) {
    settings.seed = store.settings.seed;
  }
  return settings;
}

function requestMessages(conversation) {
  const messages = conversation.messages
    .filter(message => !message.error && message.content)
    .map(({role, content}) => ({role, content}));
  return conversation.system ? [{role: "system", content: conversation.system}, ...messages] : messages;
}

async function ask(text) {
  if (running || !text.trim()) {
    return;
  }
  store.current.messages.push({role: "user", content: text});
  await answer();
}

async function answer() {
  if (!model()) {
    await loadModels();
    if (!model()) {
      showAll();
      return;
    }
  }
  const conversation = store.current;
  const request = requestMessages(conversation);
  const message = {role: "assistant", content: "", model: model().id};
  conversation.messages.push(message);
  const controller = new AbortController();
  running = {controller, conversation, message};
  save();
  showAll();
  try {
    await receive(message, (model().chat ? chat : continued)(model(), request, requestSettings(), store.key, controller.signal));
  } catch (error) {
    if (controller.signal.aborted) {
      message.finish = "stopped";
    } else {
      message.error = error instanceof ApiError ? error.message : "The server cannot be reached: " + error.message;
    }
  }
  running = null;
  save();
  showAll();
  textElement.focus();
}

// Tokens a second count from the first one: before it the prompt is read.
async function receive(message, pieces) {
  let first = 0;
  let count = 0;
  let frame = 0;
  for await (const piece of pieces) {
    const now = performance.now();
    if (piece.text) {
      first ||= now;
      count++;
      message.content += piece.text;
      message.tokens = count;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        showLast(message);
      });
    }
    if (piece.finish) {
      message.finish = piece.finish;
      message.tokens = piece.tokens;
    }
    message.seconds = first ? (now - first) / 1000 : 0;
  }
}

function showLast(message) {
  if (running?.message !== message || store.current !== running.conversation) {
    return;
  }
  const atEnd = messagesElement.scrollHeight - messagesElement.scrollTop - messagesElement.clientHeight < 80;
  const body = messagesElement.lastElementChild?.querySelector(".body");
  if (body) {
    show(body, message.content);
  }
  if (atEnd) {
    messagesElement.scrollTop = messagesElement.scrollHeight;
  }
}

function stop() {
  running?.controller.abort();
}

function regenerate(index) {
  if (!running) {
    store.current.messages.length = index;
    answer();
  }
}

function edit(index) {
  if (!running) {
    editing = index;
    showMessages();
    if (index < 0) {
      textElement.focus();
    }
  }
}

async function copy(message) {
  await navigator.clipboard.writeText(message.content);
  notice("Copied.");
  setTimeout(() => notice(""), 1500);
}

function openConversation(id) {
  store.open(id);
  editing = -1;
  showSidebar(false);
  showAll();
  textElement.focus();
}

function begin() {
  store.begin();
  openConversation(store.current.id);
}

function removeConversation(conversation) {
  if (running?.conversation === conversation) {
    stop();
  }
  store.remove(conversation.id);
  editing = -1;
  showAll();
}

function showSidebar(shown) {
  find("sidebar").classList.toggle("shown", shown);
  find("open-sidebar").setAttribute("aria-expanded", String(shown));
}

// -- settings --------------------------------------------------------------------------------------

function openSettings() {
  const fields = settingsForm.elements;
  fields.model.replaceChildren(...known.map(each => make("option", {value: each.id}, each.id)));
  fields.model.value = model()?.id ?? "";
  fields.system.value = store.current.system;
  for (const name of ["temperature", "topP", "maxTokens", "seed", "theme"]) {
    fields[name].value = store.settings[name] ?? "";
  }
  fields.key.value = store.key;
  settingsDialog.showModal();
}

function number(field, otherwise) {
  return field.value !== "" && field.checkValidity() ? field.valueAsNumber : otherwise;
}

async function takeSettings() {
  const fields = settingsForm.elements;
  store.settings.model = fields.model.value || null;
  store.settings.temperature = number(fields.temperature, store.settings.temperature);
  store.settings.topP = number(fields.topP, store.settings.topP);
  store.settings.maxTokens = number(fields.maxTokens, null);
  store.settings.seed = number(fields.seed, null);
  store.settings.theme = fields.theme.value;
  store.current.system = fields.system.value;
  const changed = store.key !== fields.key.value;
  store.key = fields.key.value;
  save();
  if (changed || known.length === 0) {
    await loadModels();
  }
  showAll();
}

async function loadModels() {
  try {
    known = await models(store.key);
    notice("");
  } catch (error) {
    known = [];
    notice(error.status === 401
      ? "This server needs an API key; enter it in the settings."
      : "The server does not answer: " + error.message);
  }
}

// -- begin -----------------------------------------------------------------------------------------

composer.addEventListener("submit", event => {
  event.preventDefault();
  if (!running && textElement.value.trim()) {
    const text = textElement.value;
    textElement.value = "";
    ask(text);
  }
});
textElement.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  } else if (event.key === "ArrowUp" && textElement.value === "") {
    const last = store.current.messages.findLastIndex(message => message.role === "user");
    if (last >= 0) {
      event.preventDefault();
      edit(last);
    }
  }
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !settingsDialog.open) {
    if (running) {
      stop();
    }
    showSidebar(false);
  } else if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "o") {
    event.preventDefault();
    begin();
  } else if (event.ctrlKey && event.key === ",") {
    event.preventDefault();
    openSettings();
  }
});
find("stop").addEventListener("click", stop);
find("new").addEventListener("click", begin);
find("open-settings").addEventListener("click", openSettings);
// Taken at the submit and not at the dialog's close event, which comes a task later: a question that
// is asked at once would still use the old settings. Escape closes the dialog and changes nothing.
settingsForm.addEventListener("submit", takeSettings);
find("open-sidebar").addEventListener("click", () => showSidebar(true));
find("close-sidebar").addEventListener("click", () => showSidebar(false));

showTheme();
await loadModels();
showAll();
