import { mergeConfig } from "vitest/config";
import base from "../../vitest.config";

// The same tests with the oldest React that is supported, from this folder's own packages.
const own = (name: string): [string, string] => [name, new URL(`node_modules/${name}`, import.meta.url).pathname];

export default mergeConfig(base, {
  resolve: { alias: Object.fromEntries(["react", "react-dom", "@testing-library/react"].map(own)) },
  test: { root: new URL("../..", import.meta.url).pathname },
});
