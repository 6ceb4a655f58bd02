// Reads a JSON list, answers with each item spelled by RFC 8785: keys in the order of UTF-16 units.
"use strict";

function spelled(value) {
  if (Array.isArray(value)) return "[" + value.map(spelled).join(",") + "]";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return "{" + keys.map((key) => JSON.stringify(key) + ":" + spelled(value[key])).join(",") + "}";
}

const items = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(items.map(spelled)));
