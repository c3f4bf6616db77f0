// Reading a recipe: TOML and flags to JSON values, and those to the fields that Recipe::visit() names.
#include <toml++/toml.h>

#include <algorithm>

#include "base/mapped_file.h"
#include "train/loss.h"
#include "train/recipe.h"
#include "train/recipe_reference.h"
#include "train/recipe_value.h"

namespace crossrank {
namespace {

constexpr size_t kMaxRecipeBytes = 1 << 20;

constexpr std::string_view kTables[] = {"loss_parameters", "train_dataset", "eval_dataset", "evaluator", "model_card"};

Json to_json(const toml::node& node, const std::string& place) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* list = node.as_array()) {
    Json array = Json::array();
    for (const toml::node& item : *list) array.push_back(to_json(item, place));
    return array;
  }
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = to_json(value, place);
    return object;
  }
  throw bad_value(place, "dates and times have no meaning in a recipe");
}

// It may stand at the top level; which loss takes which, make_loss() knows.
bool is_loss_parameter(std::string_view name) {
  const std::vector<std::string_view> names = loss_parameter_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The field `key` of anything with a visit(), from JSON; false where there is none.
template <typename Fields>
bool read_field(Fields& fields, std::string_view key, const Json& json, const std::string& place) {
  bool found = false;
  std::remove_cvref_t<Fields>::visit(fields, [&](std::string_view name, auto& value, std::string_view, const ValueLimits& limits) {
    if (name != key) return;
    found = true;
    read_value(value, json, place, limits);
  });
  return found;
}

template <typename Fields>
std::vector<std::string_view> names_of() {
  std::vector<std::string_view> names;
  Fields fields;
  Fields::visit(fields, [&](std::string_view name, auto&, std::string_view, const ValueLimits&) { names.push_back(name); });
  return names;
}

[[nodiscard]] Error unknown_key(const std::string& place, std::string_view key, std::span<const std::string_view> known) {
  return bad_value(place, fmt::format("there is no such key; nearest: {}", nearest_name(key, known)));
}

[[nodiscard]] Error unknown_top_key(const std::string& place, std::string_view key) {
  if (const std::string_view reason = why_not_taken(key); !reason.empty()) return bad_value(place, fmt::format("is not taken: {}", reason));
  std::vector<std::string_view> known = names_of<Recipe>();
  known.insert(known.end(), std::begin(kTables), std::end(kTables));
  const std::vector<std::string_view> parameters = loss_parameter_names();
  known.insert(known.end(), parameters.begin(), parameters.end());
  return unknown_key(place, key, known);
}

// Reads the tables of one file.
class Reader {
 public:
  Reader(Recipe& recipe, const std::string& where) : recipe_(recipe), where_(where) {}

  void read(const toml::table& top) {
    for (const auto& [key, node] : top) read_top(std::string(key.str()), node, key.source().begin.line);
  }

 private:
  std::string place(toml::source_index line, const std::string& key) const { return fmt::format("{}:{}: {}", where_, line, key); }

  const toml::table& table_of(const toml::node& node, const std::string& place) const {
    const toml::table* table = node.as_table();
    if (table == nullptr) throw bad_value(place, "is a table: write its keys below a line [..]");
    return *table;
  }

  void read_top(const std::string& key, const toml::node& node, toml::source_index line) {
    const std::string at = place(line, key);
    recipe_.places[key] = at;
    if (key == "train_dataset") return read_table(recipe_.train_dataset, key, table_of(node, at));
    if (key == "eval_dataset") return read_table(recipe_.eval_dataset.emplace(), key, table_of(node, at));
    if (key == "model_card") return read_table(recipe_.model_card, key, table_of(node, at));
    if (key == "evaluator") return read_evaluators(node, at);
    if (key == "loss_parameters") {
      recipe_.loss_parameters.update(to_json(table_of(node, at), at));
    } else if (is_loss_parameter(key)) {
      recipe_.loss_parameters[key] = to_json(node, at);
    } else if (!read_field(recipe_, key, to_json(node, at), at)) {
      throw unknown_top_key(at, key);
    }
  }

  template <typename Fields>
  void read_table(Fields& fields, const std::string& name, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string full = fmt::format("{}.{}", name, key.str()), at = place(key.source().begin.line, full);
      recipe_.places[full] = at;
      if (!read_field(fields, key.str(), to_json(node, at), at)) throw unknown_key(at, key.str(), names_of<Fields>());
    }
  }

  void read_evaluators(const toml::node& node, const std::string& at) {
    const toml::array* list = node.as_array();
    if (list == nullptr) throw bad_value(at, "is a list of tables: write [[evaluator]] above each");
    for (const toml::node& item : *list) {
      const std::string here = place(item.source().begin.line, "evaluator");
      read_evaluator(table_of(item, here), here);
    }
  }

  void read_evaluator(const toml::table& table, const std::string& here) {
    RecipeEvaluator evaluator;
    evaluator.place = here;
    const toml::node* type = table.get("type");
    if (type == nullptr) throw bad_value(here, fmt::format("has no type; types: {}", fmt::join(recipe_words::kEvaluator, ", ")));
    read_value(evaluator.type, to_json(*type, here), here + ".type", {.words = recipe_words::kEvaluator});
    for (const auto& [key, node] : table) {
      if (key.str() == "type") continue;
      const std::string at = place(key.source().begin.line, fmt::format("evaluator.{}", key.str()));
      Json json = to_json(node, at);
      if (key.str() == "dataset_names" && json.is_array()) json = joined(json, at);
      read_evaluator_field(evaluator, key.str(), json, at);
    }
    if (evaluator.type != "nano_beir" && evaluator.data.path.empty()) throw bad_value(here, "has no path, the data set to evaluate on");
    recipe_.evaluators.push_back(std::move(evaluator));
  }

  static Json joined(const Json& list, const std::string& at) {
    std::vector<std::string> names;
    read_value(names, list, at, {});
    return fmt::format("{}", fmt::join(names, ","));
  }

  static void read_evaluator_field(RecipeEvaluator& evaluator, std::string_view key, const Json& json, const std::string& at) {
    bool found = false;
    std::vector<std::string> keys;
    RecipeEvaluator::visit(evaluator, [&](std::string_view flag, auto& value, std::string_view) {
      keys.push_back(evaluator_key(flag));
      if (keys.back() != key) return;
      found = true;
      read_value(value, json, at, {.low = 0});
    });
    if (!found) throw unknown_key(at, key, std::vector<std::string_view>(keys.begin(), keys.end()));
  }

  Recipe& recipe_;
  std::string where_;
};

// A word of the command line as the value that the field takes; where it spells none, the word, so that read_value() says so.
template <typename Value>
Json word_json(const Value& value, const std::string& word) {
  const std::string_view kind = value_kind(value);
  if (kind == "TEXT" || kind == "true|FOLDER") return word;
  if (kind == "TEXT,..") {
    Json list = Json::array();
    if (word.empty()) return list;
    for (size_t begin = 0; begin <= word.size();) {
      const size_t end = std::min(word.find(',', begin), word.size());
      list.push_back(word.substr(begin, end - begin));
      begin = end + 1;
    }
    return list;
  }
  try {
    return to_json(*toml::parse(fmt::format("value = {}", word)).get("value"), "");
  } catch (const toml::parse_error&) {
    return word;
  }
}

template <typename Fields>
bool set_field(Fields& fields, std::string_view key, const std::string& word, const std::string& flag) {
  bool found = false;
  Fields::visit(fields, [&](std::string_view name, auto& value, std::string_view, const ValueLimits& limits) {
    if (name != key) return;
    found = true;
    read_value(value, word_json(value, word), flag, limits);
  });
  return found;
}

// Recipe's own fields, or those of its tables by "TABLE.KEY".
bool set_any(Recipe& recipe, std::string_view key, const std::string& word, const std::string& flag) {
  const size_t dot = key.find('.');
  if (dot == std::string_view::npos) {
    if (!is_loss_parameter(key)) return set_field(recipe, key, word, flag);
    recipe.loss_parameters[std::string(key)] = word_json(0.0, word);
    return true;
  }
  const std::string_view table = key.substr(0, dot), name = key.substr(dot + 1);
  if (table == "train_dataset") return set_field(recipe.train_dataset, name, word, flag);
  if (table == "model_card") return set_field(recipe.model_card, name, word, flag);
  if (table != "eval_dataset") return false;
  if (!recipe.eval_dataset) recipe.eval_dataset.emplace();
  return set_field(*recipe.eval_dataset, name, word, flag);
}

template <typename Fields>
void append_keys(std::vector<RecipeKey>& keys, const std::string& table) {
  Fields fields;
  Fields::visit(fields, [&](std::string_view name, auto& value, std::string_view help, const ValueLimits&) {
    const Json json = value_json(value);
    std::string text = json.is_string() ? json.get<std::string>() : json.empty() ? "" : shown(json);
    keys.push_back({table + std::string(name), help, value_kind(value), std::move(text)});
  });
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& where) {
  Recipe recipe;
  toml::table top;
  try {
    top = toml::parse(text);
  } catch (const toml::parse_error& problem) {
    throw error(ErrorCode::kUsage, "{}:{}: no TOML: {}", where, problem.source().begin.line, problem.description());
  }
  Reader(recipe, where).read(top);
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& file) { return parse_recipe(read_file(file, kMaxRecipeBytes), file.string()); }

std::vector<RecipeKey> recipe_keys() {
  std::vector<RecipeKey> keys;
  append_keys<Recipe>(keys, "");
  for (const std::string_view name : loss_parameter_names())
    keys.push_back({std::string(name), "a parameter of the loss, for those that take it", "VALUE", ""});
  append_keys<RecipeDataset>(keys, "train_dataset.");
  append_keys<RecipeDataset>(keys, "eval_dataset.");
  append_keys<RecipeCard>(keys, "model_card.");
  return keys;
}

void set_recipe_key(Recipe& recipe, const std::string& key, const std::string& word) {
  std::string flag = "--" + key;
  std::replace(flag.begin(), flag.end(), '_', '-');
  recipe.places[key] = flag;
  if (!set_any(recipe, key, word, flag)) throw unknown_top_key(flag, key);
}

}  // namespace crossrank
