#include "mining/text_places.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(TextPlaces, are_said_as_they_were_given) {
  TextPlaces places;
  places.add({"a.jsonl:1", "question"});
  places.add({"a.jsonl:12345678901", "question"});
  places.add({"a.jsonl:3", "answer"});
  places.add({"part-7.parquet:row 20", "answer"});
  places.add({"a.jsonl:4", "answer"});
  EXPECT_EQ(places[0], "a.jsonl:1: field question");
  EXPECT_EQ(places[1], "a.jsonl:12345678901: field question");
  EXPECT_EQ(places[2], "a.jsonl:3: field answer");
  EXPECT_EQ(places[3], "part-7.parquet:row 20: field answer");
  EXPECT_EQ(places[4], "a.jsonl:4: field answer");
}

TEST(TextPlaces, need_no_number) {
  TextPlaces places;
  for (const char* where : {"somewhere", "", "x:99999999999999999999"}) places.add({where, "f"});
  EXPECT_EQ(places[0], "somewhere: field f");
  EXPECT_EQ(places[1], ": field f");
  EXPECT_EQ(places[2], "x:99999999999999999999: field f");
}

}  // namespace
}  // namespace crossrank
