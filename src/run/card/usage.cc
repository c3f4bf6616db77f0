#include "run/card/usage.h"

#include <fmt/format.h>

#include <algorithm>

#include "run/card/markdown.h"
#include "run/card/python_text.h"
#include "run/card/yaml.h"

namespace crossrank {
namespace {

// What stands in for a model that has no id yet, and for examples where the data set gave none.
constexpr std::string_view kNoId = "cross_encoder_model_id";
const std::vector<CardExample>& usual_examples() {
  static const std::vector<CardExample> kExamples = {
      {"how tall is K2?", "K2 rises to 8,611 metres above the sea.", {}},
      {"how tall is K2?", "K2 was first climbed in 1954 by an Italian expedition.", {}},
      {"how tall is K2?", "Bread needs flour, water, salt and time.", {}},
  };
  return kExamples;
}

std::string row_text(const std::vector<double>& scores) {
  std::string out;
  for (const double score : scores) out += (out.empty() ? "" : " ") + python_rounded(score, 4);
  return "[" + out + "]";
}

// The scores as comments, or where they are not known the shape that they have.
std::string scores_text(const std::vector<CardExample>& examples, int num_labels) {
  const bool known = std::all_of(examples.begin(), examples.end(), [](const CardExample& one) { return !one.scores.empty(); });
  if (!known) {
    return num_labels == 1 ? fmt::format("print(scores.shape)\n# ({},)", examples.size())
                           : fmt::format("print(scores.shape)\n# ({}, {})", examples.size(), num_labels);
  }
  std::string out = "print(scores)";
  if (num_labels == 1) {
    std::vector<double> scores;
    for (const CardExample& one : examples) scores.push_back(one.scores.front());
    return out + "\n# " + row_text(scores);
  }
  for (size_t i = 0; i < examples.size(); ++i) {
    out += fmt::format("\n# {}{}{}", i == 0 ? "[" : " ", row_text(examples[i].scores), i + 1 == examples.size() ? "]" : "");
  }
  return out;
}

std::string python_example(const ModelCard& card, const std::vector<CardExample>& examples, std::string_view id) {
  std::string out = fmt::format(
      "from sentence_transformers import CrossEncoder\n\n# Downloaded from the Hub at the first call\nmodel = CrossEncoder(\"{}\")\n"
      "# A score for each pair of texts\npairs = [\n",
      id);
  for (const CardExample& one : examples) out += fmt::format("    [{}, {}],\n", python_literal(one.query), python_literal(one.document));
  out += "]\nscores = model.predict(pairs)\n" + scores_text(examples, card.num_labels);
  if (card.num_labels > 1) return markdown_block("python", out);
  out += fmt::format("\n\n# Or texts in the order in which they answer one query\nranks = model.rank(\n    {},\n    [\n",
                     python_literal(examples.front().query));
  for (const CardExample& one : examples) out += fmt::format("        {},\n", python_literal(one.document));
  out += "    ]\n)\n# [{'corpus_id': ..., 'score': ...}, {'corpus_id': ..., 'score': ...}, ...]";
  return markdown_block("python", out);
}

std::string json_line(const OrderedJson& object) { return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n"; }

// In single quotes nothing means anything to a shell but a single quote.
std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shell_example(const ModelCard& card, const std::vector<CardExample>& examples, std::string_view id) {
  std::string out = fmt::format("# A score for each pair of texts\ncrossrank predict -m {} <<'END'\n", id);
  for (const CardExample& one : examples) out += json_line({{"query", one.query}, {"document", one.document}});
  out += "END";
  if (card.num_labels > 1) return markdown_block("bash", out);
  out += fmt::format("\n\n# Or texts in the order in which they answer one query\ncrossrank rank -m {} --query={} <<'END'\n", id,
                     shell_word(examples.front().query));
  for (const CardExample& one : examples) out += json_line({{"text", one.document}});
  return markdown_block("bash", out + "END");
}

}  // namespace

std::string usage_section(const ModelCard& card) {
  const std::string_view id = is_hub_id(card.model_id) ? std::string_view(card.model_id) : kNoId;
  const std::vector<CardExample>& examples = card.examples.empty() ? usual_examples() : card.examples;
  return "## Usage\n\n### Direct Usage (Sentence Transformers)\n\nFirst install the Sentence Transformers library:\n\n" +
         markdown_block("bash", "pip install -U sentence-transformers") + "\n\nThen load the model and score with it:\n\n" +
         python_example(card, examples, id) +
         "\n\n### Direct Usage (crossrank)\n\nThe same scores on the command line, without Python:\n\n" +
         shell_example(card, examples, id) + "\n\n";
}

}  // namespace crossrank
