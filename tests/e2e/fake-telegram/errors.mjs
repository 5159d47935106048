// What the Bot API answers when it refuses. The texts are those of the real server (README.md).

export class ApiError extends Error {
  constructor(code, description, parameters) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

// The server lower-cases the first letter of TDLib's sentences but leaves CODES_LIKE_THIS alone.
function sentence(text) {
  return /^.[A-Z_]/.test(text) ? text : text[0].toLowerCase() + text.slice(1);
}

export function bad(text, parameters) {
  const error = new ApiError(400, `Bad Request: ${sentence(text)}`, parameters);
  error.text = text;
  return error;
}

/** Runs `read`; its refusal is reported inside a longer sentence. */
export function within(prefix, read) {
  try {
    return read();
  } catch (error) {
    throw error.text ? bad(`${prefix}: ${error.text}`) : error;
  }
}

export const forbidden = (text) => new ApiError(403, `Forbidden: ${text}`);

export const conflict = (text) => new ApiError(409, `Conflict: ${text}`);

export const tooMany = (seconds) =>
  new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
