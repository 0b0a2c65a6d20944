// The official OpenAI SDK for Node, chat completions.

import OpenAI from "openai";
import * as SDK from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { Partial, drive, facts, retries } from "./driving.mjs";

const Weather = z.object({ city: z.string(), celsius: z.number().int() });

const client = (cell) =>
  new OpenAI({
    baseURL: `${cell.url}/v1`,
    apiKey: cell.key,
    defaultHeaders: cell.headers,
    timeout: cell.timeout_s * 1000,
    ...retries(cell),
  });

const said = (cell) => [{ role: "user", content: cell.prompt }];
const asked = (cell) => ({ model: cell.model, messages: said(cell) });
const offered = (cell) => ({ tools: [{ type: "function", function: cell.tool }] });

const told = (answer) => ({
  type: answer.object,
  text: answer.choices[0].message.content,
  finish: answer.choices[0].finish_reason,
  usage: answer.usage && [answer.usage.prompt_tokens, answer.usage.completion_tokens],
});

const called = (answer) => {
  const [choice] = answer.choices;
  const [call, ...more] = choice.message.tool_calls;
  return {
    type: answer.object,
    tool: more.length === 0 && call.function.name,
    arguments: call.function.arguments,
    finish: choice.finish_reason,
  };
};

const ask = async (cell) => told(await client(cell).chat.completions.create(asked(cell)));

async function stream(cell) {
  const pieces = [];
  const calls = [];
  let finish = null;
  let usage = null;
  let type = null;
  try {
    const options = { stream: true, stream_options: { include_usage: true } };
    for await (const chunk of await client(cell).chat.completions.create({ ...asked(cell), ...options })) {
      type = chunk.object;
      for (const choice of chunk.choices) {
        if (choice.delta.content) pieces.push(choice.delta.content);
        calls.push(...(choice.delta.tool_calls ?? []).map((call) => call.function?.name));
        finish = choice.finish_reason ?? finish;
      }
      usage = chunk.usage ?? usage;
    }
  } catch (error) {
    throw new Partial(pieces.join(""), error);
  }
  const found = { type, text: pieces.join(""), finish, piecewise: pieces.length > 1, calls };
  return usage ? { ...found, usage: [usage.prompt_tokens, usage.completion_tokens] } : found;
}

const tools = async (cell) =>
  called(await client(cell).chat.completions.create({ ...asked(cell), ...offered(cell) }));

const streamTools = async (cell) =>
  called(await client(cell).chat.completions.stream({ ...asked(cell), ...offered(cell) }).finalChatCompletion());

async function roundTrip(cell) {
  const request = { ...asked(cell), ...offered(cell) };
  const first = await client(cell).chat.completions.create(request);
  const { message } = first.choices[0];
  request.messages.push(message, {
    role: "tool",
    tool_call_id: message.tool_calls[0].id,
    content: "sunny",
  });
  return told(await client(cell).chat.completions.create(request));
}

async function structured(cell) {
  const format = { response_format: zodResponseFormat(Weather, "weather") };
  const answer = await client(cell).chat.completions.parse({ ...asked(cell), ...format });
  return { type: answer.object, structured: answer.choices[0].message.parsed };
}

await drive(
  { ask, stream, tools, stream_tools: streamTools, round_trip: roundTrip, structured },
  facts(SDK, "openai"),
);
