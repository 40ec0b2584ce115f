// Conversations and settings, kept in this browser and nowhere else.

const CONVERSATIONS = "tornadogpt.conversations";
const SETTINGS = "tornadogpt.settings";
const KEY = "tornadogpt.key";

const DEFAULTS = {model: null, temperature: 0.8, topP: 1, maxTokens: null, seed: null, theme: "auto"};

function read(storage, name, otherwise) {
  try {
    return JSON.parse(storage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export class Store {
  constructor() {
    const all = read(localStorage, CONVERSATIONS, []);
    this.all = Array.isArray(all) ? all : [];
    this.settings = {...DEFAULTS, ...read(localStorage, SETTINGS, {})};
    this.current = this.all[0] ?? null;
    if (!this.current) {
      this.begin();
    }
  }

  // Begins a conversation, unless the current one is empty.
  begin() {
    if (this.current && this.current.messages.length === 0) {
      return;
    }
    this.current = {id: crypto.randomUUID?.() ?? String(Date.now()), system: this.current?.system ?? "", messages: []};
    this.all.unshift(this.current);
  }

  open(id) {
    this.current = this.all.find(each => each.id === id) ?? this.current;
  }

  remove(id) {
    this.all = this.all.filter(each => each.id !== id);
    if (this.current.id === id) {
      this.current = this.all[0] ?? null;
      if (!this.current) {
        this.begin();
      }
    }
    this.save();
  }

  titleOf(conversation) {
    const first = conversation.messages.find(message => message.role === "user");
    return first ? first.content.slice(0, 80) : "New conversation";
  }

  // Returns whether there was room for it.
  save() {
    try {
      localStorage.setItem(CONVERSATIONS, JSON.stringify(this.all.filter(each => each.messages.length > 0)));
      localStorage.setItem(SETTINGS, JSON.stringify(this.settings));
      return true;
    } catch {
      return false;
    }
  }

  get key() {
    return sessionStorage.getItem(KEY) ?? "";
  }

  set key(value) {
    sessionStorage.setItem(KEY, value);
  }
}
