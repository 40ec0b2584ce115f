// What a model writes, as a part of the page. A model may write anything: HTML stands there as the text
// that it is, images become links, and what is left is sanitized before it is shown.

/* global marked, DOMPurify */

function escape(text) {
  return text.replace(/[&<>"']/g, c => "&#" + c.charCodeAt(0) + ";");
}

marked.use({
  gfm: true,
  breaks: true,
  renderer: {
    html({text}) {
      return escape(text);
    },
    image({href, text}) {
      return `<a href="${escape(href)}">${escape(text || href)}</a>`;
    },
  },
});

DOMPurify.addHook("afterSanitizeAttributes", element => {
  if (element.tagName === "A") {
    element.setAttribute("target", "_blank");
    element.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

const ALLOWED = {
  ALLOWED_TAGS: ["a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"],
  ALLOWED_ATTR: ["href", "align", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  RETURN_TRUSTED_TYPE: true,
};

export function show(element, text) {
  element.innerHTML = DOMPurify.sanitize(marked.parse(text), ALLOWED);
}
