// Reads a JSON list of texts, answers with the rank of each in ICU's Ukrainian order.
"use strict";

const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const collator = new Intl.Collator("uk");
const ranks = new Array(texts.length);
let rank = 0;
let previous = null;

for (const place of [...texts.keys()].sort((a, b) => collator.compare(texts[a], texts[b]))) {
  if (previous !== null && collator.compare(texts[previous], texts[place]) !== 0) rank += 1;
  ranks[place] = rank;
  previous = place;
}

process.stdout.write(
  JSON.stringify({ locale: collator.resolvedOptions().locale, icu: process.versions.icu, ranks }),
);
