#include "run/card/yaml.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <limits>

namespace crossrank {
namespace {

TEST(Yaml, an_object_is_written_in_its_order_and_in_block_style) {
  const OrderedJson object = {
      {"tags", {"b", "a"}},
      {"license", "mit"},
      {"model-index", {{{"name", "m"}, {"results", {{{"task", {{"type", "t"}}}, {"metrics", {{{"value", 0.5}}}}}}}}}},
      {"none", OrderedJson::array()},
      {"nothing", OrderedJson::object()},
      {"null", nullptr},
      {"yes", true},
      {"count", 12}};
  EXPECT_EQ(yaml(object),
            "tags:\n- b\n- a\nlicense: mit\nmodel-index:\n- name: m\n  results:\n  - task:\n      type: t\n    metrics:\n    - value: 0.5\n"
            "none: []\nnothing: {}\n'null': null\n'yes': true\ncount: 12\n");
  EXPECT_EQ(yaml(OrderedJson::object()), "{}\n");
}

TEST(Yaml, a_text_is_plain_only_where_every_reader_takes_it_for_a_text) {
  for (const char* plain :
       {"en", "apache-2.0", "loss:MSELoss", "dataset_size:40", "text-ranking", "org/name", "ndcg@10", "A tiny reranker", "a/b.c+d"})
    EXPECT_EQ(yaml_text(plain), plain);
  for (const char* quoted :
       {"",      "no",   "No",  "NO", "yes",  "on",    "off",  "y",    "n",          "true",  "null",      "~",
        "1",     "1.5",  "1e5", ".5", ".nan", "1_000", "0x1F", "1:30", "2024-01-01", "- a",   "? a",       "a: b",
        "a:",    "a #b", "#a",  "&a", "*a",   "!a",    "%a",   "@a",   "`a",         "[a]",   "{a}",       "a, b",
        "a|",    "> a",  "| a", " a", "a ",   "---",   "...",  "=",    "<<",         "\"a\"", "a\xC3\xA9", "\xF0\x9F\x98\x80",
        "a\\nb", "+1",   "-"})
    EXPECT_EQ(yaml_text(quoted), "'" + std::string(quoted) + "'");
  EXPECT_EQ(yaml_text("it's"), "'it''s'");
}

TEST(Yaml, what_quotes_cannot_hold_is_escaped) {
  EXPECT_EQ(yaml_text("a\nb\tc\r"), "\"a\\nb\\tc\\x0D\"");
  EXPECT_EQ(yaml_text(std::string_view("\0\"\\", 3)), "\"\\x00\\\"\\\\\"");
  EXPECT_EQ(yaml_text("a\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF"), "\"a\\x85\\u2028\\uFEFF\"");
  EXPECT_EQ(yaml_text("a\nb\xF0\x9F\x98\x80"), "\"a\\nb\xF0\x9F\x98\x80\"");
  EXPECT_EQ(yaml_text("\xFF"), "'\xEF\xBF\xBD'");
}

TEST(Yaml, numbers_are_numbers_to_yaml_1_1_too) {
  EXPECT_EQ(yaml({{"a", 1e-5}, {"b", 1.5e-7}, {"c", 1e20}, {"d", 3.0}, {"e", -0.0}}),
            "a: 1.0e-05\nb: 1.5e-07\nc: 1.0e+20\nd: 3.0\ne: -0.0\n");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(yaml({{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", kInfinity}, {"c", -kInfinity}}), "a: .nan\nb: .inf\nc: -.inf\n");
}

// Every text of up to three of these reads back as itself: as a value, as an element and as a key.
TEST(Yaml, any_text_reads_back) {
  const std::vector<std::string> parts = {"a",  "1", " ", ":", "#", "-", "'", "\"", "\\",
                                          "\n", "|", "&", "*", "!", "{", ",", "no", "\xE2\x82\xAC"};
  OrderedJson texts = OrderedJson::array();
  for (const std::string& a : parts) {
    for (const std::string& b : parts) {
      texts.push_back(a + b);
      for (const std::string& c : parts) texts.push_back(a + b + c);
    }
  }
  OrderedJson keys;
  for (const OrderedJson& text : texts) keys[text.get<std::string>()] = text;
  const YAML::Node read = YAML::Load(yaml({{"texts", texts}, {"keys", keys}}));
  ASSERT_EQ(read["texts"].size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(read["texts"][i].as<std::string>(), texts[i].get<std::string>());
  ASSERT_EQ(read["keys"].size(), keys.size());
  for (const auto& pair : read["keys"]) EXPECT_EQ(pair.first.as<std::string>(), pair.second.as<std::string>());
}

}  // namespace
}  // namespace crossrank
