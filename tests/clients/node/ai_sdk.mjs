// The Vercel AI SDK; the variant says with which provider: openai (its responses), openai-chat, anthropic or google.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import * as SDK from "ai";
import { Output, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { Partial, drive, kinds, retries } from "./driving.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const Weather = z.object({ city: z.string(), celsius: z.number().int() });

function model(cell) {
  const common = { apiKey: cell.key, headers: cell.headers };
  switch (cell.variant) {
    case "anthropic":
      return createAnthropic({ ...common, baseURL: `${cell.url}/v1` })(cell.model);
    case "google":
      return createGoogleGenerativeAI({ ...common, baseURL: `${cell.url}/v1beta` })(cell.model);
    case "openai-chat":
      return createOpenAI({ ...common, baseURL: `${cell.url}/v1` }).chat(cell.model);
    default:
      return createOpenAI({ ...common, baseURL: `${cell.url}/v1` })(cell.model);
  }
}

const asked = (cell) => ({
  model: model(cell),
  prompt: cell.prompt,
  abortSignal: AbortSignal.timeout(cell.timeout_s * 1000),
  ...retries(cell),
});

const offered = ({ tool: { name, description } }, more = {}) => ({
  tools: { [name]: tool({ description, inputSchema: z.object({ city: z.string() }), ...more }) },
});

const told = (answer) => ({
  type: "text",
  text: answer.text,
  finish: answer.finishReason,
  usage: [answer.usage.inputTokens, answer.usage.outputTokens],
});

const called = ([call, ...more], finish) => ({
  type: call.type,
  tool: more.length === 0 && call.toolName,
  arguments: call.input,
  finish,
});

const ask = async (cell) => told(await generateText(asked(cell)));

// A stream of the AI SDK tells of errors in its parts, not by throwing.
async function parts(options) {
  const seen = [];
  for await (const part of streamText({ ...options, onError: () => {} }).fullStream) {
    if (part.type === "error") {
      throw new Partial(textOf(seen).join(""), part.error);
    }
    if (part.type === "abort") {
      throw new Partial(textOf(seen).join(""), options.abortSignal.reason);
    }
    seen.push(part);
  }
  return seen;
}

const textOf = (seen) => seen.flatMap((part) => (part.type === "text-delta" ? [part.text] : []));

async function stream(cell) {
  const seen = await parts(asked(cell));
  const pieces = textOf(seen);
  const { finishReason, totalUsage } = seen.find((part) => part.type === "finish");
  return {
    type: "text-delta",
    text: pieces.join(""),
    finish: finishReason,
    usage: [totalUsage.inputTokens, totalUsage.outputTokens],
    piecewise: pieces.length > 1,
    calls: seen.flatMap((part) => (part.type === "tool-input-start" ? [part.toolName] : [])),
  };
}

async function tools(cell) {
  const answer = await generateText({ ...asked(cell), ...offered(cell) });
  return called(answer.toolCalls, answer.finishReason);
}

async function streamTools(cell) {
  const seen = await parts({ ...asked(cell), ...offered(cell) });
  const { finishReason } = seen.find((part) => part.type === "finish");
  return called(
    seen.filter((part) => part.type === "tool-call"),
    finishReason,
  );
}

// The SDK itself runs the tool and asks again.
const roundTrip = async (cell) => {
  const offer = offered(cell, { execute: async () => "sunny" });
  const answer = await generateText({ ...asked(cell), ...offer, stopWhen: stepCountIs(2) });
  return { ...told(answer), type: "text" };
};

async function structured(cell) {
  const answer = await generateText({ ...asked(cell), output: Output.object({ schema: Weather }) });
  return { type: "output", structured: answer.output };
}

// Errors that the provider tells of inside a stream are no exceptions, but the provider's own object.
function classes(error) {
  if (error instanceof DOMException) return [`DOMException ${error.name}`];
  return error instanceof Error ? kinds(error, SDK, "ai") : ["error part"];
}

function describe(error) {
  const cause = error.lastError ?? error;
  return {
    raised: classes(error),
    status: cause.statusCode ?? null,
    code: body(cause)?.code ?? null,
    message: String(error.message),
    decision: body(cause)?.lictor?.decision_id ?? null,
  };
}

function body(error) {
  try {
    return JSON.parse(error.responseBody).error;
  } catch {
    return null;
  }
}

await drive(
  { ask, stream, tools, stream_tools: streamTools, round_trip: roundTrip, structured },
  describe,
);
