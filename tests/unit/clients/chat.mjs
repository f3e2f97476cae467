// What a Node.js program does with OpenAI's official client. Prints one JSON object; the base URL is the argument.
import { createRequire } from "node:module";

const { default: OpenAI, APIError } = createRequire(process.env.NODE_MODULES + "/")("openai");
const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const asking = (content) => ({ model: "parrot", messages: [{ role: "user", content }] });

const found = {};
found.chat = (await client.chat.completions.create(asking("hello there"))).choices[0].message.content;

found.stream = "";
for await (const chunk of await client.chat.completions.create({ ...asking("hello there"), stream: true })) {
  found.stream += chunk.choices[0].delta.content ?? "";
}

const failing = async (name, act) => {
  try {
    await act();
    found[name] = null;
  } catch (error) {
    found[name] = { api: error instanceof APIError, status: error.status ?? null, message: error.message };
  }
};
await failing("refused", () => client.chat.completions.create(asking("refuse")));
found.beforeCut = "";
await failing("cut", async () => {
  for await (const chunk of await client.chat.completions.create({ ...asking("hello cut there"), stream: true })) {
    found.beforeCut += chunk.choices[0].delta.content ?? "";
  }
});
console.log(JSON.stringify(found));
