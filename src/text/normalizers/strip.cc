// Strip: drops white space at the ends of a text.
#include "text/normalizers/normalizer.h"
#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  void normalize(std::string& text, bool& at_start) const override {
    const char* begin = text.data();
    const char* end = begin + text.size();
    while (left_ && begin < end) {
      const char* next = begin;
      if (!classes_.has(next_code_point(next), kWhitespace)) break;
      begin = next;
    }
    while (right_ && begin < end) {
      const char* before = end;
      if (!classes_.has(previous_code_point(before), kWhitespace)) break;
      end = before;
    }
    if (begin > text.data()) at_start = false;
    text.erase(static_cast<size_t>(end - text.data()));
    text.erase(0, static_cast<size_t>(begin - text.data()));
  }

 private:
  const CharClasses& classes_ = CharClasses::get();
  bool left_;
  bool right_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_strip(const JsonObject& config) {
  return std::make_unique<Strip>(config.boolean("strip_left"), config.boolean("strip_right"));
}

}  // namespace crossrank
