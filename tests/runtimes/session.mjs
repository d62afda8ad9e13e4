// What a program does with the client, in whichever runtime executes this file: two people connect, one says something and
// publishes something, the other hears it. Prints what came of it; then nothing may be left that keeps the process.
import process from "node:process";
import { createClient } from "@tutti/client";

const [url, ada, ben, conversation, transport, codec] = process.argv.slice(2);

/** The first state of a store that will do. */
function when(store, wanted) {
  return new Promise((resolve) => {
    let unsubscribe = () => {};
    const look = () => {
      const state = store.snapshot();
      if (!wanted(state)) return;
      unsubscribe();
      resolve(state);
    };
    unsubscribe = store.subscribe(look);
    look();
  });
}

async function connected(token) {
  const client = createClient({ url, token, codec, transports: [transport] });
  client.connect();
  await when(client.connection, ({ state }) => state === "connected");
  return client;
}

/** What the one hears when the other publishes; polling cannot listen. */
async function publication(from, to) {
  if (transport === "polling") return null;
  const channel = to.channel("public:room");
  const heard = when(channel, ({ publications }) => publications.length > 0);
  await when(channel, ({ status }) => status === "subscribed");
  await from.channel("public:room").publish({ said: "to all" });
  return (await heard).publications[0].data;
}

const [from, to] = [await connected(ada), await connected(ben)];
const heard = when(to.conversation(conversation), ({ messages }) => messages.length > 0);
await to.conversation(conversation).load();
await from.conversation(conversation).send({ message: "hello" });
const { messages } = await heard;
const outcome = {
  transport: to.connection.snapshot().transport,
  message: messages[0].message,
  publication: await publication(from, to),
};
from.logout();
to.disconnect();
console.log(JSON.stringify(outcome));
