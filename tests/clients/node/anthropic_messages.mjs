// The official Anthropic SDK for Node, messages.

import Anthropic from "@anthropic-ai/sdk";
import * as SDK from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { Partial, drive, facts, retries } from "./driving.mjs";

const Weather = z.object({ city: z.string(), celsius: z.number().int() });

const client = (cell) =>
  new Anthropic({
    baseURL: cell.url,
    apiKey: cell.key,
    defaultHeaders: cell.headers,
    timeout: cell.timeout_s * 1000,
    ...retries(cell),
  });

const asked = (cell) => ({
  model: cell.model,
  max_tokens: 1024,
  messages: [{ role: "user", content: cell.prompt }],
});

const offered = ({ tool }) => ({
  tools: [{ name: tool.name, description: tool.description, input_schema: tool.parameters }],
});

const told = (answer) => ({
  type: answer.type,
  text: answer.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(""),
  finish: answer.stop_reason,
  usage: [answer.usage.input_tokens, answer.usage.output_tokens],
});

const called = (answer) => {
  const [call, ...more] = answer.content.filter((block) => block.type === "tool_use");
  return {
    type: answer.type,
    tool: more.length === 0 && call.name,
    arguments: call.input,
    finish: answer.stop_reason,
  };
};

const ask = async (cell) => told(await client(cell).messages.create(asked(cell)));

async function stream(cell) {
  const pieces = [];
  try {
    const events = client(cell).messages.stream(asked(cell));
    events.on("text", (piece) => pieces.push(piece));
    const answer = await events.finalMessage();
    const calls = answer.content.filter((block) => block.type === "tool_use").map((block) => block.name);
    return { ...told(answer), calls, text: pieces.join(""), piecewise: pieces.length > 1 };
  } catch (error) {
    throw new Partial(pieces.join(""), error);
  }
}

const tools = async (cell) => called(await client(cell).messages.create({ ...asked(cell), ...offered(cell) }));

const streamTools = async (cell) =>
  called(await client(cell).messages.stream({ ...asked(cell), ...offered(cell) }).finalMessage());

async function roundTrip(cell) {
  const request = { ...asked(cell), ...offered(cell) };
  const first = await client(cell).messages.create(request);
  const result = { type: "tool_result", tool_use_id: first.content.at(-1).id, content: "sunny" };
  request.messages.push({ role: "assistant", content: first.content }, { role: "user", content: [result] });
  return told(await client(cell).messages.create(request));
}

async function structured(cell) {
  const format = { output_config: { format: zodOutputFormat(Weather) } };
  const answer = await client(cell).messages.parse({ ...asked(cell), ...format });
  return { type: answer.type, structured: answer.parsed_output };
}

await drive(
  { ask, stream, tools, stream_tools: streamTools, round_trip: roundTrip, structured },
  facts(SDK, "@anthropic-ai/sdk"),
);
