#include "base/json.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace crossrank {
namespace {

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Json, bad_json_names_the_place_and_the_byte) {
  EXPECT_EQ(message_of([] { parse_json("{\"a\": 1,}", "config.json", ErrorCode::kModel); }), "config.json: not valid JSON near byte 9");
  EXPECT_NE(message_of([] { parse_json("", "f", ErrorCode::kModel); }), "no error");
  EXPECT_NE(message_of([] { parse_json("{} {}", "f", ErrorCode::kModel); }), "no error");
}

TEST(Json, depth_is_limited_however_deep_the_text) {
  const std::string deep(1'000'000, '[');
  EXPECT_NE(message_of([&] { parse_json(deep, "f", ErrorCode::kModel); }), "no error");
  const std::string closed = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(message_of([&] { parse_json(closed, "f", ErrorCode::kModel); }), "f: JSON nested deeper than 64 levels");
  EXPECT_EQ(message_of([&] { parse_json(std::string(60, '[') + std::string(60, ']'), "f", ErrorCode::kModel); }), "no error");
}

TEST(Json, user_data_may_hold_lone_surrogates_and_invalid_utf8) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(parse_json_data("\"\\ud800x\"", "f").get<std::string>(), r + "x");
  EXPECT_EQ(parse_json_data("\"\\udc00\"", "f").get<std::string>(), r);
  EXPECT_EQ(parse_json_data("\"\\ud83d\\ude00\"", "f").get<std::string>(), "\xF0\x9F\x98\x80");
  EXPECT_EQ(parse_json_data("\"\\ud83d\\ud83d\\ude00\"", "f").get<std::string>(), r + "\xF0\x9F\x98\x80");
  EXPECT_EQ(parse_json_data("\"\\\\ud800\"", "f").get<std::string>(), "\\ud800");  // an escaped backslash is no escape
  EXPECT_EQ(parse_json_data("\"a\xFF\"", "f").get<std::string>(), "a" + r);
}

TEST(Json, fields_are_read_in_their_type_or_named_in_the_error) {
  const Json json =
      Json::parse(R"({"size": 3, "big": 99999999999999999999, "text": "x", "none": null, "real": 0.5, "unsigned": 18446744073709551615})");
  const JsonObject object(json, "config.json", ErrorCode::kModel);
  EXPECT_EQ(object.integer("size", 1, 10), 3);
  EXPECT_EQ(object.integer("absent", 1, 10, 7), 7);
  EXPECT_EQ(object.integer("none", 1, 10, 7), 7);
  EXPECT_EQ(message_of([&] { object.integer("size", 4, 10); }), "config.json: field size: 3 is outside 4 to 10");
  EXPECT_EQ(message_of([&] { object.integer("text", 0, 1); }), "config.json: field text: expected a whole number, found \"x\"");
  EXPECT_EQ(message_of([&] { object.string("size"); }), "config.json: field size: expected a string, found number");
  EXPECT_EQ(message_of([&] { object.string("absent"); }), "config.json: field absent: is missing");
  EXPECT_NE(message_of([&] { object.integer("real", 0, 1); }), "no error");
  EXPECT_NE(message_of([&] { object.integer("big", 0, 10); }), "no error");
  EXPECT_NE(message_of([&] { object.integer("unsigned", 0, INT64_MAX); }), "no error");
}

}  // namespace
}  // namespace crossrank
