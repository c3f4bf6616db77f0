#include "text/unicode/grapheme_break.h"

#include "text/unicode/grapheme_break_tables.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

using enum GraphemeClass;

// What the rules need to know of a cluster so far: enough to decide whether the next character still belongs to it.
class ClusterState {
 public:
  ClusterState(GraphemeClass first, ConjunctClass conjunct) { take(first, conjunct); }

  // Rules GB3 to GB13, in their order.
  bool joins(GraphemeClass next, ConjunctClass conjunct) const noexcept {
    if (previous_ == kCr && next == kLf) return true;                                               // GB3
    if (is_control(previous_) || is_control(next)) return false;                                    // GB4, GB5
    if (previous_ == kL && (next == kL || next == kV || next == kLv || next == kLvt)) return true;  // GB6
    if ((previous_ == kLv || previous_ == kV) && (next == kV || next == kT)) return true;           // GB7
    if ((previous_ == kLvt || previous_ == kT) && next == kT) return true;                          // GB8
    if (next == kExtend || next == kZwj || next == kSpacingMark) return true;                       // GB9, GB9a
    if (previous_ == kPrepend) return true;                                                         // GB9b
    if (linked_ && conjunct == ConjunctClass::kConsonant) return true;                              // GB9c
    if (emoji_joiner_ && next == kPictographic) return true;                                        // GB11
    return odd_indicators_ && next == kRegionalIndicator;                                           // GB12, GB13
  }

  void take(GraphemeClass next, ConjunctClass conjunct) noexcept {
    emoji_joiner_ = next == kZwj && emoji_;
    emoji_ = next == kPictographic || (emoji_ && next == kExtend);
    odd_indicators_ = next == kRegionalIndicator && !odd_indicators_;
    if (conjunct == ConjunctClass::kNone || conjunct == ConjunctClass::kConsonant) {
      after_consonant_ = conjunct == ConjunctClass::kConsonant;
      linked_ = false;
    } else if (conjunct == ConjunctClass::kLinker) {
      linked_ = after_consonant_;
    }
    previous_ = next;
  }

 private:
  static bool is_control(GraphemeClass c) noexcept { return c == kControl || c == kCr || c == kLf; }

  GraphemeClass previous_ = kOther;
  bool emoji_ = false;            // a pictographic character, and only Extend since
  bool emoji_joiner_ = false;     // ... and then the zero width joiner
  bool odd_indicators_ = false;   // an odd number of regional indicators in a row
  bool after_consonant_ = false;  // a consonant, and only conjunct extenders and linkers since
  bool linked_ = false;           // ... a linker among them
};

}  // namespace

const GraphemeBreaks& GraphemeBreaks::get() {
  static const GraphemeBreaks breaks;
  return breaks;
}

GraphemeBreaks::GraphemeBreaks() : values_({kGraphemeRanges, kNumGraphemeRanges}) {}

size_t GraphemeBreaks::cluster_end(std::string_view text) const noexcept {
  const char* const end = text.data() + text.size();
  const char* p = text.data();
  const char32_t first = next_code_point(p);
  ClusterState state(class_of(first), conjunct_class_of(first));
  while (p < end) {
    const char* after = p;
    const char32_t next = next_code_point(after);
    const GraphemeClass next_class = class_of(next);
    const ConjunctClass conjunct = conjunct_class_of(next);
    if (!state.joins(next_class, conjunct)) break;
    state.take(next_class, conjunct);
    p = after;
  }
  return static_cast<size_t>(p - text.data());
}

}  // namespace crossrank
