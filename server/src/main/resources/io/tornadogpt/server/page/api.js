// Calls of the server that this page comes from.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function headers(key) {
  const all = {"Content-Type": "application/json"};
  if (key) {
    all.Authorization = "Bearer " + key;
  }
  return all;
}

async function fail(response) {
  let message = "the server answered with status " + response.status;
  try {
    message = (await response.json()).error.message;
  } catch {
    // not one of the server's own errors
  }
  throw new ApiError(response.status, message);
}

// The models that can be asked.
export async function models(key) {
  const response = await fetch("/v1/models", {headers: headers(key)});
  if (!response.ok) {
    await fail(response);
  }
  return (await response.json()).data;
}

// The events of a streamed answer: the data of each, as an object.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) {
      throw new ApiError(0, "the connection was lost before the answer was complete");
    }
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const event = rest.slice(0, end);
      rest = rest.slice(end + 2);
      for (const line of event.split("\n")) {
        if (line === "data: [DONE]") {
          return;
        }
        if (line.startsWith("data: ")) {
          yield JSON.parse(line.slice(6));
        }
      }
    }
  }
}

async function* stream(path, request, key, signal) {
  const body = {...request, stream: true, stream_options: {include_usage: true}};
  const response = await fetch(path, {method: "POST", headers: headers(key), body: JSON.stringify(body), signal});
  if (!response.ok) {
    await fail(response);
  }
  for await (const event of events(response)) {
    if (event.error) {
      throw new ApiError(0, event.error.message);
    }
    yield event;
  }
}

// What a model says next in a conversation: pieces {text}, then {finish, tokens}.
export async function* chat(model, messages, settings, key, signal) {
  const request = {model: model.id, messages, ...settings};
  yield* pieces(stream("/v1/chat/completions", request, key, signal), choice => choice.delta.content);
}

// How a model that knows no conversations goes on with all that was said.
export async function* continued(model, messages, settings, key, signal) {
  const prompt = messages.map(message => message.content).join("");
  const request = {model: model.id, prompt, ...settings};
  yield* pieces(stream("/v1/completions", request, key, signal), choice => choice.text);
}

async function* pieces(answer, textOf) {
  let finish = null;
  for await (const event of answer) {
    for (const choice of event.choices) {
      finish = choice.finish_reason ?? finish;
      const text = textOf(choice);
      if (text) {
        yield {text};
      }
    }
    if (event.usage) {
      yield {finish, tokens: event.usage.completion_tokens};
    }
  }
}
