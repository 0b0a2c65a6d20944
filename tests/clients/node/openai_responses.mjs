// The official OpenAI SDK for Node, responses.

import OpenAI from "openai";
import * as SDK from "openai";
import { zodTextFormat } from "openai/helpers/zod";
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

const asked = (cell) => ({ model: cell.model, input: cell.prompt });
const offered = (cell) => ({ tools: [{ type: "function", strict: false, ...cell.tool }] });
const finish = (answer) => answer.incomplete_details?.reason ?? answer.status;

const told = (answer) => ({
  type: answer.object,
  text: answer.output_text,
  finish: finish(answer),
  usage: answer.usage && [answer.usage.input_tokens, answer.usage.output_tokens],
});

const calls = (answer) => answer.output.filter((item) => item.type === "function_call");

const called = (answer) => {
  const [call, ...more] = calls(answer);
  return {
    type: answer.object,
    tool: more.length === 0 && call.name,
    arguments: call.arguments,
    finish: finish(answer),
  };
};

const ask = async (cell) => told(await client(cell).responses.create(asked(cell)));

async function stream(cell) {
  const pieces = [];
  const begun = [];
  let answer = null;
  try {
    for await (const event of await client(cell).responses.create({ ...asked(cell), stream: true })) {
      if (event.type === "response.output_item.added") begun.push(event.item);
      if (event.type === "response.output_text.delta") pieces.push(event.delta);
      if (["response.completed", "response.incomplete", "response.failed"].includes(event.type)) {
        answer = event.response;
      }
    }
  } catch (error) {
    throw new Partial(pieces.join(""), error);
  }
  const calls = begun.filter((item) => item.type === "function_call").map((item) => item.name);
  return { ...told(answer), calls, text: pieces.join(""), piecewise: pieces.length > 1 };
}

const tools = async (cell) =>
  called(await client(cell).responses.create({ ...asked(cell), ...offered(cell) }));

const streamTools = async (cell) =>
  called(await client(cell).responses.stream({ ...asked(cell), ...offered(cell) }).finalResponse());

async function roundTrip(cell) {
  const request = { ...offered(cell), model: cell.model, input: [{ role: "user", content: cell.prompt }] };
  const first = await client(cell).responses.create(request);
  const [call] = calls(first);
  request.input.push(...first.output, {
    type: "function_call_output",
    call_id: call.call_id,
    output: "sunny",
  });
  return told(await client(cell).responses.create(request));
}

async function structured(cell) {
  const format = { text: { format: zodTextFormat(Weather, "weather") } };
  const answer = await client(cell).responses.parse({ ...asked(cell), ...format });
  return { type: answer.object, structured: answer.output_parsed };
}

await drive(
  { ask, stream, tools, stream_tools: streamTools, round_trip: roundTrip, structured },
  facts(SDK, "openai"),
);
